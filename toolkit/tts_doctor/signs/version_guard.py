"""A library states which release of another one it wants: transformers' guards, Numba's, pkg_resources' conflicts,
and others.

Present where an error or a pip message says so in words. The stated requirement is the treatment: install what is
missing, pin what is of another release. Statements of a warning count less than those of the error that ended the
program.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tts_doctor.knowledge.import_names import distributions_for
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Action, Evidence, Finding, Need, Treatment
from tts_doctor.model.symptom import Error
from tts_doctor.model.text import Text
from tts_doctor.signs.parties import consumer_of, last_chain, party, weighted_errors

_N = r"(?<![\w.-])(?P<name>[A-Za-z][\w.-]{0,80}?)"
_V = r"\d+(?:\.\d+)*(?:\.?\w+)?"
_SPEC = r"(?P<spec>(?:[<>=!~]=?=?\s?[\d.*]+\w*\s?,?\s?)+)"
_WORDED = (
    re.compile(rf"{_N}(?:\[\w+\])?\s?{_SPEC} is required for a normal functioning of this module,? but found "
        rf"\S+?==(?P<found>{_V}|None)"),
    re.compile(rf"Unable to compare versions for {_N}{_SPEC}: need=(?P<need>{_V}) found=(?P<found>None)"),
    re.compile(rf"[Tt]he '{_N}(?:\[\w+\])?{_SPEC}' distribution was not found"),
    re.compile(r"[Tt]he '(?P<name>[A-Za-z][\w.-]*)' distribution was not found"),
    re.compile(rf"(?:ContextualVersionConflict|VersionConflict)[^\n]*?\((?P<dist>[\w.-]+) (?P<found>{_V}) "
        rf"\([^)]*\), Requirement\.parse\('{_N}(?:\[\w+\])?{_SPEC}(?:;[^']*)?'\)"),
    re.compile(rf"(?:requires|needs|require|need) (?:the )?[`'\"]?{_N}[`'\"]? ?{_SPEC}"),
    re.compile(rf"(?:requires?|needs?) (?:the )?`?{_N}`?(?: library| package| module)?(?: version| to be)? "
        rf"?`?(?P<atleast>{_V})`? (?:or|and) (?:newer|later|higher|above|greater)"),
    re.compile(rf"(?:requires?|needs?) {_N} (?:version )?(?P<atmost>{_V}) or (?:less|lower|older|earlier|below)"),
    re.compile(rf"(?:[Pp]lease )?(?:use|install|upgrade to|downgrade to|update to) [`'\"]?{_N}[`'\"]?\s?{_SPEC}"),
    re.compile(rf"pip install (?:-U |--upgrade )?['\"]?{_N}(?:\[\w+\])?{_SPEC}"),
    re.compile(rf"{_N} (?:version )?(?P<atleast>{_V}) (?:or (?:newer|later|higher|above)) (?:is |must be "
        rf")?(?:required|needed)"),
    re.compile(rf"{_N}{_SPEC} is required\b"),
    re.compile(rf"[Rr]equires version ['\"`]?(?P<atleast>{_V})['\"`]? or (?:newer|later|higher|above|greater) of "
        rf"['\"`]?{_N}['\"`]?(?![\w.-]*\w)"),
    re.compile(rf"{_N} (?:version )?(?:must|should|has to|needs to) be (?:at least |>= ?)(?P<atleast>{_V})"),
    re.compile(rf"(?:[Uu]pgrad(?:e|ing)|[Uu]pdat(?:e|ing)) (?:your |the )?[`'\"]?{_N}[`'\"]?(?: version| package)? to "
        rf"(?:at least |version |>= ?)*v?(?P<atleast>{_V})"),
    re.compile(rf"[Dd]owngrad(?:e|ing) (?:your |the )?[`'\"]?{_N}[`'\"]?(?: version| package| library)? to "
        rf"(?:at most |version )*v?(?P<atmost>{_V})"),
    re.compile(rf"(?:requires?|needs?|need) at least (?:version (?P<atleast>{_V}) of )[`'\"]?{_N}[`'\"]?(?![\w.-]*\w)"),
    re.compile(rf"(?:requires?|needs?|need) at least [`'\"]?{_N}[`'\"]? (?:version )?v?(?P<atleast>{_V})"),
    re.compile(rf"(?:requires?|needs?) [`'\"]?{_N}[`'\"]? (?:version )?(?:at least )?v?(?P<atleast>{_V})(?:\+| or )"),
    re.compile(rf"[Mm]inimum (?:required |supported )?version (?:of|for) [`'\"]?{_N}[`'\"]? is v?(?P<atleast>{_V})"),
    re.compile(rf"[Mm]inimum (?:required |supported )?{_N} version (?:is|of) v?(?P<atleast>{_V})"),
    re.compile(rf"version of {_N}\. Found version {_V}, but only versions? (?:above|from|>=) (?P<atleast>{_V})"),
    re.compile(rf"{_N}(?: version)? {_SPEC} (?:is )?(?:expected|needed|required), (?:but )?(?:found|got)"),
)  # fmt: skip
_NOT_NAMES = frozenset(
    (
        *("python", "version", "a", "an", "the", "to", "of", "be", "installed", "at", "least", "it", "this", "that"),
        *("module", "package", "pip", "your", "torch.compile", "sqlite", "sqlite3", "cuda", "glibc", "gcc", "driver"),
        *("compiler", "server", "client", "mariadb", "mysql", "postgresql", "postgres", "redis", "mongodb", "docker"),
        *("elasticsearch", "node", "rust", "openssl", "ffmpeg", "windows", "macos", "ubuntu", "debian", "linux"),
    )
)
_CONFLICT = re.compile(
    rf"^(?P<consumer>[\w.-]+) (?P<version>{_V}) requires "
    rf"{_N}(?:\[[\w,]+\])?(?P<spec>[<>=!~][^\s,]*(?:,\s?[<>=!~][^\s,]*)*)"
    rf"(?:; [^,\n]*)?, but you have (?P<have>[\w.-]+) (?P<found>{_V}\S*?)(?: which is incompatible|\s|$)",
    re.M,
)
_UNMET = re.compile(
    rf"^(?P<consumer>[\w.-]+) (?P<version>{_V}) (?:requires|has requirement) {_N}(?P<spec>[<>=!~]\S*)?"
    r"(?:; [^,\n]*)?, (?:which is not installed|but it is not installed)",
    re.M,
)


def find(case: Examination) -> Iterator[Finding]:
    if case.symptom is None:
        return
    for error, weight in weighted_errors(case.symptom):
        for pattern in _WORDED:
            match = pattern.search(f"{error.type}: {error.message}")
            if match and match["name"].lower() not in _NOT_NAMES:
                yield from _worded(case.facts, error, match, weight)
                break
    ended_otherwise = bool(last_chain(case.symptom))
    for number, match in enumerate([*_CONFLICT.finditer(case.symptom.text), *_UNMET.finditer(case.symptom.text)]):
        if number < 5:
            yield _conflict(case.facts, match, (0.6 if ended_otherwise else 0.9) - number * 0.02)


def _worded(facts: Facts, error: Error, match: re.Match[str], weight: float) -> Iterator[Finding]:
    groups = match.groupdict()
    name = _distribution(facts, match["name"])
    spec = _spec(groups)
    found = groups.get("found") or facts.version(name)
    consumer = consumer_of(facts, error, name)
    if groups.get("dist") and canonicalize_name(groups["dist"]) != name:
        found = facts.version(name)
    if found == "None" and facts.version(name):
        yield _finding(facts, name, consumer.name, spec, error, Action("reinstall", name, spec or None), 0.93 * weight)
        return
    installed = "" if found == "None" else found
    if installed and spec and _satisfied(installed, spec):
        return
    action = Action(
        "pin" if installed else "install", name, spec or None, why=Text("as the message states", "如报错所述")
    )
    yield _finding(facts, name, consumer.name, spec, error, action, 0.93 * weight)


def _distribution(facts: Facts, name: str) -> str:
    key = canonicalize_name(name)
    if facts.get(key):
        return key
    known = distributions_for(name)
    return canonicalize_name(known[0]) if known else key


def _spec(groups: dict[str, str | None]) -> str:
    if spec := groups.get("spec"):
        return _valid(spec)
    if least := groups.get("atleast"):
        return _valid(f">={least}")
    if most := groups.get("atmost"):
        parts = most.split(".")
        return (
            _valid(f"<{parts[0]}.{int(parts[1]) + 1}") if len(parts) > 1 and parts[1].isdigit() else _valid(f"<={most}")
        )
    return ""


def _valid(spec: str) -> str:
    spec = spec.replace(" ", "").strip(",.`")
    if re.fullmatch(r"=[\d.]+", spec):
        spec = f"={spec}"
    try:
        SpecifierSet(spec)
    except InvalidSpecifier:
        return ""
    return spec


def _satisfied(version: str, spec: str) -> bool:
    try:
        return SpecifierSet(spec).contains(Version(version), prereleases=True)
    except InvalidVersion:
        return False


def _finding(
    facts: Facts, name: str, consumer: str, spec: str, error: Error, action: Action, confidence: float
) -> Finding:
    user = consumer or "the program"
    shown = f"{name} {facts.version(name)}".strip() if facts.version(name) else name
    have = f"{shown} is installed" if facts.version(name) else f"{name} is not installed"
    have_zh = f"安装的是 {shown}" if facts.version(name) else f"没有安装 {name}"
    culprits = [party(facts, name, spec or None)]
    if consumer and consumer != name:
        culprits.append(party(facts, consumer))
    return Finding(
        id="version-guard",
        title=Text(f"{user} asks for {name}{spec}, and {have}", f"{user} 要求 {name}{spec}，而{have_zh}"),
        cause=Text(
            f"{user} checks the release of {name} when it starts: it wants {name}{spec}, and {have}.",
            f"{user} 启动时检查 {name} 的版本：需要 {name}{spec}，而{have_zh}。",
        ),
        confidence=confidence,
        culprits=tuple(culprits),
        evidence=(Evidence("version-guard", user, f"{error.type}: {error.message.strip()[:200]}", f"{name}{spec}"),),
        treatment=Treatment((action,)),
        need=Need("abi", consumer, "", name, detail=f"{name}{spec}") if spec and consumer else None,
    )


def _conflict(facts: Facts, match: re.Match[str], confidence: float) -> Finding:
    groups = match.groupdict()
    name, consumer, spec = (
        canonicalize_name(match["name"]),
        canonicalize_name(match["consumer"]),
        _valid(match["spec"] or ""),
    )
    found = groups.get("found") or ""
    action = Action(
        "pin" if found else "install", name, spec or None, why=Text(f"{consumer} declares it", f"{consumer} 声明了它")
    )
    have = f"{name} {found} is installed" if found else f"{name} is not installed"
    have_zh = f"安装的是 {name} {found}" if found else f"没有安装 {name}"
    return Finding(
        id="unmet-requirement",
        title=Text(f"{consumer} requires {name}{spec}, and {have}", f"{consumer} 要求 {name}{spec}，而{have_zh}"),
        cause=Text(
            f"The metadata of {consumer} {match['version']} requires {name}{spec}, and {have}.",
            f"{consumer} {match['version']} 的元数据要求 {name}{spec}，而{have_zh}。",
        ),
        confidence=confidence,
        culprits=(party(facts, name, spec or None), party(facts, consumer)),
        evidence=(Evidence("version-guard", "pip", match[0][:200], f"{name}{spec}"),),
        treatment=Treatment((action,)),
    )

"""Installed files contradict their RECORD: missing, truncated, altered, overwritten by another's, or shadowed.

Python's own message for a deleted extension module is "circular import"; pip and uv answer "already satisfied". Where
two distributions own one file, the one installed later has overwritten the other's: the intruder goes, then the
victim is reinstalled (uninstalling the intruder alone takes shared files with it). An extension module that no RECORD
owns beside a module of the same name is a leftover of another version, and Python prefers it.

Tests, documentation and stubs may be missing or doubly owned without harm; a file that was merely edited is worth a
note.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tts_doctor.knowledge.impostors import impostor
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Facts, FileProblem, SharedObject
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Severity, Treatment
from tts_doctor.model.text import Text
from tts_doctor.parse.requires import wanted_by
from tts_doctor.signs.parties import party
from tts_doctor.signs.relevance import concerns, names_file, weigh

HARMLESS = re.compile(
    r"(?:^|/)(?:tests?|docs?|examples?|__pycache__|include)/|^(?:samples|benchmarks?|scripts|tools)/|(?:^|/)test_[^/]*$|"
    r"\.dist-info/|\.egg-info/|\.data/|^\.\./|(?:^|/)conftest\.py$|"
    r"\.(?:pyi|pxd|pyx|h|hpp|c|cpp|md|rst|txt|html|js|css|map)$"
)
MODULE = re.compile(r"\.(?:py|so)$")
SHOWN = 5


def find(case: Examination) -> Iterator[Finding]:
    problems = [p for p in case.facts.file_problems or () if not HARMLESS.search(p.path)]
    overwritten = [p for p in problems if p.kind == "two-owners"]
    for problem in overwritten:
        yield _overwritten(case, problem)
    victims = {p.dist for p in overwritten}
    by_dist: dict[str, list[FileProblem]] = {}
    for problem in [*problems, *_unreadable(case.facts)]:
        if problem.kind != "two-owners" and problem.dist and problem.dist not in victims:
            by_dist.setdefault(problem.dist, []).append(problem)
    for dist, found in by_dist.items():
        worth = [p for p in found if _weight(p) < 2 or names_file(case, p.path)]
        if worth:
            yield _damaged(case, dist, worth)


def _unreadable(facts: Facts) -> Iterator[FileProblem]:
    """Shared objects that are truncated or empty."""
    for shared in facts.shared_objects or ():
        if shared.dist and _is_broken(shared):
            yield FileProblem(shared.dist, shared.path, "truncated", shared.problem or shared.format)


def _is_broken(shared: SharedObject) -> bool:
    return shared.format == "malformed" or (shared.format == "empty" and shared.is_extension)


def _damaged(case: Examination, dist: str, found: list[FileProblem]) -> Finding:
    telling = sorted(found, key=lambda p: (not names_file(case, p.path), _weight(p), p.path))
    worst = telling[0]
    breaking = _weight(worst) == 0
    named = names_file(case, worst.path)
    related = named or (concerns(case, [dist]) and (breaking or worst.kind in ("hash", "missing")))
    sure = 0.95 if breaking else 0.75 if named else 0.5
    severity, confidence = weigh(case, related, sure, (Severity.ERROR, 0.85) if breaking else (Severity.NOTE, 0.3))
    version = case.facts.version(dist)
    what, what_zh = WORDS[worst.kind]
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    action = Action(
        "reinstall",
        dist,
        f"=={version}" if version else None,
        why=Text("brings back the files as released", "恢复发布时的文件"),
    )
    return Finding(
        id="damaged-files",
        title=Text(
            f"{dist} {version} is damaged: {worst.path} {what}", f"{dist} {version} 已损坏：{worst.path} {what_zh}"
        ),
        cause=Text(
            f"{worst.path}{more} of {dist} {version} {what}: the installed files are not those that were released.",
            f"{dist} {version} 的 {worst.path} 等 {len(found)} 个文件{what_zh}，与发布时的文件不一致。",
        ),
        severity=severity,
        confidence=confidence,
        culprits=(party(case.facts, dist, version or None), Culprit(Kind.FILE, worst.path)),
        evidence=tuple(Evidence("damaged-files", p.path, p.detail or p.kind, "as in RECORD") for p in telling[:SHOWN]),
        treatment=Treatment((action,)),
    )


WORDS = {
    "missing": ("is missing", "缺失"),
    "truncated": ("is truncated or unreadable", "被截断或无法读取"),
    "size": ("was altered after its installation", "在安装之后被改动"),
    "hash": ("was altered after its installation", "在安装之后被改动"),
    "not-executable": ("may not be executed", "没有可执行权限"),
    "unowned-extension": (
        "is a leftover of another version and hides its neighbour",
        "是其他版本的残留，遮蔽了同名模块",
    ),
}


def _weight(problem: FileProblem) -> int:
    """0: an import breaks; 1: perhaps; 2: hardly."""
    if problem.kind in ("truncated", "unowned-extension", "not-executable"):
        return 0
    if problem.kind == "missing":
        return 0 if MODULE.search(problem.path) else 1
    return 1 if problem.path.endswith(".py") else 2


def _overwritten(case: Examination, problem: FileProblem) -> Finding:
    facts = case.facts
    victim, intruder = _roles(facts, problem)
    related = concerns(case, [victim, intruder])
    variants = _same_project(victim, intruder)
    severity, confidence = weigh(case, related, 0.55 if variants else 0.95, _alone(problem, variants))
    version = facts.version(victim)
    repair = (
        Action("uninstall", intruder, why=Text(f"it overwrote files of {victim}", f"它覆盖了 {victim} 的文件")),
        Action(
            "reinstall",
            victim,
            f"=={version}" if version else None,
            why=Text(f"brings back what {intruder} overwrote", f"恢复被 {intruder} 覆盖的内容"),
        ),
    )
    other = facts.version(intruder)
    inverse = (
        Action(
            "uninstall",
            victim,
            why=Text(f"{intruder} installs the same import package", f"{intruder} 安装同一个导入包"),
        ),
        Action(
            "reinstall",
            intruder,
            f"=={other}" if other else None,
            why=Text(f"brings back what {victim} took with it", f"恢复随 {victim} 一起被删去的内容"),
        ),
    )
    known = impostor(intruder)
    why = f" {known.why.en}." if known else ""
    why_zh = f"{known.why.zh}。" if known else ""
    return Finding(
        id="two-owners",
        title=Text(f"{intruder} and {victim} install the same files", f"{intruder} 与 {victim} 安装了相同的文件"),
        cause=Text(
            f"{problem.path} belongs to {victim} {version} and to {intruder} {other} with different contents "
            f"({problem.shared} such files); what lies there is not {victim}'s.{why}",
            f"{problem.path} 同时属于 {victim} {version} 与 {intruder} {other}，"
            f"内容不同（共 {problem.shared} 个文件）；现存的不是前者的版本。{why_zh}",
        ),
        severity=severity,
        confidence=confidence,
        culprits=(party(facts, intruder), party(facts, victim), Culprit(Kind.FILE, problem.path)),
        evidence=(
            Evidence("damaged-files", problem.path, f"{problem.other}: {problem.detail}", f"{problem.dist}'s file"),
        ),
        treatment=Treatment(repair, () if known else (inverse,)),
    )


def _alone(problem: FileProblem, variants: bool) -> tuple[Severity, float]:
    """Without a symptom: an import breaks where a package's own module was replaced by an unrelated project's."""
    if variants or not MODULE.search(problem.path):
        return Severity.WARNING, 0.4
    return Severity.ERROR, 0.8


def _roles(facts: Facts, problem: FileProblem) -> tuple[str, str]:
    """(victim, intruder). A known impostor intrudes; so does what nobody requires; else what was installed later."""
    first, second = problem.dist, problem.other
    for intruder, victim in ((first, second), (second, first)):
        known = impostor(intruder)
        if known and (not known.real or known.real == victim):
            return victim, intruder
    required = {w.name for dist in facts.distributions for w in wanted_by(dist.requires, facts.interpreter)}
    if second in required and first not in required:
        return second, first
    return first, second


def _same_project(one: str, other: str) -> bool:
    """`opencv-python` and `opencv-python-headless`, `tensorflow` and `tensorflow-cpu`: builds of one project."""
    short, long = sorted((one, other), key=len)
    first = short.split("-")[0]
    return long.startswith(short) or (first == long.split("-")[0] and first not in ("python", "py"))

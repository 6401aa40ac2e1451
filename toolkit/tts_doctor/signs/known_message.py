"""A message of the catalogue: what lies outside the Python environment, or has one known cause.

Present where the catalogue's pattern stands in the errors of the last chain, or anywhere in the log where there is no
traceback; what was merely printed on the way to another error counts less, unless that error only stumbles over what
did not come (None). The lines of code that a traceback shows, and a name that Python suggests, were said by nobody.
Data only: see `knowledge/data/messages`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tts_doctor.knowledge.messages import Message, messages
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Treatment
from tts_doctor.model.symptom import Symptom
from tts_doctor.model.text import Text
from tts_doctor.signs.build import built_distribution, version_built
from tts_doctor.signs.parties import chain_text, consumer_of, last_chain, owner_of_module, party

MOST = 4
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")
_FIELD = re.compile(r"\{(\w+)\}")
_ASKED = re.compile(r"""\s-c ['"](?:import|from) (?P<module>\w+)""")
"""A crash leaves no traceback; the one-liner that was run tells what was imported."""
_SUGGESTED = re.compile(r"Did you mean: '[^'\n]*'")
_CODE = re.compile(
    r"^( {0,20})File \"[^\"\n]+\", line \d+, in .*\n(?:\1 {2,}(?!File \").*\n)*"
    r"|^(?:File )?~?/[^\s:]+\.pyx?(?::\d+)?,? in .*\n|^(?:-+> ?| {2,})\d+ (?!\|).*\n",
    re.M,
)
"""A frame and the line of code below it; of IPython the lines around it too."""
_CONSEQUENCE = re.compile(r"^(?:Attribute|Type)Error: (?:argument of type )?'NoneType' ")


def find(case: Examination) -> Iterator[Finding]:
    if case.symptom is None:
        return
    whole = _SUGGESTED.sub("", case.symptom.text)
    chain = _SUGGESTED.sub("", chain_text(case.symptom)) if last_chain(case.symptom) else whole
    said = whole if chain is whole else _CODE.sub("", f"{whole}\n")
    before = 1.0 if chain is whole or _CONSEQUENCE.search(chain) else 0.75
    found: list[Finding] = []
    replaced: set[str] = set()
    for message in messages():
        match, weight = _search(message, chain, said, before)
        if match and _applies(message, case.facts, whole):
            found.append(_finding(case.facts, case.symptom, message, match, weight))
            replaced.add(message.instead_of)
    yield from sorted((f for f in found if f.id not in replaced), key=lambda f: -f.confidence)[:MOST]


def _search(message: Message, chain: str, said: str, before: float) -> tuple[re.Match[str] | None, float]:
    for text, weight in ((chain, 1.0), (said, before)):
        for pattern in message.match:
            if match := pattern.search(text):
                return match, weight
    return None, 0.0


def _applies(message: Message, facts: Facts, whole: str) -> bool:
    if message.unless and message.unless.search(whole):
        return False
    if not all(pattern.search(whole) for pattern in message.also):
        return False
    if message.told and not any(_satisfied(facts, name, spec, unknown=False) for name, spec in message.told):
        return False
    return all(_satisfied(facts, name, spec, unknown=True) for name, spec in message.when)


def _satisfied(facts: Facts, name: str, spec: str, unknown: bool) -> bool:
    """Whether a version fits; `unknown` is the answer where it is not known."""
    version = facts.interpreter.version if name == "python" else facts.version(name)
    try:
        return SpecifierSet(spec).contains(Version(version), prereleases=True) if version else unknown
    except InvalidVersion:
        return unknown


def _finding(facts: Facts, symptom: Symptom, message: Message, match: re.Match[str], weight: float) -> Finding:
    fields = {name: "" for pattern in message.match for name in pattern.groupindex}
    fields.update({name: value or "" for name, value in match.groupdict().items()})
    provider = next((n for kind, n in message.culprits if kind == Kind.DISTRIBUTION.value and "{" not in n), "")
    fields["consumer"] = _consumer(facts, symptom, provider)
    fields["installed"] = facts.version(provider or fields["consumer"])
    fields["built"] = built_distribution(facts, symptom) if "{built}" in _all_text(message) else ""
    fields["built_version"] = version_built(facts, symptom, fields["built"])
    fields["python"] = ".".join(facts.interpreter.version.split(".")[:2])
    repairs = [r for r in (_repair(steps, fields) for steps in message.repairs) if r]
    return Finding(
        id=message.id,
        title=_fill_text(message.title, fields),
        cause=_fill_text(message.cause, fields),
        confidence=message.confidence * weight,
        culprits=tuple(c for c in (_culprit(facts, k, n, fields) for k, n in message.culprits) if c.name),
        evidence=(Evidence("known-message", "the log", " ".join(match[0].split())[:300]),),
        treatment=Treatment(repairs[0], tuple(repairs[1:])) if repairs else Treatment(),
    )


def _consumer(facts: Facts, symptom: Symptom, provider: str) -> str:
    """Who uses what the message blames: the innermost frame's owner, else what a one-liner imports."""
    named = next((c for e in last_chain(symptom) if (c := consumer_of(facts, e, provider).name)), "")
    asked = None if named or symptom.errors else _ASKED.search(symptom.text[:4000])
    return owner_of_module(facts, asked["module"]) if asked else named


def _all_text(message: Message) -> str:
    return f"{message.title} {message.cause} {message.culprits} {message.repairs}"


def _fill(text: str, fields: dict[str, str]) -> str:
    return " ".join(_FIELD.sub(lambda m: fields.get(m[1], m[0]), text).split())


def _fill_text(text: Text, fields: dict[str, str]) -> Text:
    return Text(_fill(text.en, fields), _fill(text.zh, fields))


def _culprit(facts: Facts, kind: str, name: str, fields: dict[str, str]) -> Culprit:
    filled = _fill(name, fields)
    if kind == Kind.DISTRIBUTION.value and filled:
        return party(facts, filled)
    return Culprit(Kind(kind), filled)


def _repair(steps: tuple[tuple[tuple[str, str], ...], ...], fields: dict[str, str]) -> tuple[Action, ...]:
    """The steps filled in; nothing where a step's target is not told by the log."""
    actions = []
    for step in steps:
        values = {key: _fill(value, fields) for key, value in step}
        target = values.get("target", "")
        if values["action"] in ("pin", "install", "reinstall", "uninstall"):
            target = canonicalize_name(target) if _NAME.fullmatch(target) else target
        if not target:
            return ()
        if values.get("spec", "").endswith(("<", ">", "=")):
            values["spec"] = ""  # the version it should be compared with is not known
        actions.append(
            Action(
                values["action"],
                target,
                values.get("spec") or None,
                values.get("value") or None,
                Text(values.get("why", ""), values.get("why_zh", "")),
            )
        )
    return tuple(actions)

"""Playbook: the patient shows what one of the written-down diseases shows.

Asks the conditions of every playbook of facts and symptom. A condition that the facts cannot answer (a pasted log names
few versions) is *unknown*: it does not rule the playbook out but lowers the confidence. Never names a disease on
unknown conditions alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tts_doctor.knowledge.playbooks import load_playbooks
from tts_doctor.model.examination import Examination
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Treatment
from tts_doctor.model.playbook import (
    AllOf,
    AnyOf,
    AtRest,
    Condition,
    ErrorIs,
    Installed,
    Missing,
    NoneOf,
    Playbook,
    PythonIs,
    Repair,
    TextHas,
    VariableIs,
)
from tts_doctor.model.symptom import Error
from tts_doctor.model.text import Text
from tts_doctor.parse.playbook import GROUP

NAME = "playbook"
UNKNOWN_FACTOR = 0.85
AT_REST_FACTOR = 0.8
SITE_FILE = re.compile(r"(?:site|dist)-packages[/\\]([^/\\]+)")

YOURS = Text("your code", "你的代码")
"""The consumer where no distribution is."""
LEFT_EMPTY = re.compile(r" ?\(\)|（）| (?=[,;:.](?:\s|$))| (?=[，；：。])")

REPORTERS = ("__getattr__", "__getattribute__")
"""Functions that only report what another asked for."""


@dataclass(frozen=True)
class Answer:
    """`holds` is None where the facts do not say; `groups` is what was captured."""

    holds: bool | None
    groups: tuple[tuple[str, str], ...] = ()
    evidence: tuple[Evidence, ...] = ()
    unknown: bool = False
    """Holds, though a part of it could not be answered."""


@dataclass(frozen=True)
class Case:
    """An examination with what several conditions need."""

    examination: Examination
    lowered: str = field(default="")


def find(case: Examination) -> Iterator[Finding]:
    """One finding for each playbook that holds."""
    yield from match(case, load_playbooks())


def match(case: Examination, playbooks: tuple[Playbook, ...]) -> Iterator[Finding]:
    """One finding for each of `playbooks` that holds of `case`."""
    text = case.symptom.text if case.symptom else ""
    seen = Case(case, text.lower())
    for playbook in playbooks:
        answer = ask(playbook.when, seen)
        if answer.holds and answer.evidence:
            yield _finding(playbook, answer, seen)


def ask(condition: Condition, case: Case) -> Answer:
    """Whether a condition holds."""
    facts = case.examination.facts
    if isinstance(condition, AllOf):
        return _all(condition, case)
    if isinstance(condition, AnyOf):
        return _any(condition, case)
    if isinstance(condition, NoneOf):
        answers = [ask(part, case).holds for part in condition.parts]
        return Answer(False if True in answers else None if None in answers else True)
    if isinstance(condition, ErrorIs):
        return _error(condition, case)
    if isinstance(condition, TextHas):
        return _text(condition, case)
    if isinstance(condition, Installed):
        return _installed(condition, case)
    if isinstance(condition, Missing):
        present = facts.get(condition.name) is not None
        return Answer(False if present else None if facts.from_text else True)
    if isinstance(condition, PythonIs):
        return Answer(_contains(condition.spec, facts.interpreter.version))
    if isinstance(condition, VariableIs):
        return _variable(condition, case)
    assert isinstance(condition, AtRest)
    return Answer(case.examination.symptom is None)


def _all(condition: AllOf, case: Case) -> Answer:
    """Conditions on facts come before those on text in cost, so the order of writing is the order of asking."""
    answers: list[Answer] = []
    for part in condition.parts:
        answer = ask(part, case)
        if answer.holds is False:
            return answer
        answers.append(answer)
    certain = [a for a in answers if a.holds]
    return Answer(
        True if certain else None,
        tuple(g for a in certain for g in a.groups),
        tuple(e for a in certain for e in a.evidence),
        any(a.holds is None or a.unknown for a in answers),
    )


def _any(condition: AnyOf, case: Case) -> Answer:
    answers = []
    for part in condition.parts:
        answer = ask(part, case)
        if answer.holds and not answer.unknown:
            return answer
        answers.append(answer)
    held = [a for a in answers if a.holds]
    if held:
        return held[0]
    return Answer(None if any(a.holds is None for a in answers) else False)


def _error(condition: ErrorIs, case: Case) -> Answer:
    symptom = case.examination.symptom
    if symptom is None or condition.literal not in case.lowered:
        return Answer(False)
    for error in symptom.errors:
        if not _ends_with(error.type, condition.type):
            continue
        found = re.search(condition.message, error.message)
        if found and _frame_fits(condition.frame, error):
            return Answer(True, _groups(found, error, case), (_evidence(error),))
    found = re.search(condition.message, symptom.text)
    if found is None or (condition.frame and not re.search(condition.frame, symptom.text)):
        return Answer(False)
    line = _line(symptom.text, found)
    if symptom.errors and condition.type and condition.type not in line:
        return Answer(False)
    return Answer(True, tuple(_captured(found)), (Evidence(NAME, "output", line),))


def _ends_with(name: str, wanted: str) -> bool:
    return not wanted or name == wanted or name.endswith("." + wanted)


def _frame_fits(pattern: str, error: Error) -> bool:
    return not pattern or any(re.search(pattern, frame.file) for frame in error.frames)


def _evidence(error: Error) -> Evidence:
    where = f"{error.frames[-1].file}:{error.frames[-1].line}" if error.frames else "output"
    first = error.message.split("\n", 1)[0][:300]
    return Evidence(NAME, where, f"{error.type}: {first}")


def _line(text: str, found: re.Match[str]) -> str:
    start = text.rfind("\n", 0, found.start()) + 1
    end = text.find("\n", found.end())
    return text[start : end if end >= 0 else len(text)].strip()[:300]


def _captured(found: re.Match[str]) -> list[tuple[str, str]]:
    return [(key, value) for key, value in found.groupdict().items() if value]


def _groups(found: re.Match[str], error: Error, case: Case) -> tuple[tuple[str, str], ...]:
    """What the expression captured, and the party whose line failed."""
    groups = _captured(found)
    if not error.frames:
        return tuple(groups)
    asking = [frame for frame in error.frames if frame.function not in REPORTERS] or list(error.frames)
    groups.append(("file", asking[-1].file))
    inside = SITE_FILE.search(asking[-1].file)
    if inside:
        package = inside[1].removesuffix(".py")
        facts = case.examination.facts
        owners = facts.owners.get(package, ())
        consumer = owners[0].key if owners else canonicalize_name(package)
        groups += [
            ("consumer_package", package),
            ("consumer", consumer),
            ("consumer_version", facts.version(consumer)),
        ]
    return tuple(groups)


def _text(condition: TextHas, case: Case) -> Answer:
    symptom = case.examination.symptom
    if symptom is None or condition.literal not in case.lowered:
        return Answer(False)
    found = re.search(condition.pattern, symptom.text)
    if found is None:
        return Answer(False)
    return Answer(True, tuple(_captured(found)), (Evidence(NAME, "output", _line(symptom.text, found)),))


def _installed(condition: Installed, case: Case) -> Answer:
    facts = case.examination.facts
    dist = facts.get(condition.name)
    if dist is None:
        return Answer(None if facts.from_text else False)
    fits = _contains(condition.spec, dist.version) if condition.spec else True
    if not fits:
        return Answer(fits)
    groups = ((condition.capture, dist.version),) if condition.capture else ()
    where = dist.metadata_path or "packages"
    return Answer(True, groups, (Evidence(NAME, where, f"{dist.name} {dist.version}"),))


def _contains(spec: str, version: str) -> bool | None:
    try:
        return SpecifierSet(spec).contains(Version(version), prereleases=True)
    except InvalidVersion:
        return None


def _variable(condition: VariableIs, case: Case) -> Answer:
    facts = case.examination.facts
    value = facts.variables.get(condition.name)
    if value is None:
        return Answer(None if facts.from_text else condition.unset)
    if condition.unset:
        return Answer(False)
    found = re.search(condition.matches, value)
    if found is None:
        return Answer(False)
    return Answer(
        True, tuple(_captured(found)), (Evidence(NAME, "environment", f"{condition.name}={value}"[:300], "unset"),)
    )


def _finding(playbook: Playbook, answer: Answer, case: Case) -> Finding:
    facts = case.examination.facts
    groups = {"python": ".".join(map(str, facts.interpreter.minor)), **dict(reversed(answer.groups))}
    factor = UNKNOWN_FACTOR if answer.unknown else 1.0
    if case.examination.symptom is None:
        factor *= AT_REST_FACTOR
    culprits = tuple(
        replace(
            c, name=name, installed=c.installed or _version(c, name, case), wanted=_fill(c.wanted or "", groups) or None
        )
        for c in playbook.culprits
        if (name := _fill(c.name, groups))
    )
    repairs = [filled for repair in playbook.repairs if (filled := _repair(repair, groups, case))]
    return Finding(
        id=playbook.id,
        title=_say(playbook.title, groups),
        cause=_say(playbook.cause, groups),
        severity=playbook.severity,
        confidence=round(playbook.confidence * factor, 3),
        culprits=tuple(dict.fromkeys(culprits)),
        evidence=answer.evidence,
        treatment=Treatment(repairs[0], tuple(repairs[1:])) if repairs else Treatment(),
        references=playbook.references,
    )


def _version(culprit: Culprit, name: str, case: Case) -> str | None:
    facts = case.examination.facts
    if culprit.kind is Kind.INTERPRETER:
        return facts.interpreter.version or None
    if culprit.kind is Kind.VARIABLE:
        return facts.variables.get(name)
    return facts.version(name) or None


def _repair(repair: Repair, groups: dict[str, str], case: Case) -> tuple[Action, ...]:
    """The steps with the groups filled in; none where the repair is ruled out or something it needs is not known."""
    if repair.when is not None and ask(repair.when, case).holds is False:
        return ()
    steps = []
    for action in repair.actions:
        fields = [action.target, action.spec or "", action.value or ""]
        if any(not groups.get(name) for field_ in fields for name in GROUP.findall(field_)):
            return ()
        steps.append(
            replace(
                action,
                target=_fill(action.target, groups),
                spec=None if action.spec is None else _fill(action.spec, groups),
                value=None if action.value is None else _fill(action.value, groups),
                why=Text(_fill(action.why.en, groups), _fill(action.why.zh, groups)),
            )
        )
    return tuple(steps)


def _say(text: Text, groups: dict[str, str]) -> Text:
    """A sentence that reads well where a group is not known, too."""
    en, zh = (
        LEFT_EMPTY.sub("", re.sub(" {2,}", " ", _fill(words, {"consumer": yours, **groups}))).strip()
        for words, yours in ((text.en, YOURS.en), (text.zh, YOURS.zh))
    )
    return Text(en[:1].upper() + en[1:] if en.startswith(YOURS.en) else en, zh)


def _fill(template: str, groups: dict[str, str]) -> str:
    return GROUP.sub(lambda found: groups.get(found[1], ""), template)

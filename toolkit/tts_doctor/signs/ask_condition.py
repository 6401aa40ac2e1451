"""Asks one condition of a playbook of what is known of a patient.

A condition that the facts cannot answer (a pasted log names few versions) is *unknown*, never false. Reads values only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tts_doctor.model.examination import Examination
from tts_doctor.model.finding import Evidence
from tts_doctor.model.playbook import (
    AllOf,
    AnyOf,
    AtRest,
    Condition,
    ErrorIs,
    Installed,
    Missing,
    NoneOf,
    PythonIs,
    TextHas,
    VariableIs,
)
from tts_doctor.model.symptom import Error

NAME = "playbook"
SITE_FILE = re.compile(r"(?:site|dist)-packages[/\\]([^/\\]+)")
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

"""The error's own message says what to install or to uninstall.

Authors foresee much: `Please run: pip install python-multipart`. Advice is believed as far as it can be tried: it never
outranks a cause that is known, and names that are known squats are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from tts_doctor.knowledge.impostors import impostor
from tts_doctor.model.examination import Examination
from tts_doctor.model.finding import Action, Evidence, Finding, Treatment
from tts_doctor.model.symptom import Error
from tts_doctor.model.text import Text
from tts_doctor.signs.parties import consumer_of, party, weighted_errors

COMMAND = re.compile(
    r"\bpip3?\s+(?P<verb>install|uninstall)\s+(?P<options>(?:-{1,2}[\w-]+\s+)*)['\"`]?"
    r"(?P<what>[A-Za-z][\w.-]*(?:\[[\w,. -]+\])?(?:[<>=!~]=?[\w.*]+(?:,[<>=!~]=?[\w.*]+)*)?)"
)
_NAME = r"['\"`]?[A-Za-z][\w.-]*(?:\[[\w,. -]+\])?['\"`]?"
PROSE = re.compile(rf"\b[Ii]nstall (?:the )?(?:package )?(?P<one>{_NAME})(?:,? or (?P<other>{_NAME}))?")
NAMED_PACKAGE = re.compile(r"\b[Ii]nstall (?:the )?(?P<one>[A-Za-z][\w.-]*\w) (?:package|distribution|plugin)\b")
REQUIRED = re.compile(
    r"(?P<one>['\"`][A-Za-z][\w.-]*['\"`]) (?:package|library|module|distribution) (?:is |are )?"
    r"(?:required|needed|missing|not installed)|[Rr]equires? (?:the )?(?P<other>['\"`][A-Za-z][\w.-]*['\"`]) "
    r"(?:package|library|module|distribution|to be installed)"
)
WITH_EXTRA = re.compile(r"\b[Ii]nstall (?P<one>[A-Za-z][\w.-]*) with (?:the )?['\"`](?P<extra>[\w-]+)['\"`] extra")
TELLING = re.compile(r"['\"`].+['\"`]|.*[\[_.-].*")
"""Advice in prose is believed where the name is quoted, has extras, or is no word of any language."""
PLACEHOLDERS = frozenset({"package", "packages", "name", "module", "xxx", "requirements.txt", "upgrade", "the", "it"})


def find(case: Examination) -> Iterator[Finding]:
    if case.symptom is None or not case.symptom.failed:
        return
    for error, weight in weighted_errors(case.symptom):
        steps = tuple(_steps(error.message))
        repairs = (steps,) if steps else tuple(_in_prose(error.message))
        if repairs:
            yield _finding(case, repairs, error, weight)


def _steps(message: str) -> Iterator[Action]:
    """What goes first, then what comes."""
    seen: dict[tuple[str, str], Action] = {}
    for match in COMMAND.finditer(message):
        step = _step(match["verb"], match["what"])
        if step:
            seen.setdefault((step.action, step.target), step)
    yield from sorted(seen.values(), key=lambda step: step.action != "uninstall")


def _in_prose(message: str) -> Iterator[tuple[Action, ...]]:
    """One repair for each alternative."""
    for match in WITH_EXTRA.finditer(message):
        if step := _step("install", f"{match['one']}[{match['extra']}]"):
            yield (step,)
    for match in (*PROSE.finditer(message), *NAMED_PACKAGE.finditer(message), *REQUIRED.finditer(message)):
        for name in filter(None, match.groups()):
            step = _step("install", name.strip("'\"`")) if TELLING.fullmatch(name) else None
            if step:
                yield (step,)


def _step(verb: str, what: str) -> Action | None:
    try:
        wanted = Requirement(what.rstrip("."))
    except InvalidRequirement:
        return None
    if wanted.name.lower() in PLACEHOLDERS or (verb == "install" and impostor(wanted.name)):
        return None
    extras = f"[{','.join(sorted(wanted.extras))}]" if wanted.extras else ""
    target = canonicalize_name(wanted.name) + extras
    return Action(
        verb, target, str(wanted.specifier) or None, why=Text("the message itself says so", "报错本身如此建议")
    )


def _finding(case: Examination, repairs: tuple[tuple[Action, ...], ...], error: Error, weight: float) -> Finding:
    steps = repairs[0]
    first = reversed([step.target.partition("[")[0] for step in steps])
    names = [*first, *(step.target.partition("[")[0] for repair in repairs[1:] for step in repair)]
    speaker = consumer_of(case.facts, error, "").name
    spoken = ", ".join(f"{step.action} {step.target}{step.spec or ''}" for step in steps)
    return Finding(
        id="advice-in-message",
        title=Text(f"The message advises: {spoken}", f"错误信息建议：{spoken}"),
        cause=Text(
            "The error was foreseen by those who wrote the program, and its message names the remedy.",
            "程序作者预见了此错误，错误信息中给出了办法。",
        ),
        confidence=0.6 * weight,
        culprits=tuple(party(case.facts, name) for name in dict.fromkeys([*names, *([speaker] if speaker else [])])),
        evidence=(Evidence("advice-in-message", "output", error.message[:300]),),
        treatment=Treatment(steps, repairs[1:]),
    )

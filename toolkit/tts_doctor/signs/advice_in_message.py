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
from tts_doctor.model.text import Text
from tts_doctor.signs.parties import party, weighted_errors

COMMAND = re.compile(
    r"\bpip3?\s+(?P<verb>install|uninstall)\s+(?P<options>(?:-{1,2}[\w-]+\s+)*)['\"`]?"
    r"(?P<what>[A-Za-z][\w.-]*(?:\[[\w,. -]+\])?(?:[<>=!~]=?[\w.*]+(?:,[<>=!~]=?[\w.*]+)*)?)"
)
PLACEHOLDERS = frozenset({"package", "packages", "name", "module", "xxx", "requirements.txt", "upgrade", "the", "it"})


def find(case: Examination) -> Iterator[Finding]:
    if case.symptom is None or not case.symptom.failed:
        return
    for error, weight in weighted_errors(case.symptom):
        steps = tuple(_steps(error.message))
        if steps:
            yield _finding(case, steps, error.message, weight)


def _steps(message: str) -> Iterator[Action]:
    """What goes first, then what comes."""
    seen: dict[tuple[str, str], Action] = {}
    for match in COMMAND.finditer(message):
        try:
            wanted = Requirement(match["what"].rstrip("."))
        except InvalidRequirement:
            continue
        if wanted.name.lower() in PLACEHOLDERS or (match["verb"] == "install" and impostor(wanted.name)):
            continue
        extras = f"[{','.join(sorted(wanted.extras))}]" if wanted.extras else ""
        target = canonicalize_name(wanted.name) + extras
        spec = str(wanted.specifier) or None
        seen.setdefault((match["verb"], target), Action(match["verb"], target, spec, why="the message itself says so"))
    yield from sorted(seen.values(), key=lambda step: step.action != "uninstall")


def _finding(case: Examination, steps: tuple[Action, ...], message: str, weight: float) -> Finding:
    names = list(dict.fromkeys(step.target.partition("[")[0] for step in steps))
    spoken = ", ".join(f"{step.action} {step.target}{step.spec or ''}" for step in steps)
    return Finding(
        id="advice-in-message",
        title=Text(f"The message advises: {spoken}", f"错误信息建议：{spoken}"),
        cause=Text(
            "The error was foreseen by those who wrote the program, and its message names the remedy.",
            "程序作者预见了此错误，错误信息中给出了办法。",
        ),
        confidence=0.6 * weight,
        culprits=tuple(party(case.facts, name) for name in reversed(names)),
        evidence=(Evidence("advice-in-message", "output", message[:300]),),
        treatment=Treatment(steps),
    )

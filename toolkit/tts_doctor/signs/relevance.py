"""How much a defect seen in the files has to do with what the user saw.

Not a sign: signs ask it. A defect whose distribution or file occurs in the symptom is probably its cause; one that
does not is worth a note. Without a symptom the sign's own judgement stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Severity
from tts_doctor.model.symptom import Symptom
from tts_doctor.signs.parties import chain_text, owner_of_file

CRASHES = frozenset({sign * number + base for number in (4, 6, 7, 8, 11) for sign, base in ((-1, 0), (1, 128))})
"""Exit statuses of SIGILL, SIGABRT, SIGBUS, SIGFPE and SIGSEGV, as a process has them and as a shell tells them."""
UNRELATED = (Severity.NOTE, 0.2)
COMMON_NAMES = frozenset(
    {"test", "tests", "docs", "examples", "scripts", "tools", "src", "utils", "core", "lib", "common"}
)


def weigh(case: Examination, related: bool, sure: float, alone: tuple[Severity, float]) -> tuple[Severity, float]:
    """Severity and confidence: `alone` without a symptom, an error of confidence `sure` where it is related to one."""
    if case.symptom is None:
        return alone
    return (Severity.ERROR, sure) if related else UNRELATED


def concerns(case: Examination, names: Iterable[str]) -> bool:
    """Whether any of the distributions (canonical names) occurs in the symptom: in its frames or in its message.

    A process that a signal killed before it could say anything leaves every defect under suspicion.
    """
    if case.symptom is not None and died_silently(case.symptom):
        return True
    return case.symptom is not None and any(
        in_frames(case.facts, case.symptom, name) or in_message(case.facts, case.symptom, name) for name in names
    )


def died_silently(symptom: Symptom) -> bool:
    """Killed by a signal of the processor or by abort, with no error printed."""
    return symptom.exit_code in CRASHES and not any(error.frames for error in symptom.errors)


def in_frames(facts: Facts, symptom: Symptom, name: str) -> bool:
    """Whether a frame of any error lies in a file of the distribution."""
    return any(owner_of_file(facts, frame.file)[0] == name for error in symptom.errors for frame in error.frames)


def in_message(facts: Facts, symptom: Symptom, name: str) -> bool:
    """Whether the last chain's messages name the distribution or one of its import names."""
    dist = facts.get(name)
    words = {name, name.replace("-", "_"), *(dist.top_level if dist else ())} - COMMON_NAMES
    text = chain_text(symptom)
    return any(
        re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w-])", text, re.IGNORECASE) for word in words if len(word) > 1
    )


def names_file(case: Examination, path: str) -> bool:
    """Whether the symptom prints the path, or the file's name where it is telling (`_rust.abi3.so`, not `utils.py`)."""
    if case.symptom is None:
        return False
    name = path.rsplit("/", 1)[-1]
    return path in case.symptom.text or (".so" in name and name in case.symptom.text)

"""Gives a finished static diagnosis again, while nothing has changed that it rests on: no file, no folder, no variable,
neither the interpreter's own answer nor our own code.

Decides what may be remembered; whatever it is not sure of is examined anew. The interpreter is asked every time, while
the files are compared.
"""

from __future__ import annotations

import os
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from tts_doctor.effects.ask_interpreter import LOADER_VARIABLES, SECONDS, Asked
from tts_doctor.effects.file_state import file_state
from tts_doctor.effects.grounds import Grounds
from tts_doctor.effects.module_cache import ModuleCache
from tts_doctor.effects.relevant_variables import relevant_variables
from tts_doctor.model.finding import (
    Action,
    Checked,
    Culprit,
    Diagnosis,
    Evidence,
    Finding,
    Kind,
    Need,
    Severity,
    Treatment,
    Verdict,
)
from tts_doctor.model.gap import Gap
from tts_doctor.model.request import ExamineRequest
from tts_doctor.model.text import Text
from tts_doctor.ports import Reporter

if TYPE_CHECKING:
    from tts_doctor.model.facts import Facts

FAR_REACHING = (*LOADER_VARIABLES, "PYTHONHOME", "PYTHONPATH")
"""With one of these a diagnosis may rest on files that nobody has listed."""
METADATA = (
    "RECORD", "METADATA", "PKG-INFO", "WHEEL", "INSTALLER", "REQUESTED", "direct_url.json", "top_level.txt",
    "requires.txt", "installed-files.txt",
)  # fmt: skip
TYPES = {
    kind.__name__: kind
    for kind in (
        Action, Checked, Culprit, Diagnosis, Evidence, Finding, Gap, Kind, Need, Severity, Text, Treatment, Verdict
    )
}  # fmt: skip


def examine(request: ExamineRequest, say: Reporter) -> Diagnosis:
    """As `effects.examine.examine`, at once where the answer is known."""
    python = os.path.normpath(request.python) if request.python else ""
    if not _is_plain(request, python):
        return _anew(request, say)
    with Asked(python, request.environ, request.cwd) as asked:
        grounds = Grounds(asked, ModuleCache(request.environ))
        place, question = f"diagnosis of {python}", _question(request)
        known = grounds.cache.answer(place, question)
        if known is not None and asked.answer(SECONDS).written == known[0]:
            diagnosis = unpack(known[1])
            assert isinstance(diagnosis, Diagnosis)
            return diagnosis
        found = _anew(request, say, grounds)
        if grounds.facts is not None and _may_be_kept(request, grounds.facts, found):
            states = {path: file_state(path) for path in (*grounds.paths, *_metadata(grounds.facts))}
            told = asked.answer(SECONDS).written
            grounds.cache.remember(place, question, (told, pack(found)), {**states, **grounds.cache.rests_on})
        return found


def _anew(request: ExamineRequest, say: Reporter, grounds: Grounds | None = None) -> Diagnosis:
    from tts_doctor.effects.examine import examine as examine_anew  # a tenth of a second, for nothing where it is known

    return examine_anew(request, say, grounds)


def _is_plain(request: ExamineRequest, python: str) -> bool:
    """Whether the answer rests on an interpreter's environment alone, as it lies there."""
    if request.log or request.command or request.site or request.deep:
        return False
    return os.path.isfile(python) and not any(request.environ.get(name) for name in FAR_REACHING)


def _question(request: ExamineRequest) -> str:
    machine = os.uname()
    return repr((
        relevant_variables(request.environ), request.cwd, request.offline,
        machine.nodename, machine.release, machine.machine, os.geteuid(),
    ))  # fmt: skip


def _may_be_kept(request: ExamineRequest, facts: Facts, found: Diagnosis) -> bool:
    """Not what the index had a say in, and not what lies in a project's own folders."""
    if not request.offline and any(finding.need is not None for finding in found.findings):
        return False
    return facts.interpreter.alive and not any(dist.editable for dist in facts.distributions)


def _metadata(facts: Facts) -> list[str]:
    found = []
    for dist in facts.distributions:
        found += [dist.metadata_path, *(f"{dist.metadata_path}/{name}" for name in METADATA)]
    return found


def pack(value: object) -> Any:
    """Values of the model as plain tuples, each led by the name of its type."""
    if isinstance(value, Enum):
        return type(value).__name__, value.value
    if is_dataclass(value):
        return type(value).__name__, *(pack(getattr(value, field.name)) for field in fields(value))
    return ("", *map(pack, value)) if isinstance(value, tuple) else value


def unpack(value: Any) -> Any:
    """The inverse of `pack`."""
    if not isinstance(value, tuple):
        return value
    name, *parts = value
    found = map(unpack, parts)
    return TYPES[name](*found) if name else tuple(found)

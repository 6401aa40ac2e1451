"""Which distributions the user's own code imports: the command's script, and the files of a traceback. Runs nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from tts_doctor.effects.read_bounded import read_bytes
from tts_doctor.effects.read_entry import entry_of
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Facts
from tts_doctor.parse.module import read_module
from tts_doctor.parse.module_lines import MAX_BYTES
from tts_doctor.signs.parties import is_own, owner_of_module

MOST_FILES = 20


def own_imports(case: Examination, command: Sequence[str]) -> tuple[str, ...]:
    """Canonical names, in the order of their import."""
    found: dict[str, None] = {}
    for source in _sources(case, command):
        for use in read_module(source, "__main__", False, case.facts.interpreter.minor, deep=False).uses:
            owner = owner_of_module(case.facts, use.module)
            if owner and case.facts.get(owner):
                found.setdefault(owner)
    return tuple(found)


def _sources(case: Examination, command: Sequence[str]) -> Iterator[bytes]:
    entry, _ = entry_of(command, case.facts.cwd, case.facts.interpreter.executable) if command else (None, ())
    if entry:
        yield entry[1]
    for path in _own_files(case.facts, case):
        try:
            yield read_bytes(path, MAX_BYTES)
        except OSError:
            continue


def _own_files(facts: Facts, case: Examination) -> list[str]:
    frames = [frame.file for error in (case.symptom.errors if case.symptom else ()) for frame in error.frames]
    return [f for f in dict.fromkeys(frames) if f.endswith(".py") and os.path.isfile(f) and is_own(facts, f)][
        :MOST_FILES
    ]

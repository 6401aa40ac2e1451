"""Finds in the sources which function a TypeError about arguments speaks of, and who passes what it does not take.

`__init__() got an unexpected keyword argument 'column'` names no class: the line of the innermost frame does. Whoever
spells the keyword may stand further out, where others only pass `**kwargs` on. Reads files, runs nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from tts_doctor.effects.find_definitions import Search
from tts_doctor.effects.read_bounded import read_bytes
from tts_doctor.model.facts import Facts
from tts_doctor.model.surroundings import Callee
from tts_doctor.model.symptom import Error, Frame, Symptom
from tts_doctor.parse.call_at import CallAt, call_at
from tts_doctor.parse.module_lines import MAX_BYTES
from tts_doctor.signs.parties import is_standard, module_name, owner_of_file
from tts_doctor.signs.unexpected_keyword import spoken_call

MOST_FRAMES = 30


def find_callees(facts: Facts, symptom: Symptom, real: Callable[[str], str] = lambda path: path) -> tuple[Callee, ...]:
    """One for each such error whose function can be told; `real` says where a file of the patient lies."""
    found = (_find(facts, symptom, error, real) for error in symptom.errors if spoken_call(error))
    return tuple(callee for callee in found if callee)


def _find(facts: Facts, symptom: Symptom, error: Error, real: Callable[[str], str]) -> Callee | None:
    match = spoken_call(error)
    frames = [f for f in error.frames if not is_standard(facts, f.file) and f.file.endswith(".py")][-MOST_FRAMES:]
    if match is None or not frames:
        return None
    keyword = match["keyword"] or ""
    function: str = match["function"]
    search = Search(facts, symptom, real)
    inner = _call(facts, frames[-1], function.rsplit(".", 1)[-1], keyword, real)
    home = search.home_of(inner.callee) if inner and inner.callee else None
    owner, module, name = home or ("", "", "")
    if not owner and "." in function:
        definition = search.find(function.rsplit(".", 2)[-2])
        if definition:
            owner, module = definition.owner, definition.module
            name = f"{definition.name}.{function.rpartition('.')[2]}"
    speller = next((f for f in reversed(frames) if (c := _call(facts, f, "", keyword, real)) and c.spells), frames[-1])
    return Callee(function, module, name, owner, speller.file, speller.line) if owner else None


def _call(facts: Facts, frame: Frame, function: str, keyword: str, real: Callable[[str], str]) -> CallAt | None:
    try:
        source = read_bytes(real(frame.file), MAX_BYTES)
    except OSError:
        return None
    relative = owner_of_file(facts, frame.file)[1]
    module = module_name(relative) if relative else "__main__"
    return call_at(source, frame.line, function, keyword, module, frame.file.endswith("/__init__.py"))

"""Finds copies of installed packages elsewhere on the disk through which a failure passes, and what puts them first.

Runs nothing: a `.pth` file is searched for the folder's path, whatever its lines would do with it. Decides nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from tts_doctor.effects.read_bounded import read_text
from tts_doctor.effects.read_shadows import first_folders
from tts_doctor.model.facts import Facts
from tts_doctor.model.surroundings import ForeignCopy
from tts_doctor.model.symptom import Symptom
from tts_doctor.signs.parties import is_own

MOST = 3


def read_foreign_copies(
    facts: Facts, symptom: Symptom, command: Sequence[str], environ: Mapping[str, str]
) -> tuple[ForeignCopy, ...]:
    """Innermost of the traceback first; only where it is plain what puts the folder before the site folders."""
    found: dict[tuple[str, str], ForeignCopy] = {}
    first = first_folders(command, environ, facts.cwd)
    for error in reversed(symptom.errors):
        for frame in reversed(error.frames):
            name, folder = _copied(facts, frame.file)
            if not name or folder in first or (name, folder) in found:
                continue
            by = _put_by(facts, folder, environ)
            if by:
                found[name, folder] = ForeignCopy(name, folder, facts.owners[name][0].key, by)
    return tuple(found.values())[:MOST]


def _copied(facts: Facts, file: str) -> tuple[str, str]:
    """Import name of an installed distribution that the path of a file of the user's own holds, and its folder."""
    if not file.startswith("/") or not is_own(facts, file):
        return "", ""
    parts = file.split("/")
    for place in range(1, len(parts)):
        name = parts[place].removesuffix(".py")
        if name in facts.owners and (place < len(parts) - 1 or parts[place].endswith(".py")):
            return name, "/".join(parts[:place])
    return "", ""


def _put_by(facts: Facts, folder: str, environ: Mapping[str, str]) -> str:
    listed = environ.get("PYTHONPATH", "").split(os.pathsep)
    if folder in {os.path.normpath(os.path.join(facts.cwd, part)) for part in listed if part}:
        return "PYTHONPATH"
    return next((path for path in _path_files(facts) if folder in (read_text(path) or "")), "")


def _path_files(facts: Facts) -> Iterator[str]:
    interpreter = facts.interpreter
    sites = [interpreter.purelib, interpreter.platlib, *(d.site for d in facts.distributions)]
    for site in dict.fromkeys(filter(None, sites)):
        try:
            yield from sorted(f"{site}/{name}" for name in os.listdir(site) if name.endswith(".pth"))
        except OSError:
            continue

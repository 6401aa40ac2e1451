"""Looks in the project's own files for the values of variables that a failure asks for. Runs and decides nothing.

Dotenv files are passed over: what stands there is often secret.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from tts_doctor.effects.read_bounded import read_text
from tts_doctor.effects.read_shadows import first_folders
from tts_doctor.model.facts import Facts
from tts_doctor.model.symptom import Symptom
from tts_doctor.parse.settings_text import values_of
from tts_doctor.signs.variable_not_set import SECRET, asked_variables

ENDINGS = (".py", ".ini", ".cfg", ".toml", ".yml", ".yaml", ".sh")
NAMES = ("Dockerfile", "Procfile", "Makefile")
MOST_FILES = 300


def read_own_settings(
    facts: Facts, symptom: Symptom, command: Sequence[str], environ: Mapping[str, str]
) -> tuple[tuple[str, str, str], ...]:
    """(variable, value, file) of variables that are asked for and not set; each value once."""
    wanted = [name for name in asked_variables(symptom) if name not in environ and not SECRET.search(name)]
    found: dict[tuple[str, str], str] = {}
    if wanted:
        folders = dict.fromkeys([*first_folders(command, environ, facts.cwd), facts.cwd])
        for path in [p for folder in folders for p in _files(folder)][:MOST_FILES]:
            text = read_text(path) or ""
            for name in wanted:
                for value in values_of(text, name, path.endswith(".py")) if name in text else ():
                    found.setdefault((name, value), path)
    return tuple((name, value, path) for (name, value), path in found.items())


def _files(folder: str) -> Iterator[str]:
    """Of the folder, then of those in it."""
    inner = []
    try:
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda e: e.name):
                if entry.is_dir(follow_symlinks=False):
                    if not entry.name.startswith(".") and not os.path.lexists(f"{entry.path}/pyvenv.cfg"):
                        inner.append(entry.path)
                elif entry.name.endswith(ENDINGS) or entry.name.startswith(NAMES):
                    yield entry.path
    except OSError:
        return
    for path in inner:
        try:
            yield from sorted(f"{path}/{name}" for name in os.listdir(path) if name.endswith(ENDINGS))
        except OSError:
            continue

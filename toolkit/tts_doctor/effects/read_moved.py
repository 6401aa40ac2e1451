"""Looks for projects that were installed editable from a folder that is gone: beside it, and where the user works.

Reads names from pyproject.toml, setup.cfg and setup.py as text; runs no build. Decides nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from packaging.utils import canonicalize_name

from tts_doctor.effects.list_modules import module_paths
from tts_doctor.effects.read_bounded import read_text
from tts_doctor.model.facts import Distribution, Facts
from tts_doctor.model.surroundings import MovedProject

NAME = re.compile(r"""^\s*name\s*=\s*['"]?([A-Za-z][\w.-]*)['"]?\s*,?\s*(?:#.*)?$""", re.MULTILINE)
FILES = ("pyproject.toml", "setup.cfg", "setup.py")
MOST_FOLDERS = 300


def read_moved(facts: Facts) -> tuple[MovedProject, ...]:
    """One for each editable distribution whose folder is gone."""
    return tuple(_moved(d, facts) for d in facts.distributions if d.editable and not os.path.isdir(d.editable))


def _moved(dist: Distribution, facts: Facts) -> MovedProject:
    now = next((f for f in _folders(dist, facts.cwd) if dist.key in _names(f)), "")
    modules = {**module_paths(now), **module_paths(os.path.join(now, "src"))} if now else {}
    return MovedProject(dist.key, dist.editable, now, tuple(sorted(modules)))


def _folders(dist: Distribution, cwd: str) -> Iterator[str]:
    """The user's own folder and those above it, then what lies beside the old folder, then in the user's folder."""
    yield cwd
    above = os.path.dirname(cwd)
    while above != os.path.dirname(above):
        yield above
        above = os.path.dirname(above)
    gone = os.path.normpath(dist.editable)
    beside = os.path.dirname(gone)
    while not os.path.isdir(beside) and beside != os.path.dirname(beside):
        gone, beside = beside, os.path.dirname(beside)
    inside = os.path.relpath(dist.editable, gone)
    for parent, rest in ((beside, inside), (beside, "."), (cwd, ".")):
        for name in _subfolders(parent):
            yield os.path.normpath(os.path.join(parent, name, rest))


def _subfolders(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(e.name for e in entries if e.is_dir() and not e.name.startswith("."))[:MOST_FOLDERS]
    except OSError:
        return []


def _names(folder: str) -> set[str]:
    """Canonical names that the project's files give it."""
    texts = [read_text(os.path.join(folder, file)) or "" for file in FILES]
    return {canonicalize_name(name) for text in texts for name in NAME.findall(text)}

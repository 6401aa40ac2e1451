"""Looks into the folders of a command's script: what comes before installed modules, what loses against them, what is
not searched at all. Runs nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence

from tts_doctor.effects.find_interpreter import words_of
from tts_doctor.effects.list_modules import module_paths
from tts_doctor.knowledge.stdlib import is_stdlib
from tts_doctor.model.facts import Facts
from tts_doctor.model.surroundings import HiddenFolder
from tts_doctor.model.symptom import Symptom

MISSING = re.compile(r"No module named '(?P<top>[A-Za-z_]\w*)")
SAFE_FLAG = re.compile(r"-[a-zA-Z]*[PI][a-zA-Z]*")


def read_shadows(facts: Facts, command: Sequence[str], environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Import name and path of each module or regular package that hides another one from the command."""
    found: dict[str, str] = {}
    for folder in _foreign_folders(facts, command, environ):
        for name, path in module_paths(folder).items():
            if facts.owners.get(name) or is_stdlib(name, facts.interpreter.minor):
                found.setdefault(name, path.removesuffix("/__init__.py"))
    return tuple(sorted(found.items()))


def read_hidden(facts: Facts, command: Sequence[str], environ: Mapping[str, str]) -> tuple[HiddenFolder, ...]:
    """Folders without `__init__.py` of which a regular package of the same name is installed."""
    found = []
    for folder in _foreign_folders(facts, command, environ):
        for name in sorted(facts.owners):
            path = os.path.join(folder, name)
            if os.path.isdir(path) and not os.path.isfile(os.path.join(path, "__init__.py")):
                modules = tuple(sorted(_names_in(path)))
                if modules:
                    found.append(HiddenFolder(name, path, modules))
    return tuple(found)


def read_off_path(
    facts: Facts, symptom: Symptom, command: Sequence[str], environ: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """Modules that the failure misses and that lie near the script, in a folder that is not searched."""
    first = first_folders(command, environ, facts.cwd)
    searched = set(facts.interpreter.sys_path) | (set() if is_safe_path(facts, command, environ) else set(first))
    near = [*first, facts.cwd, *(os.path.dirname(f) for f in first)]
    folders = [f for f in dict.fromkeys([*near, *(os.path.join(f, "src") for f in near)]) if f not in searched]
    missed = dict.fromkeys(m["top"] for error in symptom.errors if (m := MISSING.search(error.message)))
    return tuple((name, home) for name in missed if (home := next((f for f in folders if _holds(f, name)), "")))


def is_safe_path(facts: Facts, command: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Whether Python is told not to search the script's folder."""
    if facts.interpreter.minor >= (3, 11) and environ.get("PYTHONSAFEPATH"):
        return True
    words = list(words_of(command, environ))
    script = next((i for i, word in enumerate(words) if word.endswith(".py")), len(words))
    return any(SAFE_FLAG.fullmatch(word) for word in words[1:script])


def first_folders(command: Sequence[str], environ: Mapping[str, str], cwd: str) -> list[str]:
    """What Python puts first on its path: the script's folder, or the caller's for -c, -m and servers."""
    words = list(words_of(command, environ))
    scripts = [os.path.normpath(os.path.join(cwd, w)) for w in words if w.endswith(".py")]
    folders = [os.path.dirname(path) for path in scripts if os.path.isfile(path)]
    return list(dict.fromkeys(folders or [cwd]))


def _foreign_folders(facts: Facts, command: Sequence[str], environ: Mapping[str, str]) -> Iterator[str]:
    """The first folders, without those that hold installed distributions or come later anyway."""
    if is_safe_path(facts, command, environ):
        return
    for folder in first_folders(command, environ, facts.cwd):
        if folder not in facts.interpreter.sys_path and all(folder != d.site for d in facts.distributions):
            yield folder


def _holds(folder: str, name: str) -> bool:
    path = os.path.join(folder, name)
    return os.path.isfile(f"{path}.py") or (os.path.isdir(path) and bool(_names_in(path)))


def _names_in(folder: str) -> set[str]:
    """Modules and packages in a folder, and folders of modules."""
    found = set(module_paths(folder))
    try:
        with os.scandir(folder) as entries:
            inner = [e.path for e in entries if e.name.isidentifier() and e.is_dir()]
    except OSError:
        return found
    return found | {os.path.basename(path) for path in inner if module_paths(path)}

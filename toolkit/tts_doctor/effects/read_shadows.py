"""Looks beside a command's script for modules that come before installed or standard ones. Runs nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from tts_doctor.effects.find_interpreter import words_of
from tts_doctor.effects.list_modules import module_paths
from tts_doctor.knowledge.stdlib import is_stdlib
from tts_doctor.model.facts import Facts


def read_shadows(facts: Facts, command: Sequence[str], environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Import name and path of each module or regular package that hides another one from the command."""
    found: dict[str, str] = {}
    for folder in _first_folders(command, environ, facts.cwd):
        if folder in facts.interpreter.sys_path or any(folder == d.site for d in facts.distributions):
            continue
        for name, path in module_paths(folder).items():
            if facts.owners.get(name) or is_stdlib(name, facts.interpreter.minor):
                found.setdefault(name, path.removesuffix("/__init__.py"))
    return tuple(sorted(found.items()))


def _first_folders(command: Sequence[str], environ: Mapping[str, str], cwd: str) -> list[str]:
    """What Python puts first on its path: the script's folder, or the caller's for -c, -m and servers."""
    words = list(words_of(command, environ))
    scripts = [os.path.normpath(os.path.join(cwd, w)) for w in words if w.endswith(".py")]
    folders = [os.path.dirname(path) for path in scripts if os.path.isfile(path)]
    return list(dict.fromkeys(folders or [cwd]))

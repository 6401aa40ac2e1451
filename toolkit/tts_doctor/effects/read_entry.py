"""Finds the Python code that a command runs, by its words alone; runs nothing."""

from __future__ import annotations

import os
from collections.abc import Sequence

from tts_doctor.effects.read_bounded import read_bytes
from tts_doctor.parse.module_lines import MAX_BYTES


def entry_of(command: Sequence[str], cwd: str, python: str) -> tuple[tuple[str, bytes] | None, tuple[str, ...]]:
    """Label and source of the Python code that a command runs, and the folders that come first on its path.

    Knows `python FILE`, `python -m MODULE`, `python -c CODE` and console scripts with a Python shebang.
    """
    program = os.path.basename(command[0])
    if not program.startswith("python"):
        path = _which(command[0], cwd, python)
        source = _source(path) if path else None
        if source is None or b"python" not in source.split(b"\n", 1)[0]:
            return None, ()
        return (path, source), (os.path.dirname(path),)
    rest = list(command[1:])
    while rest:
        word = rest.pop(0)
        if word in ("-W", "-X"):
            rest = rest[1:]
        elif word == "-c" and rest:
            return ("-c", os.fsencode(rest[0])), (cwd,)
        elif word == "-m" and rest:
            module = rest[0]
            return (f"-m {module}", os.fsencode(f"import {module}\n")), (cwd,)
        elif not word.startswith("-"):
            path = os.path.normpath(os.path.join(cwd, word))
            source = _source(path)
            return ((path, source) if source is not None else None), (os.path.dirname(path),)
    return None, ()


def _which(name: str, cwd: str, python: str) -> str:
    if "/" in name:
        return os.path.normpath(os.path.join(cwd, name))
    beside = os.path.join(os.path.dirname(python), name) if python else ""
    return beside if beside and os.path.isfile(beside) else ""


def _source(path: str) -> bytes | None:
    try:
        return read_bytes(path, MAX_BYTES)
    except OSError:
        return None

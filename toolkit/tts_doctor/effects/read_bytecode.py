"""Finds the compiled files (`.pyc`) that a failure says it could not load: cut off, damaged, or another Python's.

Looks only where the failing import line would look. Runs and decides nothing.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator, Sequence

from tts_doctor.model.facts import Facts
from tts_doctor.model.surroundings import BadBytecode
from tts_doctor.model.symptom import Error, Frame, Symptom

DAMAGED = re.compile(r"marshal data too short|bad marshal data|EOF read where (?:object|not) expected")
FOREIGN = re.compile(r"bad magic number in '(?P<module>[\w.]+)'")


def read_bad_bytecode(facts: Facts, symptom: Symptom, first: Sequence[str]) -> tuple[BadBytecode, ...]:
    """`first`: folders that are searched before sys.path."""
    found: dict[str, BadBytecode] = {}
    for error in symptom.errors:
        foreign = FOREIGN.search(error.message)
        if foreign:
            for each in _beside(foreign["module"], [*first, *facts.interpreter.sys_path], error):
                found.setdefault(each.path, each)
        elif DAMAGED.search(error.message):
            for each in _cached(facts, error):
                found.setdefault(each.path, each)
    return tuple(found.values())


def _beside(module: str, folders: Sequence[str], error: Error) -> Iterator[BadBytecode]:
    """A compiled file in the source's place, which is all that Python takes without looking at its age."""
    parts = module.split(".")
    for folder in dict.fromkeys(folders):
        stem = os.path.join(folder, *parts)
        for path in (f"{stem}.pyc", os.path.join(stem, "__init__.pyc")):
            if os.path.isfile(path):
                yield BadBytecode(path, module, os.path.isfile(path[:-1]), error.message.strip()[:200])
                return


def _cached(facts: Facts, error: Error) -> Iterator[BadBytecode]:
    """The cached files of the modules that the innermost import line names."""
    frame = next((f for f in reversed(error.frames) if os.path.isfile(f.file)), None)
    minor = facts.interpreter.minor
    for source in _sources(frame, facts.interpreter.sys_path) if frame else ():
        folder, name = os.path.split(source)
        stem = f"{name[:-3]}.cpython-{minor[0]}{minor[1]}"
        for end in (".pyc", ".opt-1.pyc", ".opt-2.pyc"):
            path = os.path.join(folder, "__pycache__", stem + end)
            if os.path.isfile(path):
                name = os.path.basename(folder) if name == "__init__.py" else name[:-3]
                yield BadBytecode(path, name, True, error.message.strip()[:200])


def _sources(frame: Frame, sys_path: Sequence[str]) -> Iterator[str]:
    """Source files of the modules that an import statement may load; of one of several lines the first is known."""
    code = frame.code.strip().rstrip("(\\ ,")
    try:
        nodes = list(ast.walk(ast.parse(f"{code} _" if code.endswith("import") else code)))
    except (SyntaxError, ValueError):
        return
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            above = os.path.dirname(frame.file)
            for _ in range(node.level - 1):
                above = os.path.dirname(above)
            parts = (node.module or "").split(".") if node.module else []
            roots = [above] if node.level else [os.path.dirname(frame.file), *sys_path]
            yield from _modules(roots, [parts, *([*parts, alias.name] for alias in node.names)])
        elif isinstance(node, ast.Import):
            roots = [os.path.dirname(frame.file), *sys_path]
            yield from _modules(roots, [alias.name.split(".") for alias in node.names])


def _modules(roots: Sequence[str], dotted: Sequence[Sequence[str]]) -> Iterator[str]:
    """The file of each module and of each package above it, in the first folder that has it."""
    for parts in dotted:
        for depth in range(1, len(parts) + 1):
            stems = [os.path.join(root, *parts[:depth]) for root in roots]
            files = [path for stem in stems for path in (os.path.join(stem, "__init__.py"), f"{stem}.py")]
            yield from [path for path in files if os.path.isfile(path)][:1]

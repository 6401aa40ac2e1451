"""Libraries and programs that Python source asks the system for by name: ctypes and cffi, subprocess and os.system.

Only what stands there as a literal. Says whether the code goes on without it; decides nothing about packages.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tts_doctor.parse.syntax_tree import syntax_tree

WORTH_PARSING = re.compile(rb"find_library|[cC]DLL|LoadLibrary|dlopen|subprocess|os\.system|os\.popen")
LOADS = frozenset({"CDLL", "PyDLL", "LoadLibrary", "dlopen"})
RUNS = frozenset({"run", "call", "check_call", "check_output", "Popen", "getoutput", "system", "popen"})
PROGRAM = re.compile(r"^[\w.+-]+$")
FORGIVES = frozenset(
    {"", "Exception", "BaseException", "OSError", "IOError", "FileNotFoundError", "EnvironmentError", "ImportError"}
)


@dataclass(frozen=True)
class NamedNeed:
    """One call that names what it wants."""

    kind: str
    """`library` or `program`."""
    name: str
    """As written: `sndfile`, `libespeak.so.1`, `ffmpeg`."""
    line: int
    optional: bool
    """The failure is caught, or the name is one of several that are tried."""


def named_needs(source: bytes) -> tuple[NamedNeed, ...]:
    """In order of lines; none where the source is no Python of today."""
    tree = syntax_tree(source) if WORTH_PARSING.search(source) else None
    return tuple(sorted(_walk(tree, False), key=lambda need: (need.line, need.name))) if tree is not None else ()


def _walk(node: ast.AST, caught: bool) -> Iterator[NamedNeed]:
    """Depth first, by hand: a source may be nested deeper than the interpreter's stack."""
    stack = [(node, caught)]
    while stack:
        one, optional = stack.pop()
        if isinstance(one, ast.Call):
            yield from _call(one, optional)
        if isinstance(one, ast.Try):
            forgiven = optional or any(_forgives(handler) for handler in one.handlers)
            stack += [(child, forgiven) for child in one.body]
            stack += [(child, True) for handler in one.handlers for child in handler.body]
            stack += [(child, optional) for child in (*one.orelse, *one.finalbody)]
        elif isinstance(one, (ast.If, ast.IfExp, ast.BoolOp, ast.For)):
            stack += [(child, True) for child in ast.iter_child_nodes(one)]
        else:
            stack += [(child, optional) for child in ast.iter_child_nodes(one)]


def _call(call: ast.Call, optional: bool) -> Iterator[NamedNeed]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    first = call.args[0] if call.args else None
    if name.endswith("find_library") or name in LOADS:
        word = _text(first)
        if word and "/" not in word and not word.endswith((".dll", ".dylib")):
            yield NamedNeed("library", word, call.lineno, optional)
    elif name in RUNS:
        if isinstance(first, (ast.List, ast.Tuple)):
            word = _text(first.elts[0]) if first.elts else ""
        else:
            word = (_text(first).split() or [""])[0]
        if PROGRAM.match(word):
            yield NamedNeed("program", word, call.lineno, optional)


def _text(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _forgives(handler: ast.ExceptHandler) -> bool:
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = {getattr(t, "id", getattr(t, "attr", "")) if t is not None else "" for t in types}
    return bool(names & FORGIVES) and not any(isinstance(n, ast.Raise) for n in ast.walk(handler))

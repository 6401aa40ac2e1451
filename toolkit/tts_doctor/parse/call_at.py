"""Reads from source text which function a line calls, and whether the call spells a keyword. Runs nothing."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from tts_doctor.parse.class_members import imported
from tts_doctor.parse.syntax_tree import syntax_tree


@dataclass(frozen=True)
class CallAt:
    """One call of a line."""

    callee: str
    """Dotted, with import names resolved (`jedi.api.Script.__init__`); empty where that cannot be told."""
    spells: bool
    """Whether the keyword is written in the call."""


def call_at(source: bytes, line: int, function: str, keyword: str, module: str, is_package: bool) -> CallAt | None:
    """The call on `line` that the message speaks of, or None.

    `function` is the message's last part (`__init__` fits every class); empty: whatever call spells the keyword.
    """
    tree = syntax_tree(source)
    if tree is None:
        return None
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and n.lineno <= line <= (n.end_lineno or n.lineno)]
    fitting = [c for c in calls if (_fits(c.func, function) if function else _spells(c, keyword))]
    spelling = [c for c in fitting if _spells(c, keyword)] or [c for c in fitting if _passes_on(c)] or fitting
    if len(spelling) != 1:
        return None
    call = spelling[0]
    return CallAt(_callee(tree, call, module, is_package), _spells(call, keyword))


def _fits(func: ast.expr, function: str) -> bool:
    last = func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
    return last == function or (function == "__init__" and last[:1].isupper())


def _spells(call: ast.Call, keyword: str) -> bool:
    return bool(keyword) and any(argument.arg == keyword for argument in call.keywords)


def _passes_on(call: ast.Call) -> bool:
    return any(argument.arg is None for argument in call.keywords)


def _callee(tree: ast.Module, call: ast.Call, module: str, is_package: bool) -> str:
    package = module if is_package else module.rpartition(".")[0]
    origins: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and node in tree.body:
            origins[node.name] = f"{module}.{node.name}"
        origins.update(imported(node, package))
    func = call.func
    if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Call) and _dotted(func.value.func) == "super":
        base = _first_base(tree, call)
        return f"{resolved}.{func.attr}" if (resolved := _resolve(base, origins)) else ""
    return _resolve(_dotted(func), origins)


def _first_base(tree: ast.Module, call: ast.Call) -> str:
    classes = [
        n for n in ast.walk(tree)
        if isinstance(n, ast.ClassDef) and n.lineno <= call.lineno <= (n.end_lineno or n.lineno)
    ]  # fmt: skip
    inner = max(classes, key=lambda n: n.lineno, default=None)
    return _dotted(inner.bases[0]) if inner is not None and inner.bases else ""


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    value = _dotted(node.value) if isinstance(node, ast.Attribute) else ""
    return f"{value}.{node.attr}" if value and isinstance(node, ast.Attribute) else ""


def _resolve(written: str, origins: dict[str, str]) -> str:
    first, dot, rest = written.partition(".")
    return f"{origins[first]}{dot}{rest}" if first in origins else ""

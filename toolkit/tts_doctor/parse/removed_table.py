"""Reads from source text which names a module only keeps to say that they are gone (NumPy's `__former_attrs__`)."""

from __future__ import annotations

import ast
import re
import warnings

TABLE = re.compile(r"(?:former|expired|removed)_?(?:attr|name|member)", re.IGNORECASE)


def removed_names(source: bytes) -> frozenset[str]:
    """Strings in tables named like `__former_attrs__`, and in the tables that these are computed from."""
    if not TABLE.search(source.decode("utf-8", "replace")):
        return frozenset()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return frozenset()
    found: set[str] = set()
    known: dict[str, set[str]] = {}
    for node in _assignments(tree.body):
        value = node.value
        if value is None:
            continue
        strings = {s for s in map(_string, ast.walk(value)) if s}
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if not isinstance(target, ast.Name):
                continue
            known[target.id] = strings
            if TABLE.search(target.id):
                used = [n.id for n in ast.walk(value) if isinstance(n, ast.Name)]
                found |= strings.union(*(known.get(name, set()) for name in used))
    return frozenset(found)


def _string(node: ast.AST) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _assignments(body: list[ast.stmt]) -> list[ast.Assign | ast.AnnAssign]:
    """Module-level assignments in their order, those under conditions too."""
    found: list[ast.Assign | ast.AnnAssign] = []
    for node in body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            found.append(node)
        elif isinstance(node, (ast.If, ast.Try, ast.With)):
            found += _assignments(node.body)
            found += _assignments(getattr(node, "orelse", []))
    return found

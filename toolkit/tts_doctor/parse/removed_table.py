"""Reads from source text which names a module only keeps to say that they are gone (NumPy's `__former_attrs__`)."""

from __future__ import annotations

import ast
import re

from tts_doctor.parse.syntax_tree import syntax_tree

TABLE = re.compile(r"(?:former|expired|removed)_?(?:attr|name|member)", re.IGNORECASE)


def removed_names(source: bytes) -> frozenset[str]:
    """Names in tables called like `__former_attrs__`: keys of dicts, members of lists, first members of rows.

    A table computed from another one, which the module fills before, has its names.
    """
    if not TABLE.search(source.decode("utf-8", "replace")):
        return frozenset()
    tree = syntax_tree(source)
    found: set[str] = set()
    known: dict[str, frozenset[str]] = {}
    for node in _assignments(tree.body) if tree else ():
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            if isinstance(target, ast.Name) and node.value is not None:
                known[target.id] = _names(node.value, known)
                if TABLE.search(target.id):
                    found |= known[target.id]
    return frozenset(found)


def _names(node: ast.expr, known: dict[str, frozenset[str]]) -> frozenset[str]:
    """What a table is a table of; the words of its messages are no names."""
    if isinstance(node, ast.Constant):
        return frozenset({node.value}) if isinstance(node.value, str) else frozenset()
    if isinstance(node, ast.Name):
        return known.get(node.id, frozenset())
    parts: list[ast.expr] = []
    if isinstance(node, ast.Dict):
        parts = [key for key in node.keys if key is not None]
        parts += [value for key, value in zip(node.keys, node.values, strict=True) if key is None]
    elif isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        parts = [e.elts[0] if isinstance(e, (ast.List, ast.Tuple)) and e.elts else e for e in node.elts]
    elif isinstance(node, (ast.DictComp, ast.ListComp, ast.SetComp, ast.GeneratorExp)):
        parts = [generator.iter for generator in node.generators]
    elif isinstance(node, ast.BinOp):
        parts = [node.left, node.right]
    elif isinstance(node, ast.Call):
        parts = [*node.args, *([node.func.value] if isinstance(node.func, ast.Attribute) else [])]
    return frozenset[str]().union(*(_names(part, known) for part in parts))


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

"""Reads from source text whether a function is called with a keyword. Runs nothing, resolves no names."""

from __future__ import annotations

import ast

from tts_doctor.parse.syntax_tree import syntax_tree


def passes_keyword(source: bytes, function: str, keyword: str) -> bool:
    """Whether some call of a thing named `function` (its last part; `__init__`: of any class) passes `keyword`.

    `*3` means three positional arguments (`self` counts), `-x` a call without the argument x. False for what cannot be
    parsed.
    """
    plain = not keyword.startswith(("*", "-"))
    tree = syntax_tree(source) if not plain or keyword.encode() in source else None
    return tree is not None and any(
        isinstance(node, ast.Call) and _is_of(node.func, function) and _passes(node, keyword) for node in ast.walk(tree)
    )


def _is_of(func: ast.expr, function: str) -> bool:
    last = _last(func)
    return last == function or (function == "__init__" and last[:1].isupper())


def _passes(call: ast.Call, keyword: str) -> bool:
    if keyword.startswith("*"):
        return len(call.args) + 1 >= int(keyword[1:] or 0)
    names = {argument.arg for argument in call.keywords}
    return keyword[1:] not in names if keyword.startswith("-") else keyword in names


def _last(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""

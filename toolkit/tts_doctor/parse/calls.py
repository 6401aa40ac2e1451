"""Reads from source text whether a function is called with a keyword. Runs nothing, resolves no names."""

from __future__ import annotations

import ast

from tts_doctor.parse.syntax_tree import syntax_tree


def passes_keyword(source: bytes, function: str, keyword: str) -> bool:
    """Whether some call of a thing named `function` (its last part) passes `keyword`; False for unreadable syntax."""
    tree = syntax_tree(source) if keyword.encode() in source else None
    return tree is not None and any(
        isinstance(node, ast.Call)
        and _last(node.func) == function
        and any(argument.arg == keyword for argument in node.keywords)
        for node in ast.walk(tree)
    )


def _last(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""

"""Source text -> syntax tree, for whatever reads code without running it."""

from __future__ import annotations

import ast
import warnings


def syntax_tree(source: bytes) -> ast.Module | None:
    """None for text that this interpreter cannot parse, whatever the reason. Warns of nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError, LookupError):
            return None

"""Source text -> syntax tree, for whatever reads code without running it."""

from __future__ import annotations

import ast
import re
import warnings

CHAIN = re.compile(rb"(?:\.[\s\\]*[\w\x80-\xff]+[\s\\]*){300}")
"""`import a.a.a…`: the parser joins and keeps every part of such a name, gigabytes for 128 KiB of source."""
IN_CHAIN = bytes(code for code in range(256) if chr(code).isalnum() or chr(code) in "_ \t\n\r\f\v\\" or code > 127)
FORMATTED = re.compile(rb"\b(?:[fF][rR]?|[rR][fF])[\"']")
MOST_BRACES = 20_000
"""Of a source with f-strings, which take the parser a time that grows with the square of their fields."""


def syntax_tree(source: bytes) -> ast.Module | None:
    """None for text that this interpreter cannot parse, whatever the reason, or not soon. Warns of nothing."""
    if _has_chain(source) or (source.count(b"{") > MOST_BRACES and FORMATTED.search(source)):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError, LookupError):
            return None


def _has_chain(source: bytes) -> bool:
    """Looks closer only where so many dots follow each other with nothing between them but names and spaces."""
    return b"." * 300 in source.translate(None, IN_CHAIN) and CHAIN.search(source) is not None

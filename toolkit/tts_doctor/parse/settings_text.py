"""Finds the values that a project's files give to one environment variable. Text in, values out; runs nothing."""

from __future__ import annotations

import re

_VALUE = r"(?P<value>[\w./:@+-]{1,200})"


def values_of(text: str, name: str, is_python: bool) -> list[str]:
    """In Python only quoted values that stand beside the quoted name; elsewhere `NAME=value`, `NAME: value` lines."""
    word = re.escape(name)
    if is_python:
        pattern = rf"""["']{word}["']\s*\]?\s*[,=]\s*["']{_VALUE}["']"""
    else:
        pattern = (
            rf"""^[ \t-]*(?:ENV[ \t]+|export[ \t]+)?["']?{word}["']?[ \t]*[=: ][ \t]*["']?{_VALUE}["']?,?[ \t]*\\?$"""
        )
    return [m["value"] for m in re.finditer(pattern, text, re.MULTILINE)]

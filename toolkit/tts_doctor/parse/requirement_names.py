"""The distributions that a requirements file names. It does not resolve `-r` includes or judge the lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.utils import canonicalize_name

NAME = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


def requirement_names(text: str) -> Iterator[str]:
    """Canonical names, in order; options and comments are skipped."""
    for line in text.splitlines():
        match = NAME.match(line.split("#", 1)[0])
        if match:
            yield canonicalize_name(match[1].rstrip("._-"))

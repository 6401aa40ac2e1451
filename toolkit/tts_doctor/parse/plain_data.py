"""JSON and TOML that strangers wrote, as plain values: ValueError is all that can go wrong, deep nesting included.

Decides nothing about what the values mean.
"""

from __future__ import annotations

import json
import sys
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TOO_DEEP = "it is nested too deeply"


def json_of(text: str | bytes | bytearray) -> Any:
    """The value. Raises ValueError."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError(TOO_DEEP) from None


def toml_of(text: str) -> dict[str, Any]:
    """The document's table. Raises ValueError."""
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError(TOO_DEEP) from None

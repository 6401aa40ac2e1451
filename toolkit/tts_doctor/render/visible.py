"""Makes characters that steer a terminal, or turn the direction of writing, visible: names and messages are strangers'.

Decides nothing about layout: line breaks and tabs stay.
"""

from __future__ import annotations

import re

STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def visible(text: str) -> str:
    r"""With `\x1b` or `\u202e`, as Python writes it, in place of each such character."""
    return text if text.isascii() and text.isprintable() else STEERING.sub(_written, text)


def visible_json(text: str) -> str:
    """The same for a JSON document, in which control characters below 32 are written so already."""
    return STEERING.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _written(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"

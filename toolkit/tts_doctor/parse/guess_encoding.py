"""The encoding of a text that is not UTF-8, where its bytes leave no doubt. Never guesses among the alike."""

from __future__ import annotations

import codecs
import re

MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
SCRIPTS = (("gb2312", 0xB0, 0xD7), ("big5", 0xA4, 0xC6), ("euc_kr", 0xB0, 0xC8))
"""Encodings of East Asia, and the first bytes of the characters that make up most of a text in it: Chinese in daily
use, Hangul (whose bytes are Chinese as well: a doubt). What Western and Cyrillic letters would be in them is rare."""
SIGNS = 0xA4
"""What begins with a smaller byte is punctuation, which they share."""
MOSTLY = 0.8
CONTROL = re.compile(r"[\0-\x08\x0e-\x1f]")


def guess_encoding(data: bytes) -> str:
    """Python's name of the encoding, or an empty string: by its mark, by its zeros, or by its characters.

    >>> guess_encoding("VOICE=小燕".encode("gb18030"))
    'gb2312'
    >>> guess_encoding("größer".encode("latin-1"))
    ''
    """
    marked = next((name for mark, name in MARKS if data.startswith(mark)), "")
    if marked:
        return marked if _decoded(data, marked) is not None else ""
    for name, zeros in (("utf-16-le", data[1::2]), ("utf-16-be", data[::2])):
        if zeros and zeros.count(0) > MOSTLY * len(zeros) and _decoded(data, name) is not None:
            return name
    alike = [name for name, first, last in SCRIPTS if _is_mostly(data, name, first, last)]
    return alike[0] if len(alike) == 1 else ""


def _decoded(data: bytes, encoding: str) -> str | None:
    """None also where it would be no text: samples, structures and zeroed files have zeros too."""
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None
    return None if CONTROL.search(text) else text


def _is_mostly(data: bytes, encoding: str, first: int, last: int) -> bool:
    text = _decoded(data, encoding) or ""
    words = [byte for c in text if c > "\x7f" and (byte := c.encode(encoding)[0]) >= SIGNS]
    return len(words) > 1 and sum(first <= byte <= last for byte in words) > MOSTLY * len(words)

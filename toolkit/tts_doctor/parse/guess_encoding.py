"""The encoding of a text that is not UTF-8, where its bytes leave no doubt. Never guesses among the alike."""

from __future__ import annotations

import codecs

MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
SCRIPTS = (("gb2312", "\u4e00", "\u9fff"), ("big5", "\u4e00", "\u9fff"))
"""Encodings of Chinese, and the characters that make up most of a text in it."""
MOSTLY = 0.8


def guess_encoding(data: bytes) -> str:
    """Python's name of the encoding, or an empty string: by its mark, by its zeros, or by its Chinese characters.

    >>> guess_encoding("VOICE=小燕".encode("gb18030"))
    'gb2312'
    >>> guess_encoding("café".encode("latin-1"))
    ''
    """
    marked = next((name for mark, name in MARKS if data.startswith(mark)), "")
    if marked:
        return marked if _decoded(data, marked) is not None else ""
    for name, zeros in (("utf-16-le", data[1::2]), ("utf-16-be", data[::2])):
        if zeros and zeros.count(0) > MOSTLY * len(zeros) and _decoded(data, name) is not None:
            return name
    return next((name for name, first, last in SCRIPTS if _is_mostly(_decoded(data, name), first, last)), "")


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _is_mostly(text: str | None, first: str, last: str) -> bool:
    foreign = [c for c in text or "" if c > "\x7f"]
    return len(foreign) > 1 and sum(first <= c <= last for c in foreign) > MOSTLY * len(foreign)

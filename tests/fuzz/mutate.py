"""Makes new inputs from real ones: bytes flipped, parts cut, repeated, moved, nested, words and numbers put in."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

LARGEST = 128 << 10
NUMBERS = (
    b"\0" * 4, b"\xff" * 4, b"\xff" * 8, b"\0" * 8, b"\x7f\xff\xff\xff", b"\x01\0\0\0", b"-1", b"9" * 30, b"1e999",
)  # fmt: skip
WORDS = (
    b"", b"\0", b"\n", b"\r", b"\r\n", b"\t", b" ", b"\\", b"\\\n", b"'", b'"', b'"""', b"'''", b"#", b",", b";", b":",
    b"(", b")", b"[", b"]", b"{", b"}", b"<", b">", b"%", b"@", b"!", b"*", b"&a ", b"*a", b"<<: ", b"---\n", b"|",
    b"null", b"true", b"NaN", b"Infinity", b"import ", b"from . import *\n", b"Traceback (most recent call last):\n",
    b'  File "a.py", line 1, in b\n', b"ImportError: ", b"\xff\xfe", b"\xc3\x28", b"\xed\xa0\x80", b"\xef\xbb\xbf",
    b"\xe2\x80\xa8", b"\x1b[31m", b"if x:\n", b"lambda: ", b"f'{", b"(?P<a>", b"+)+", b"[[", b"{{",
)  # fmt: skip
PART = re.compile(rb"[\w.]+|\s+|[^\w\s]")


def mutate(chooser: random.Random, seeds: Sequence[bytes]) -> bytes:
    """One input; the same for the same state of `chooser` and the same seeds."""
    data = chooser.choice(seeds)
    for _ in range(min(chooser.randrange(1, 8), chooser.randrange(1, 8))):
        data = chooser.choice(STEPS)(chooser, data, seeds)[:LARGEST]
    return data


def _span(chooser: random.Random, data: bytes) -> tuple[int, int]:
    start = chooser.randrange(len(data) + 1)
    return start, min(len(data), start + int(chooser.paretovariate(0.7)))


def _flip(chooser: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    found = bytearray(data)
    # the first hundred bytes of a binary are its headers
    limit = min(len(found), 512) if chooser.random() < 0.5 else len(found)
    for _n in range(chooser.randrange(1, 6) if found else 0):
        found[chooser.randrange(limit)] = chooser.randrange(256)
    return bytes(found)


def _cut(chooser: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    start, end = _span(chooser, data)
    return data[:start] + data[end:]


def _end(chooser: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    return data[: chooser.randrange(len(data) + 1)]


def _repeat(chooser: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    start, end = _span(chooser, data)
    return data[:end] + data[start:end] * int(min(20_000, chooser.paretovariate(0.4))) + data[end:]


def _insert(chooser: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    at, _end_of = _span(chooser, data)
    return data[:at] + chooser.choice(WORDS) * int(min(20_000, chooser.paretovariate(0.5))) + data[at:]


def _overwrite(chooser: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    at = chooser.randrange(len(data) + 1) // 4 * 4
    number = chooser.choice(NUMBERS)
    return data[:at] + number + data[at + len(number) :]


def _splice(chooser: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    other = chooser.choice(seeds)
    start, end = _span(chooser, other)
    at, until = _span(chooser, data)
    return data[:at] + other[start:end] + data[until:]


def _word(chooser: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """One token goes, comes twice, or becomes another."""
    at = chooser.randrange(len(data) + 1)
    found = PART.search(data, at)
    if found is None:
        return data
    new = chooser.choice((b"", found[0] * 2, chooser.choice(WORDS), chooser.choice(NUMBERS)))
    return data[: found.start()] + new + data[found.end() :]


STEPS = (_flip, _cut, _end, _repeat, _insert, _overwrite, _splice, _word, _word)

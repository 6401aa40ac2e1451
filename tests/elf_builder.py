"""Builds ELF files that no linker would, byte by byte."""

from __future__ import annotations

import struct

PT_LOAD, PT_DYNAMIC, PT_GNU_PROPERTY = 1, 2, 0x6474E553
DT_NEEDED, DT_HASH, DT_STRTAB, DT_SYMTAB, DT_STRSZ, DT_SONAME, DT_RPATH, DT_RUNPATH = 1, 4, 5, 6, 10, 14, 15, 29
DT_GNU_HASH, DT_VERNEED, DT_VERNEEDNUM = 0x6FFFFEF5, 0x6FFFFFFE, 0x6FFFFFFF
BODY = 64 + 512 * 56
"""Where the body begins, behind room for 512 segments."""


def elf(segments: list[tuple[int, int, int]], body: bytes, sections: tuple[int, int, int] = (0, 0, 0)) -> bytes:
    """A 64-bit file at address 0 with (type, offset, size) beside the one that loads it all; `body` begins at BODY."""
    whole = [(PT_LOAD, 0, BODY + len(body)), *segments]
    place, count, names = sections
    head = b"\x7fELF\2\1\1" + bytes(9) + struct.pack(
        "<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, place, 0, 64, 56, len(whole), 64, count, names
    )  # fmt: skip
    table = b"".join(struct.pack("<IIQQQQQQ", kind, 4, at, at, at, size, size, 1) for kind, at, size in whole)
    return (head + table).ljust(BODY, b"\0") + body


def dynamic(*pairs: tuple[int, int]) -> bytes:
    return b"".join(struct.pack("<QQ", *pair) for pair in (*pairs, (0, 0)))


def needing(name: str, needed: list[str], rpath: str = "", runpath: str = "") -> bytes:
    """A shared object that wants others and says where they are."""
    table = b"\0"
    pairs = []
    for tag, word in [(DT_SONAME, name), *((DT_NEEDED, n) for n in needed), (DT_RPATH, rpath), (DT_RUNPATH, runpath)]:
        if word:
            pairs.append((tag, len(table)))
            table += word.encode() + b"\0"
    size = 16 * (len(pairs) + 3)
    tags = dynamic(*pairs, (DT_STRTAB, BODY + size), (DT_STRSZ, len(table)))
    return elf([(PT_DYNAMIC, BODY, size)], tags + table)

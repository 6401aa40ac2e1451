"""What an ELF file exports and asks for by name, how much static thread-local room it takes, which processor it wants.

The slower questions, asked of the few files that a symptom names. Bounded and checked as the reader of the dynamic
section: malformed input raises ElfError, never anything else. Decides nothing.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from tts_doctor.parse.elf import PT_GNU_PROPERTY, PT_TLS, Data, ElfError, Reader

DT_HASH, DT_STRTAB, DT_SYMTAB, DT_STRSZ, DT_FLAGS, DT_GNU_HASH = 4, 5, 6, 10, 30, 0x6FFFFEF5
DF_STATIC_TLS = 0x10
MOST_SYMBOLS = 2_000_000
MOST_TABLE = 256 << 20
MOST_OVERLAP = 16
"""Times that each letter of the string table may serve: linkers let a name end another one (2 at most were seen)."""
LINKED = (1, 2, 10)
"""Bindings that other files see: global, weak, unique."""
X86_ISA_NEEDED = 0xC0008002
"""GNU_PROPERTY_X86_ISA_1_NEEDED of the x86-64 psABI: bit 1 is x86-64-v2, bit 2 v3, bit 3 v4."""
NOTE_LIMIT = 1 << 12


@dataclass(frozen=True)
class Symbols:
    """Dynamic symbols by name."""

    undefined: frozenset[str]
    """Weak ones left out: the loader does without them."""
    defined: frozenset[str]


def dynamic_symbols(data: Data) -> Symbols:
    """The dynamic symbols of `data`. Raises ElfError."""
    reader = Reader(data)
    undefined: set[str] = set()
    defined: set[str] = set()
    for name, binding, section in _symbols(reader):
        if section:
            defined.add(name)
        elif binding == 1:
            undefined.add(name)
    return Symbols(frozenset(undefined), frozenset(defined))


def static_tls(data: Data) -> int:
    """Bytes that the file takes of the loader's static thread-local block; 0 where it takes none. Raises ElfError.

    Only files with DF_STATIC_TLS insist on a place there (man 5 elf; gABI, "Thread-Local Storage").
    """
    reader = Reader(data)
    if not reader.tags.get(DT_FLAGS, 0) & DF_STATIC_TLS:
        return 0
    for index in range(reader.phnum):
        at = reader.phoff + index * reader.phentsize
        if reader.unpack("I", at)[0] == PT_TLS:
            return reader.unpack("Q", at + 40)[0] if reader.bits == 64 else reader.unpack("I", at + 20)[0]
    return 0


def x86_level(data: Data) -> int:
    """The x86-64 level that the loader demands of the processor for this file: 1 to 4, 0 unmarked. Raises ElfError."""
    reader = Reader(data)
    for kind, _, offset, _, size in reader.segments:
        if kind == PT_GNU_PROPERTY:
            for property_type, value in _properties(bytes(reader.data[offset : offset + min(size, NOTE_LIMIT)])):
                if property_type == X86_ISA_NEEDED:
                    return value.bit_length()
    return 0


def _properties(note: bytes) -> Iterator[tuple[int, int]]:
    """(type, first word) of the properties in a note section of 64-bit files."""
    at = 16
    while at + 12 <= len(note):
        kind, size, value = struct.unpack_from("<III", note, at)
        yield kind, value & 0xF
        at += 8 + (size + 7 & ~7)


def _symbols(reader: Reader) -> Iterator[tuple[str, int, int]]:
    """(name, binding, section index) of what takes part in linking."""
    if DT_SYMTAB not in reader.tags:
        return
    start = reader.offset(reader.tags[DT_SYMTAB])
    names = reader.offset(reader.tags.get(DT_STRTAB, 0))
    table = bytes(reader.data[names : names + min(reader.tags.get(DT_STRSZ, 0), MOST_TABLE)])
    layout = struct.Struct(reader.order + ("IBBHQQ" if reader.bits == 64 else "IIIBBH"))
    count = min(_count(reader), (reader.size - start) // layout.size)
    entries = bytes(reader.data[start : start + max(count, 0) * layout.size])
    left = MOST_OVERLAP * (len(table) + 1)
    for entry in layout.iter_unpack(entries):
        name, info, section = (entry[0], entry[1], entry[3]) if reader.bits == 64 else (entry[0], entry[3], entry[5])
        if not name or info >> 4 not in LINKED:
            continue
        end = table.find(b"\0", name)
        end = end if end >= 0 else len(table)
        left -= max(end - name, 0)
        if left < 0:
            raise ElfError("its names take more room than their table has")
        text = table[name:end].decode("utf-8", "replace")
        if text:
            yield text, info >> 4, section


def _count(reader: Reader) -> int:
    if DT_HASH in reader.tags:
        return min(reader.unpack("II", reader.offset(reader.tags[DT_HASH]))[1], MOST_SYMBOLS)
    if DT_GNU_HASH not in reader.tags:
        return 0
    at = reader.offset(reader.tags[DT_GNU_HASH])
    buckets, first, bloom, _ = reader.unpack("IIII", at)
    at += 16 + bloom * reader.bits // 8
    last = max(reader.unpack(f"{min(buckets, MOST_SYMBOLS)}I", at), default=0) if buckets else 0
    if last < first:
        return first
    chain = at + buckets * 4 + (last - first) * 4
    words = bytes(reader.data[chain : chain + (MOST_SYMBOLS - last) * 4]) if last < MOST_SYMBOLS else b""
    for index, (word,) in enumerate(struct.iter_unpack(f"{reader.order}I", words[: len(words) // 4 * 4]), last):
        if word & 1:
            return index + 1
    raise ElfError("the hash table has no end")

"""ELF files of a few megabytes whose tables point at each other end in an error or an answer soon."""

from __future__ import annotations

import contextlib
import resource
import struct
from collections.abc import Callable

import pytest
from tests.elf_builder import (
    BODY,
    DT_GNU_HASH,
    DT_HASH,
    DT_STRSZ,
    DT_STRTAB,
    DT_SYMTAB,
    DT_VERNEED,
    DT_VERNEEDNUM,
    PT_DYNAMIC,
    PT_GNU_PROPERTY,
    dynamic,
    elf,
)
from tests.guards import ends_within

from tts_doctor.parse.elf import ElfError, parse_elf
from tts_doctor.parse.elf_symbols import dynamic_symbols, static_tls, x86_level
from tts_doctor.parse.numpy_abi import numpy_abi, numpy_api


def many_dynamic_segments() -> bytes:
    body = struct.pack("<QQ", DT_STRTAB, BODY) * 20_000
    return elf([(PT_DYNAMIC, BODY, len(body))] * 511, body)


def many_properties() -> bytes:
    return elf([(PT_GNU_PROPERTY, BODY, 1 << 20)] * 511, bytes(1 << 20))


def versions_of_versions() -> bytes:
    """Each of 4096 libraries wants the same 4096 weak versions."""
    tags = dynamic((DT_STRTAB, BODY), (DT_STRSZ, 1), (DT_VERNEED, BODY + 128), (DT_VERNEEDNUM, 4096))
    needs = b"".join(struct.pack("<HHIII", 1, 4096, 0, 16 * (4096 - n), 16) for n in range(4096))
    wanted = struct.pack("<IHHII", 0, 2, 0, 0, 16) * 4096
    return elf([(PT_DYNAMIC, BODY, len(tags))], tags.ljust(128, b"\0") + needs + wanted)


def endless_names() -> bytes:
    """Thirty thousand symbols, and each name is the rest of the same eight megabytes."""
    count, room = 30_000, 8 << 20
    table = b"".join(struct.pack("<IBBHQQ", 1 + n, 0x10, 0, 1, 0, 0) for n in range(count))
    places = (BODY + 256, BODY + 256 + len(table))
    tags = dynamic((DT_STRTAB, places[1]), (DT_STRSZ, room), (DT_SYMTAB, places[0]), (DT_HASH, BODY + 128))
    head = tags.ljust(128, b"\0") + struct.pack("<II", 1, count)
    return elf([(PT_DYNAMIC, BODY, len(tags))], head.ljust(256, b"\0") + table + b"a" * room)


def a_chain_without_end() -> bytes:
    tags = dynamic((DT_STRTAB, BODY), (DT_STRSZ, 1), (DT_SYMTAB, BODY), (DT_GNU_HASH, BODY + 128))
    head = tags.ljust(128, b"\0") + struct.pack("<IIII", 1, 0, 0, 0) + struct.pack("<I", 1)
    return elf([(PT_DYNAMIC, BODY, len(tags))], head + bytes(8 << 20))


def many_sections(name: bytes) -> bytes:
    """Twenty thousand sections of one name, each of them the same 16 megabytes."""
    size = 16 << 20
    headers = struct.pack("<IIQQQQIIQQ", 0, 1, 0, 0, BODY, size, 0, 0, 0, 0) * 20_000
    body = name.ljust(64, b"\0") + b"numpy.core._multiarray_umath".ljust(64, b"\0") + headers
    return elf([], body.ljust(size, b"\0"), (BODY + 128, 20_000, 0))


BOMBS: dict[str, Callable[[], bytes]] = {
    "dynamic segments": many_dynamic_segments,
    "properties": many_properties,
    "versions of versions": versions_of_versions,
    "endless names": endless_names,
    "a chain without end": a_chain_without_end,
    "sections of data": lambda: many_sections(b".rodata"),
    "sections of code": lambda: many_sections(b".text"),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_an_elf_bomb_is_bounded(bomb: Callable[[], bytes]) -> None:
    data = bomb()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for read in (parse_elf, dynamic_symbols, static_tls, x86_level, numpy_abi, numpy_api):
        with ends_within(), contextlib.suppress(ElfError):
            read(data)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 << 10

"""Reads /etc/ld.so.cache of glibc: which file the dynamic loader takes for a soname.

Only the new format (glibc 2.2 and later), also behind a header of the old one. A damaged cache gives fewer entries,
never an error: what it does not name is then searched for in the default folders.
"""

from __future__ import annotations

import struct

MAGIC = b"glibc-ld.so.cache1.1"
HEADER, ENTRY = 48, 24
MOST_ENTRIES = 100_000
ARCHITECTURES = {"x86_64": 0x0303, "aarch64": 0x0A03, "i386": 0x0003, "ppc64le": 0x0503, "s390x": 0x0403}


def parse_loader_cache(data: bytes, machine: str) -> dict[str, str]:
    """Soname -> path, of libraries for `machine` (as uname spells it); of all where that is not known."""
    start = data.find(MAGIC)
    if start < 0 or start + HEADER > len(data):
        return {}
    wanted = ARCHITECTURES.get(machine)
    (count,) = struct.unpack_from("<I", data, start + 20)
    found: dict[str, str] = {}
    for index in range(min(count, MOST_ENTRIES)):
        at = start + HEADER + index * ENTRY
        if at + ENTRY > len(data):
            break
        flags, key, value = struct.unpack_from("<III", data, at)
        if wanted is not None and flags & 0xFFFF != wanted:
            continue
        found.setdefault(_string(data, start + key), _string(data, start + value))
    found.pop("", None)
    return found


def _string(data: bytes, at: int) -> str:
    end = data.find(b"\0", at)
    return data[at:end].decode("utf-8", "replace") if 0 <= at < end else ""

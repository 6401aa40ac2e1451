"""A small reader of ELF files: what the dynamic loader looks at, and no more.

Reads over bytes or mmap through the program headers, so files without section headers serve as well. Every offset is
checked and every walk is bounded: malformed input raises ElfError, never anything else, and never takes long.
Names are those of the ELF specification and of the LSB's symbol versioning.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

Data = bytes | mmap.mmap

MACHINES = {
    3: "i386", 8: "mips", 20: "ppc", 21: "ppc64", 22: "s390x", 40: "arm", 62: "x86_64", 183: "aarch64", 243: "riscv64",
    258: "loongarch64",
}  # fmt: skip
MACHO = (b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xfe\xed\xfa\xcf", b"\xfe\xed\xfa\xce", b"\xca\xfe\xba\xbe")
PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_TLS, PT_GNU_STACK, PT_GNU_PROPERTY = 1, 2, 3, 7, 0x6474E551, 0x6474E553
DT_NEEDED, DT_STRTAB, DT_STRSZ, DT_SONAME, DT_RPATH, DT_RUNPATH = 1, 5, 10, 14, 15, 29
DT_VERDEF, DT_VERDEFNUM = 0x6FFFFFFC, 0x6FFFFFFD
DT_VERNEED, DT_VERNEEDNUM = 0x6FFFFFFE, 0x6FFFFFFF
MOST_ENTRIES = 20_000
MOST_SEGMENTS = 512
MOST_NAMES = 10_000
MOST_ALIKE = 4
"""Sections of one name."""
LONGEST_STRING = 4096
VERSION_LIMIT = 4096


class ElfError(ValueError):
    """The bytes are no ELF file that a loader would take; the message says why."""


@dataclass(frozen=True)
class Elf:
    """The dynamic section of one file."""

    bits: int
    little: bool
    machine: str
    """As uname spells it, or `machine N`."""
    type: int
    """2 executable, 3 shared object or position-independent executable."""
    interpreter: str = ""
    needed: tuple[str, ...] = ()
    soname: str = ""
    rpath: tuple[str, ...] = ()
    runpath: tuple[str, ...] = ()
    version_needs: tuple[tuple[str, str], ...] = ()
    """(library, version) as `("libc.so.6", "GLIBC_2.34")`; weak ones left out."""
    version_definitions: tuple[str, ...] = ()
    execstack: bool = False


def file_format(head: bytes) -> str:
    """`elf`, `mach-o`, `pe`, `empty`, `text` (a linker script or a stub) or `unknown`, by the first bytes of a file."""
    if not head.strip(b"\0"):
        return "empty"
    if head.startswith(b"\x7fELF"):
        return "elf"
    if head.startswith(MACHO):
        return "mach-o"
    if head.startswith(b"MZ"):
        return "pe"
    return "text" if all(32 <= byte < 127 or byte in b"\t\r\n" for byte in head[:64]) else "unknown"


def parse_elf(data: Data) -> Elf:
    """The dynamic section of `data`. Raises ElfError."""
    return Reader(data).elf()


@dataclass(frozen=True)
class Section:
    address: int
    offset: int
    size: int


def sections(data: Data, name: bytes) -> tuple[Section, ...]:
    """The sections so called; none where the section headers are missing or damaged. Raises ElfError."""
    return tuple(Reader(data).sections(name))


class Reader:
    """Reads one file, for this module and elf_symbols; every method raises ElfError where an offset leaves the file."""

    def __init__(self, data: Data) -> None:
        self.data = data
        self.size = len(data)
        head = bytes(data[:20])
        if len(head) < 20 or not head.startswith(b"\x7fELF"):
            raise ElfError("not an ELF file")
        if head[4] not in (1, 2) or head[5] not in (1, 2):
            raise ElfError("unknown ELF class or byte order")
        self.bits = 32 * head[4]
        self.order = "<" if head[5] == 1 else ">"
        self.word = "I" if self.bits == 32 else "Q"
        self.type, self.machine = self.unpack("HH", 16)
        header = self.unpack("I" + self.word * 3 + "IHHHHHH", 20)
        self.phoff, self.shoff = header[2:4]
        self.phentsize, self.phnum, self.shentsize, self.shnum, self.shstrndx = header[6:]
        if self.phnum > MOST_SEGMENTS:
            raise ElfError("more segments than any loader would map")
        self.names = 0
        self.segments = list(self._segments())
        self.dynamic = list(self._dynamic())
        self.tags: dict[int, int] = {}
        for tag, value in self.dynamic:
            self.tags.setdefault(tag, value)

    def unpack(self, form: str, offset: int) -> tuple[int, ...]:
        layout = _layout(self.order + form)
        if offset < 0 or offset + layout.size > self.size:
            raise ElfError(f"offset {offset:#x} lies beyond the end of the file")
        return layout.unpack_from(self.data, offset)

    def _segments(self) -> Iterator[tuple[int, int, int, int, int]]:
        """(type, flags, file offset, address, size in the file)."""
        for index in range(self.phnum):
            at = self.phoff + index * self.phentsize
            if self.bits == 64:
                kind, flags, offset, address, _, size = self.unpack("IIQQQQ", at)
            else:
                kind, offset, address, _, size, _, flags = self.unpack("IIIIIII", at)
            if kind == PT_LOAD and offset + size > self.size:
                raise ElfError("truncated: a segment lies beyond the end of the file")
            yield kind, flags, offset, address, size

    def _dynamic(self) -> Iterator[tuple[int, int]]:
        """Of several dynamic segments glibc takes the last one."""
        places = [(offset, size) for kind, _, offset, _, size in self.segments if kind == PT_DYNAMIC]
        step = self.bits // 4
        for start, size in places[-1:]:
            for index in range(min(size // step, MOST_ENTRIES)):
                tag, value = self.unpack(self.word * 2, start + index * step)
                if tag == 0:
                    return
                yield tag, value

    def offset(self, address: int) -> int:
        """File offset of an address."""
        for kind, _, offset, start, size in self.segments:
            if kind == PT_LOAD and start <= address < start + size:
                return offset + address - start
        raise ElfError(f"address {address:#x} lies in no segment")

    def string(self, offset: int) -> str:
        """The string at `offset` of the dynamic string table."""
        self.names += 1
        if self.names > MOST_NAMES:
            raise ElfError("more names than any loader would read")
        start = self.offset(self.tags.get(DT_STRTAB, 0)) + offset
        if offset > self.tags.get(DT_STRSZ, 0) or start >= self.size:
            raise ElfError("a name lies beyond the string table")
        return bytes(self.data[start : start + LONGEST_STRING]).split(b"\0", 1)[0].decode("utf-8", "replace")

    def elf(self) -> Elf:
        stack = [flags for kind, flags, *_ in self.segments if kind == PT_GNU_STACK]
        strings = {tag: [self.string(v) for t, v in self.dynamic if t == tag] for tag in STRING_TAGS}
        return Elf(
            bits=self.bits,
            little=self.order == "<",
            machine=self._machine(),
            type=self.type,
            interpreter=self._interpreter(),
            needed=tuple(strings[DT_NEEDED]),
            soname="".join(strings[DT_SONAME][:1]),
            rpath=_folders(strings[DT_RPATH]),
            runpath=_folders(strings[DT_RUNPATH]),
            version_needs=tuple(self._version_needs()),
            version_definitions=tuple(self._version_definitions()),
            execstack=bool(stack and stack[0] & 1),
        )

    def _machine(self) -> str:
        name = MACHINES.get(self.machine, f"machine {self.machine}")
        return "ppc64le" if name == "ppc64" and self.order == "<" else name

    def _interpreter(self) -> str:
        for kind, _, offset, _, size in self.segments:
            if kind == PT_INTERP:
                name = bytes(self.data[offset : offset + min(size, LONGEST_STRING)])
                return name.rstrip(b"\0").decode("utf-8", "replace")
        return ""

    def _version_needs(self) -> Iterator[tuple[str, str]]:
        """Walks Verneed and Vernaux."""
        if DT_VERNEED not in self.tags:
            return
        at = self.offset(self.tags[DT_VERNEED])
        left = MOST_ENTRIES
        for _ in range(min(self.tags.get(DT_VERNEEDNUM, 0), VERSION_LIMIT)):
            _, count, file, first, following = self.unpack("HHIII", at)
            library = self.string(file)
            aux = at + first
            for _ in range(min(count, VERSION_LIMIT)):
                left -= 1
                if left < 0:
                    raise ElfError("more versions than any loader would read")
                _, flags, _, name, onward = self.unpack("IHHII", aux)
                if not flags & 2:
                    yield library, self.string(name)
                if not onward:
                    break
                aux += onward
            if not following:
                return
            at += following

    def _version_definitions(self) -> Iterator[str]:
        if DT_VERDEF not in self.tags:
            return
        at = self.offset(self.tags[DT_VERDEF])
        for _ in range(min(self.tags.get(DT_VERDEFNUM, 0), VERSION_LIMIT)):
            _, flags, _, _, _, first, following = self.unpack("HHHHIII", at)
            if not flags & 1:
                yield self.string(self.unpack("II", at + first)[0])
            if not following:
                return
            at += following

    def sections(self, name: bytes) -> Iterator[Section]:
        try:
            _, names = self._section(self.shstrndx)
            left = MOST_ALIKE
            for index in range(min(self.shnum, MOST_ENTRIES)):
                at, section = self._section(index)
                start = names.offset + at
                called = bytes(self.data[start : start + len(name) + 1]) == name + b"\0"
                if called and section.offset + section.size <= self.size:
                    yield section
                    left -= 1
                    if not left:
                        return
        except ElfError:
            return

    def _section(self, index: int) -> tuple[int, Section]:
        """Offset of its name, and the section."""
        if not self.shoff:
            raise ElfError("no section headers")
        found = self.unpack("II" + self.word * 4, self.shoff + index * self.shentsize)
        return found[0], Section(found[3], found[4], found[5])


_layout = lru_cache(maxsize=100)(struct.Struct)
STRING_TAGS = (DT_NEEDED, DT_SONAME, DT_RPATH, DT_RUNPATH)


def _folders(values: list[str]) -> tuple[str, ...]:
    return tuple(folder for value in values for folder in value.split(":") if folder)

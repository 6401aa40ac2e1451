"""The ELF reader against pyelftools on real files, and against damage."""

from __future__ import annotations

import sysconfig
from contextlib import suppress
from pathlib import Path

import pytest
from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerDefSection, GNUVerNeedSection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tts_doctor.parse.elf import ElfError, file_format, parse_elf, sections
from tts_doctor.parse.elf_symbols import dynamic_symbols, static_tls, x86_level


def real_files() -> list[Path]:
    folders = [Path(sysconfig.get_path("platlib")), Path(sysconfig.get_path("stdlib")) / "lib-dynload"]
    own = [path for folder in folders for path in sorted(folder.rglob("*.so"))[:25]]
    system = [
        Path(f"/lib/x86_64-linux-gnu/{name}") for name in ("libc.so.6", "libm.so.6", "libstdc++.so.6", "libz.so.1")
    ]
    return [path for path in own + system if path.is_file()]


FILES = real_files()
pytestmark = pytest.mark.skipif(not FILES, reason="no shared objects on this machine")


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_agrees_with_pyelftools(path: Path) -> None:
    with path.open("rb") as file:
        reference = ELFFile(file)
        dynamic = next(s for s in reference.iter_sections() if isinstance(s, DynamicSection))
        needed = tuple(tag.needed for tag in dynamic.iter_tags("DT_NEEDED"))
        runpath = [tag.runpath for tag in dynamic.iter_tags("DT_RUNPATH")]
        soname = [tag.soname for tag in dynamic.iter_tags("DT_SONAME")]
        needs = {
            (version.name, aux.name)
            for s in reference.iter_sections()
            if isinstance(s, GNUVerNeedSection)
            for version, auxes in s.iter_versions()
            for aux in auxes
            if not aux["vna_flags"] & 2
        }
        defined = {
            next(auxes).name
            for s in reference.iter_sections()
            if isinstance(s, GNUVerDefSection)
            for version, auxes in s.iter_versions()
            if not version["vd_flags"] & 1
        }
        table = reference.get_section_by_name(".dynsym")
        undefined = {s.name for s in table.iter_symbols() if s.name and s["st_shndx"] == "SHN_UNDEF"
                     and s["st_info"]["bind"] == "STB_GLOBAL"}  # fmt: skip
    data = path.read_bytes()
    found = parse_elf(data)
    assert (needed, "".join(soname[:1])) == (found.needed, found.soname)
    assert ":".join(runpath) == ":".join(found.runpath)
    assert needs == set(found.version_needs)
    assert defined == set(found.version_definitions)
    assert undefined == set(dynamic_symbols(data).undefined)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\x7fELF\x02\x01", "elf"), (b"\xcf\xfa\xed\xfe\x07", "mach-o"), (b"MZ\x90", "pe"), (b"", "empty"),
        (b"\0" * 64, "empty"), (b"INPUT(libfoo.so.1)\n", "text"), (b"\x01\x02", "unknown"),
    ],
)  # fmt: skip
def test_recognises_formats(head: bytes, expected: str) -> None:
    assert file_format(head) == expected


def test_says_that_a_file_is_truncated() -> None:
    data = FILES[0].read_bytes()
    with pytest.raises(ElfError, match="truncated"):
        parse_elf(data[: len(data) // 2])


def _survives(data: bytes) -> None:
    for ask in (parse_elf, dynamic_symbols, static_tls, x86_level, lambda d: sections(d, b".rodata")):
        with suppress(ElfError):
            ask(data)


@settings(max_examples=300, deadline=20_000, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=300))
@example(b"\x7fELF\x02\x01\x01" + b"\xff" * 200)
def test_any_bytes_give_a_value_or_the_typed_error(data: bytes) -> None:
    _survives(data)
    _survives(b"\x7fELF\x02\x01\x01\0" + data)


SMALL = min(FILES, key=lambda p: p.stat().st_size).read_bytes() if FILES else b""


@settings(max_examples=300, deadline=20_000)
@given(
    st.lists(st.tuples(st.integers(0, 1 << 20), st.binary(min_size=1, max_size=8)), max_size=6), st.integers(0, 1 << 20)
)
def test_a_damaged_file_gives_a_value_or_the_typed_error(changes: list[tuple[int, bytes]], cut: int) -> None:
    data = bytearray(SMALL[: len(SMALL) - cut % 97])
    for at, content in changes:
        place = at % (1024 if at % 2 else len(data))
        data[place : place + len(content)] = content
    _survives(bytes(data))

"""Static thread-local room and the processor level of real objects; their symbols are compared in test_elf."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.native import library

from tts_doctor.parse.elf_symbols import static_tls, x86_level

STATIC = """extern "C" { __thread int room[4096] __attribute__((tls_model("initial-exec")));
int *use() { return room; } }"""
DYNAMIC = 'extern "C" { __thread int room[4096]; int *use() { return room; } }'
NONE = 'extern "C" int use() { return 1; }'


@pytest.mark.parametrize(("source", "expected"), [(STATIC, 16384), (DYNAMIC, 0), (NONE, 0)])
def test_only_static_thread_local_data_takes_room(tmp_path: Path, source: str, expected: int) -> None:
    assert static_tls(library(tmp_path, "libx.so", source)) == expected


@pytest.mark.parametrize(("flags", "expected"), [(("-Wl,-z,x86-64-v2",), 2), (("-Wl,-z,x86-64-v4",), 4), ((), 0)])
def test_the_level_that_the_loader_demands(tmp_path: Path, flags: tuple[str, ...], expected: int) -> None:
    assert x86_level(library(tmp_path, "libx.so", NONE, *flags)) == expected

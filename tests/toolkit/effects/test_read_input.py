"""Files that the user names: bounded, decoded as people save them, refused where they are no text."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from tts_doctor.effects.read_input import read_log
from tts_doctor.errors import UsageError

WORDS = "错误: No module named 'x'\r\n✗ failed\n"
ENCODINGS = [
    ("utf-8", WORDS.encode()),
    ("utf-8 with a mark", codecs.BOM_UTF8 + WORDS.encode()),
    ("PowerShell's utf-16", WORDS.encode("utf-16")),
    ("a Chinese Windows console", WORDS.encode("gb18030")),
]


@pytest.mark.parametrize(("name", "data"), ENCODINGS, ids=[row[0] for row in ENCODINGS])
def test_encodings(name: str, data: bytes, tmp_path: Path) -> None:
    """The same words, however they were saved."""
    (tmp_path / "log").write_bytes(data)

    assert (WORDS, ()) == read_log(str(tmp_path / "log"))


@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 399, 400, 401, 5_000, 200_000])
def test_bounds(size: int, tmp_path: Path) -> None:
    """Up to 400 bytes whole; beyond, the beginning and at least the last 300 bytes' whole lines, and a gap."""
    data = "".join(f"{number:08d}\n" for number in range(size // 9 + 1))[:size]
    (tmp_path / "log").write_text(data)
    text, gaps = read_log(str(tmp_path / "log"), (100, 300))

    assert text.startswith(data[:100])
    assert data[-290:] in text
    assert len(text) < 70_000
    assert bool(gaps) == (text != data)


@pytest.mark.parametrize("data", [b"\x7fELF\x02\x01\x01\0\0\0", bytes(range(32)) * 9, b"\x1f\x8b\x08\0\0"])
def test_binaries_are_refused(data: bytes, tmp_path: Path) -> None:
    """With the file's name."""
    (tmp_path / "core").write_bytes(data)

    with pytest.raises(UsageError, match="core is binary"):
        read_log(str(tmp_path / "core"))


def test_colours_are_text(tmp_path: Path) -> None:
    """Escape sequences, carriage returns and bells are what terminals print."""
    (tmp_path / "log").write_bytes(b"\x1b[31mE\x1b[0m\r\a\b" * 200)

    assert read_log(str(tmp_path / "log"))[0]

"""Archives of strangers: bombs end in an error or nothing, soon and in little memory; no path leads anywhere."""

from __future__ import annotations

import gzip
import io
import resource
import tarfile
import zipfile
from pathlib import Path

import pytest

from tts_doctor.effects.archive import MEMBER_LIMIT, Archive
from tts_doctor.effects.disk_cache import DiskCache
from tts_doctor.effects.http import Http
from tts_doctor.effects.index_config import IndexConfig
from tts_doctor.errors import IndexUnavailable
from tts_doctor.parse.simple_page import IndexFile

BEARABLE = 400 << 10
"""KiB that a test may add to the peak memory."""


def archive(path: Path) -> Archive:
    file = IndexFile(path.name, path.as_uri(), size=path.stat().st_size)
    return Archive(file, Http(IndexConfig(()), {}), DiskCache(path.parent / "cache"))


def tar_of(path: Path, header: bytes, zeros: int) -> Path:
    with gzip.open(path, "wb", 1) as stream:
        stream.write(header)
        for _ in range(zeros >> 20):
            stream.write(bytes(1 << 20))
    return path


def header(name: str, size: int, kind: bytes) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    return info.tobuf(tarfile.GNU_FORMAT)


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME])
def test_an_endless_extended_header_is_not_read(kind: bytes, tmp_path: Path) -> None:
    """A few hundred kilobytes that would unpack to 128 MiB of one header."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    bomb = tar_of(tmp_path / "a-1.tar.gz", header("a", 1 << 34, kind), 128 << 20)
    with pytest.raises(IndexUnavailable, match="damaged"):
        archive(bomb).members()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < BEARABLE


def test_a_member_behind_a_terabyte_is_not_waited_for(tmp_path: Path) -> None:
    bomb = tar_of(tmp_path / "a-1.tar.gz", header("a-1/a.py", 1 << 40, tarfile.REGTYPE), 1 << 20)
    with pytest.raises(IndexUnavailable, match="damaged"):
        archive(bomb).members()


def test_a_member_that_lies_about_its_size_is_not_read(tmp_path: Path) -> None:
    """It says 10 bytes and unpacks to more than the limit."""
    path = tmp_path / "a-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a.py", bytes(2 * MEMBER_LIMIT))
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    path.write_bytes(data)
    assert archive(path).read("a.py") is None


def test_paths_that_lead_out_are_names_and_nothing_else(tmp_path: Path) -> None:
    """Nothing is unpacked: `../`, absolute names, links and duplicates write nothing anywhere."""
    path = tmp_path / "wheels" / "a-1-py3-none-any.whl"
    path.parent.mkdir()
    link = zipfile.ZipInfo("a/link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as made, pytest.warns(UserWarning, match="Duplicate"):
        for name in ("../out.py", "/out.py", "a/../../out.py", "a.py", "a.py"):
            made.writestr(name, "x = 1\n")
        made.writestr(link, "/etc/passwd")
    found = archive(path)
    assert [found.read(name) for name in ("../out.py", "/out.py", "a/link")] == [b"x = 1\n", b"x = 1\n", b"/etc/passwd"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["wheels"]
    assert not Path("/out.py").exists()


def test_a_sound_sdist_is_read_as_ever(tmp_path: Path) -> None:
    path = tmp_path / "a-1.tar.gz"
    with tarfile.open(path, "w:gz") as made:
        info = tarfile.TarInfo("a-1/src/a.py")
        info.size = 6
        made.addfile(info, io.BytesIO(b"x = 1\n"))
    found = archive(path)
    assert (list(found.members()), found.read("a.py")) == (["a.py"], b"x = 1\n")

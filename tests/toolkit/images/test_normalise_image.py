"""Two builds of the same sources end in the same bytes: from archives that differ as two real builds do."""

from __future__ import annotations

import io
import json
import py_compile
import struct
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.image_archives import docker_archive, layer

from tts_doctor.effects.image_archive import ImageArchive
from tts_doctor.effects.normalise_image import normalise
from tts_doctor.effects.unpack_image import unpack
from tts_doctor.parse.image_layers import Tree

EPOCH = 315532800
BASE = layer({"etc/": None, "etc/base": "b"}, mtime=1_600_000_000)


def compiled(folder: Path, mtime: int) -> bytes:
    """A module that bears the time of its source, as pip writes it."""
    source = folder / "m.py"
    source.write_text("A = 1\n")
    path = Path(py_compile.compile(str(source), str(folder / "m.pyc"), dfile="m.py"))
    data = path.read_bytes()
    return data[:8] + struct.pack("<I", mtime) + data[12:]


def built(folder: Path, name: str, mtime: int, turned: bool) -> Path:
    """One build: its time, its order, its traces in the configuration."""
    files = {"app/": None, "app/a.py": "A = 1\n", "app/m.pyc": compiled(folder, mtime), "app/z": "same"}
    files |= {"app/b": ("hardlink", "app/z"), "l": ("symlink", "app"), "long/" + "x" * 150: "y"}
    if turned:
        files |= {"app/b": "same", "app/z": ("hardlink", "app/b")}
        files = {name: files[name] for name in ("app/", "app/b", *sorted({*files} - {"app/", "app/b"}, reverse=True))}
    path = docker_archive(folder / name, [BASE, layer(files, mtime)], Cmd=["app"], Image=f"sha256:{mtime}")
    return with_traces(path, {"created": str(mtime), "container": str(mtime), "docker_version": str(mtime)}, mtime)


def with_traces(path: Path, more: Mapping[str, str], mtime: int) -> Path:
    with tarfile.open(path) as tar:
        files = {m.name: tar.extractfile(m).read() for m in tar if m.isfile()}  # type: ignore[union-attr]
    config = {**json.loads(files["config.json"]), **more}
    config["history"][1]["created_by"] = f"/bin/sh -c #(nop) COPY dir:{mtime:064x} in /app "
    files["config.json"] = json.dumps(config).encode()
    path.write_bytes(layer(files))
    return path


def normalised(path: Path, epoch: int = EPOCH) -> bytes:
    out = path.with_suffix(".out")
    with ImageArchive(str(path), str(path.parent)) as archive:
        normalise(archive, archive.config, {archive.image.layers[0].digest}, epoch, str(out))
    return out.read_bytes()


@pytest.fixture
def bytes_of_two(tmp_path: Path) -> tuple[bytes, bytes]:
    return normalised(built(tmp_path, "one.tar", 1_700_000_001, False)), normalised(
        built(tmp_path, "two.tar", 1_700_000_999, True)
    )


def test_two_builds_are_one(bytes_of_two: tuple[bytes, bytes]) -> None:
    """Whatever the time and the order of the entries, and whichever name of a hard link came first."""
    assert bytes_of_two[0] == bytes_of_two[1]


def test_contents_stay(bytes_of_two: tuple[bytes, bytes], tmp_path: Path) -> None:
    """Files, links and the base's own layer are what they were; compiled modules still fit their sources."""
    (tmp_path / "done.tar").write_bytes(bytes_of_two[0])
    root = tmp_path / "root"
    root.mkdir()
    with ImageArchive(str(tmp_path / "done.tar"), str(tmp_path)) as archive:
        assert archive.blob(0).read() == BASE
        assert [m.mtime for m in archive.image.layers[1].members] == [EPOCH] * 7
        assert archive.image.command == ("app",)
        unpack(archive, Tree(archive.image.layers), str(root))
    assert (root / "app/z").read_text() == (root / "l/b").read_text() == "same"
    assert (root / "app/z").stat().st_ino == (root / "app/b").stat().st_ino
    data = (root / "app/m.pyc").read_bytes()
    assert struct.unpack_from("<I", data, 8)[0] == int((root / "app/a.py").stat().st_mtime)


def test_it_is_an_oci_layout_too(bytes_of_two: tuple[bytes, bytes]) -> None:
    """`oci-layout`, an index, and a manifest whose descriptors fit."""
    with tarfile.open(fileobj=io.BytesIO(bytes_of_two[0])) as tar:
        files = {m.name: tar.extractfile(m).read() for m in tar}  # type: ignore[union-attr]
    assert json.loads(files["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}
    manifest = json.loads(files["index.json"])["manifests"][0]
    rows = [manifest]
    inner = json.loads(files["blobs/" + manifest["digest"].replace(":", "/")])
    rows += [inner["config"], *inner["layers"]]
    assert all(len(files["blobs/" + row["digest"].replace(":", "/")]) == row["size"] for row in rows)


def test_other_contents_are_other_bytes(tmp_path: Path) -> None:
    """A later SOURCE_DATE_EPOCH, and an entry's mode, are seen."""
    path = built(tmp_path, "one.tar", 1_700_000_001, False)
    assert normalised(path) != normalised(path, EPOCH + 1)

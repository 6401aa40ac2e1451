"""Archives of images, made by hand: what is read of them, and that nothing is ever written beside the given folder."""

from __future__ import annotations

import gzip
import os
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from tests.image_archives import Entry, docker_archive, layer, oci_archive

from tts_doctor.effects.image_archive import ImageArchive
from tts_doctor.effects.unpack_image import HOLLOW, unpack
from tts_doctor.errors import UsageError
from tts_doctor.parse.image_layers import Tree

Writer = Callable[..., Path]
LAYERS = (
    layer({"usr/": None, "usr/lib/": None, "usr/lib/x.so": "one", "lib": ("symlink", "usr/lib"), "gone": "y"}),
    layer({"usr/lib/x.so": "two", ".wh.gone": "", "abs": ("symlink", "/usr/lib/x.so"), "same": ("hardlink", "abs")}),
)


def unpacked(archive: Path, folder: Path) -> Path:
    root = folder / "root"
    root.mkdir()
    with ImageArchive(str(archive), str(folder)) as image:
        unpack(image, Tree(image.image.layers), str(root))
    return root


@pytest.mark.parametrize("write", [docker_archive, oci_archive])
def test_both_forms_give_the_same(write: Writer, tmp_path: Path) -> None:
    """Layers on top of each other, links inside the root, and what is run."""
    path = write(tmp_path / "image.tar", LAYERS, Entrypoint=["tini"], Cmd=["app", "-v"], Env=["A=b=c"], User="10001")
    root = unpacked(path, tmp_path)
    assert sorted(os.listdir(root)) == ["abs", "lib", "same", "usr"]
    assert [(root / name).read_text() for name in ("lib/x.so", "abs", "same")] == ["two"] * 3
    with ImageArchive(str(path), str(tmp_path)) as archive:
        image = archive.image
    assert (image.command, image.environment, image.user) == (("tini", "app", "-v"), (("A", "b=c"),), "10001")
    assert [one.made_by for one in image.layers] == ["step 0", "step 1"]


def test_a_compressed_archive(tmp_path: Path) -> None:
    """`docker save NAME | gzip`."""
    plain = docker_archive(tmp_path / "image.tar", LAYERS)
    packed = tmp_path / "image.tar.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert (unpacked(packed, tmp_path) / "lib" / "x.so").read_text() == "two"


HOSTILE: dict[str, dict[str, Entry]] = {
    "a name that climbs": {"../evil": "x", "a/../../evil": "x"},
    "an absolute name": {"/evil": "x"},
    "a link that climbs": {"out": ("symlink", "../../.."), "out/evil": "x"},
    "an absolute link": {"out": ("symlink", "/tmp"), "out/evil": "x"},
    "a link in a file's place": {"evil": ("symlink", "/etc/evil"), "./evil": "x"},
    "a hard link out": {"evil": ("hardlink", "../../../etc/passwd"), "other": ("hardlink", "/etc/passwd")},
    "a file for a folder": {"a": "x", "a/evil": "x"},
    "a chain of links": {"a": ("symlink", "b/.."), "b": ("symlink", "/.."), "a/evil": "x", "b/evil2": "x"},
}


@pytest.mark.parametrize("entries", HOSTILE.values(), ids=HOSTILE)
def test_nothing_gets_out(entries: dict[str, Entry], tmp_path: Path) -> None:
    """Whatever names and links say, every file ends below the root and every link leads there."""
    folder = tmp_path / "deep" / "down"
    folder.mkdir(parents=True)
    path = docker_archive(folder / "image.tar", [layer({k: v}) for k, v in entries.items()] + [layer(entries)])
    root = unpacked(path, folder)
    assert sorted(os.listdir(folder)) == ["image.tar", "root"] and os.listdir(tmp_path) == ["deep"]
    for at, folders, files in os.walk(root):
        for name in (*folders, *files):
            assert os.path.realpath(os.path.join(at, name)).startswith(f"{root}")


def test_large_files_that_nobody_reads_take_no_room(tmp_path: Path) -> None:
    """Their sizes stay true; a library's bytes are there however large it is."""
    large = b"x" * (HOLLOW + 1)
    root = unpacked(docker_archive(tmp_path / "i.tar", [layer({"model.bin": large, "lib/big.so": large})]), tmp_path)
    assert (root / "model.bin").stat().st_size == (root / "lib" / "big.so").stat().st_size == len(large)
    assert (root / "model.bin").stat().st_blocks == 0 and (root / "lib" / "big.so").read_bytes() == large


NO_IMAGES = {
    "no archive": b"what is this?",
    "another archive": layer({"a": "b"}),
    "a manifest without its layers": layer({"manifest.json": '[{"Config": "c", "Layers": ["x"]}]', "c": "{}"}),
    "a manifest that is none": layer({"manifest.json": "[]"}),
    "an index in a circle": layer({"index.json": '{"manifests": [{"digest": "sha256:a"}]}',
                                   "blobs/sha256/a": '{"manifests": [{"digest": "sha256:a"}]}'}),
    "a digest that climbs": layer({"index.json": '{"manifests": [{"digest": "sha256:../../x"}]}'}),
    "a nest of lists": layer({"index.json": "[" * 100_000}),
    "cut off": docker_archive,
}  # fmt: skip


@pytest.mark.parametrize("content", NO_IMAGES.values(), ids=NO_IMAGES)
def test_what_is_no_image(content: bytes | Writer, tmp_path: Path) -> None:
    path = tmp_path / "image.tar"
    path.write_bytes(content if isinstance(content, bytes) else content(path, LAYERS).read_bytes()[:9000])
    with pytest.raises(UsageError, match="no image that can be read"):
        ImageArchive(str(path), str(tmp_path))


@pytest.mark.parametrize("known", [True, False])
def test_layers_packed_with_zstd(known: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In several frames, as containerd writes them; without the library told as such, with a way out."""
    packed = [b"".join(zstandard.compress(one[n : n + 5000]) for n in range(0, len(one), 5000)) for one in LAYERS]
    path = docker_archive(tmp_path / "image.tar", packed)
    if known:
        assert (unpacked(path, tmp_path) / "lib" / "x.so").read_text() == "two"
    else:
        for name in ("compression.zstd", "zstandard"):
            monkeypatch.setitem(sys.modules, name, None)
        with pytest.raises(UsageError, match="zstd"):
            ImageArchive(str(path), str(tmp_path))


@pytest.mark.parametrize("damage", [b"\x28\xb5\x2f\xfd" + bytes(2000), zstandard.compress(LAYERS[0])[:-40]])
def test_a_damaged_layer_of_zstd(damage: bytes, tmp_path: Path) -> None:
    path = docker_archive(tmp_path / "image.tar", [damage])
    with pytest.raises(UsageError, match="no image that can be read"):
        ImageArchive(str(path), str(tmp_path))


@pytest.mark.parametrize("write", [docker_archive, oci_archive])
def test_a_layout_in_a_folder(write: Writer, tmp_path: Path) -> None:
    """As `skopeo copy … oci:DIR` leaves it, or an archive that somebody unpacked."""
    with tarfile.open(write(tmp_path / "image.tar", LAYERS)) as tar:
        tar.extractall(tmp_path / "layout")
    assert (unpacked(tmp_path / "layout", tmp_path) / "lib" / "x.so").read_text() == "two"


@pytest.mark.parametrize("way", ["a link", "a name", "a pipe"])
def test_a_folder_s_layers_lie_in_it(way: str, tmp_path: Path) -> None:
    with tarfile.open(docker_archive(tmp_path / "image.tar", LAYERS)) as tar:
        tar.extractall(tmp_path / "layout")
    first = tmp_path / "layout/0/layer.tar"
    (tmp_path / "beside.tar").write_bytes(first.read_bytes())
    if way == "a name":
        manifest = tmp_path / "layout/manifest.json"
        manifest.write_text(manifest.read_text().replace("0/layer.tar", "../beside.tar"))
    else:
        first.unlink()
        first.symlink_to("../../beside.tar") if way == "a link" else os.mkfifo(first)
    with pytest.raises(UsageError, match="no image that can be read"):
        ImageArchive(str(tmp_path / "layout"), str(tmp_path))


def test_an_archive_that_unpacks_to_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is left off, and the disk is as it was."""
    monkeypatch.setattr("tts_doctor.effects.image_blobs.SMALL", 8 << 20)
    plain = docker_archive(tmp_path / "i", [bytes(16 << 20)])
    (tmp_path / "image.tar.gz").write_bytes(gzip.compress(plain.read_bytes()))
    with pytest.raises(UsageError, match="unpacks to more than"):
        ImageArchive(str(tmp_path / "image.tar.gz"), str(tmp_path))
    assert sorted(os.listdir(tmp_path)) == ["i", "image.tar.gz"]


def test_an_archive_that_is_emptied_while_it_is_read(tmp_path: Path) -> None:
    """The table of its first layer is gone when a file of it is asked for."""
    path = docker_archive(tmp_path / "image.tar", [layer({"etc/os-release": "ID=debian"})])
    with ImageArchive(str(path), str(tmp_path)) as archive:
        path.write_bytes(bytes(path.stat().st_size))
        assert archive.read(Tree(archive.image.layers), "etc/os-release") == ""

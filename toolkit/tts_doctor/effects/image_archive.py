"""Reads an image from an archive as `docker save` writes it, or from an OCI layout: its layers and their entries.

Bounded in what it holds in memory, whatever an archive says of itself. Runs and decides nothing.
"""

from __future__ import annotations

import contextlib
import json
import lzma
import os
import platform
import shutil
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import IO, Any, BinaryIO, cast

from tts_doctor.effects.bounded_tar import OPENERS, open_tar
from tts_doctor.errors import UsageError
from tts_doctor.model.layers import Layer, Member, StoredImage
from tts_doctor.parse.image_layers import Tree, plain_path
from tts_doctor.parse.image_manifest import chosen_manifest, configured

LARGEST_LAYER = 64 << 30
LARGEST_JSON = 16 << 20
MOST_MEMBERS = 2_000_000
"""Of one layer."""
CHUNK = 1 << 20
ROOM = 256 << 20
"""Bytes that are left to others."""
DAMAGE = (
    tarfile.TarError, ValueError, LookupError, TypeError, AttributeError, RecursionError, EOFError, zlib.error,
    lzma.LZMAError,
)  # fmt: skip
"""What reading a damaged archive raises, besides OSError."""
ZSTANDARD = b"\x28\xb5\x2f\xfd"


class ImageArchive:
    """One image in an archive; a context manager. Raises UsageError for what is no image."""

    def __init__(self, path: str, scratch: str, name: str = "") -> None:
        """`scratch`: a folder where a compressed archive is unpacked to; `name`: what the image is called."""
        self.shown = name or path
        with self._understood():
            self._file = _opened(path, scratch)
            self._outer = open_tar(self._file, LARGEST_LAYER)
            self._members = {plain_path(m.name) or "": m for m in self._outer}
            manifest = chosen_manifest(self._json, self._members, platform.machine())
            self._layers = manifest.layers
            self.config: dict[str, Any] = self._json(manifest.config)
            self.image = configured(manifest, self.config, name or path)
            layers = [self._listed(number, layer) for number, layer in enumerate(self.image.layers)]
        self.image = StoredImage(**{**self.image.__dict__, "layers": tuple(layers)})

    def __enter__(self) -> ImageArchive:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def blob(self, number: int) -> IO[bytes]:
        """The bytes of a layer, as they lie in the archive."""
        return self._open(self._layers[number])

    def read(self, tree: Tree, path: str) -> str:
        """A small text file, empty where there is none."""
        member = tree.find(path)
        if member is None or member.kind != "file":
            return ""
        found = [body.read(LARGEST_JSON) for _, _, body in self.contents({member.layer: [member.place]})]
        return found[0].decode("utf-8", "replace")

    def contents(self, wanted: Mapping[int, Iterable[int]]) -> Iterator[tuple[int, int, IO[bytes]]]:
        """(layer, place, bytes) of these places of these layers, in the archive's order."""
        with self._understood():
            for number, places in sorted(wanted.items()):
                left = set(places)
                for place, info, tar in self._entries(number) if left else ():
                    if place in left and (body := tar.extractfile(info)):
                        yield number, place, body

    def _entries(self, number: int) -> Iterator[tuple[int, tarfile.TarInfo, tarfile.TarFile]]:
        with open_tar(cast("BinaryIO", self.blob(number)), LARGEST_LAYER) as tar:
            for place, info in enumerate(tar):
                if place > MOST_MEMBERS:
                    raise ValueError("too many entries")
                yield place, info, tar

    def _listed(self, number: int, layer: Layer) -> Layer:
        if self.blob(number).read(4) == ZSTANDARD:
            raise UsageError(
                f"{self.shown}: its layers are compressed with zstd, which cannot be read here",
                f"{self.shown}：其层使用 zstd 压缩，无法读取",
                hint_en="load it into an engine and name the image, or save it with docker save",
                hint_zh="请载入容器引擎后指明镜像名称，或改用 docker save 保存",
            )
        found = [m for place, info, _ in self._entries(number) if (m := _member(info, number, place))]
        return Layer(layer.digest, tuple(found), layer.made_by)

    def _open(self, name: str) -> IO[bytes]:
        body = self._outer.extractfile(self._members[name])
        if body is None:
            raise ValueError(f"{name} is no file")
        return body

    def _json(self, name: str) -> Any:
        return json.loads(self._open(name).read(LARGEST_JSON))

    @contextlib.contextmanager
    def _understood(self) -> Iterator[None]:
        try:
            yield
        except (*DAMAGE, OSError) as error:
            what = error.strerror if isinstance(error, OSError) and error.strerror else f"{type(error).__name__}"
            detail = "" if isinstance(error, OSError) else f": {error}"[:200]
            raise UsageError(
                f"{self.shown} is no image that can be read ({what}{detail})",
                f"{self.shown} 不是可读取的镜像（{what}{detail}）",
                hint_en="give what docker save writes, or an OCI layout as one tar file",
                hint_zh="请提供 docker save 生成的文件，或打包为单个 tar 的 OCI 布局",
            ) from None


def check_room(size: int, folder: str) -> None:
    """Raises UsageError where the disk of `folder` has no room for `size` bytes, and some more."""
    free = shutil.disk_usage(folder).free
    if size > free - ROOM:
        raise UsageError(
            f"the image takes {size / 1e9:.1f} GB, and {folder} has {free / 1e9:.1f} GB free",
            f"镜像需要 {size / 1e9:.1f} GB，而 {folder} 仅剩 {free / 1e9:.1f} GB",
            hint_en="set TMPDIR to a folder with more room",
            hint_zh="请把 TMPDIR 设为空间更大的文件夹",
        )


def _opened(path: str, scratch: str) -> BinaryIO:
    """The archive, unpacked first where it is compressed as a whole: it is not read from front to back."""
    file = open(path, "rb")  # noqa: SIM115 (closed by the archive)
    head = file.read(6)
    opener = next((o for magic, o in OPENERS if head.startswith(magic)), None)
    file.seek(0)
    if opener is None:
        return file
    plain = open(os.path.join(scratch, "image.tar"), "w+b")  # noqa: SIM115 (the same)
    with file, cast("IO[bytes]", opener(file)) as unpacked:
        left = LARGEST_LAYER
        while left > 0 and (chunk := unpacked.read(CHUNK)):
            plain.write(chunk)
            left -= len(chunk)
            check_room(CHUNK, scratch)
    plain.seek(0)
    return plain


def _member(info: tarfile.TarInfo, layer: int, place: int) -> Member | None:
    path = plain_path(info.name)
    if not path:
        return None
    kinds = ((info.isreg(), "file"), (info.isdir(), "folder"), (info.issym(), "symlink"), (info.islnk(), "hardlink"))
    kind = next((name for fits, name in kinds if fits), "other")
    target = info.linkname if kind == "symlink" else (plain_path(info.linkname) or "") if kind == "hardlink" else ""
    size = info.size if kind == "file" else 0
    return Member(path, kind, size, target, info.mode & 0o7777, float(info.mtime), layer, place)

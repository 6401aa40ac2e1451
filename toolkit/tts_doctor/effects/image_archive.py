"""Reads an image as `docker save` writes it, or from an OCI layout (an archive or a folder): its layers, their entries.

Bounded in what it holds in memory, whatever an archive says of itself. Runs and decides nothing.
"""

from __future__ import annotations

import contextlib
import json
import lzma
import platform
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import TracebackType
from typing import IO, Any, BinaryIO, cast

from tts_doctor.effects.bounded_tar import NoZstandard, open_tar
from tts_doctor.effects.image_blobs import CHUNK as CHUNK
from tts_doctor.effects.image_blobs import LARGEST, open_blobs
from tts_doctor.effects.image_blobs import check_room as check_room
from tts_doctor.errors import UsageError
from tts_doctor.model.layers import Layer, Member
from tts_doctor.parse.image_layers import Tree, plain_path
from tts_doctor.parse.image_manifest import chosen_manifest, configured

LARGEST_JSON = 16 << 20
MOST_MEMBERS = 2_000_000
"""Of one layer."""
DAMAGE = (
    tarfile.TarError, ValueError, LookupError, TypeError, AttributeError, RecursionError, EOFError, zlib.error,
    lzma.LZMAError,
)  # fmt: skip
"""What reading a damaged archive raises, besides OSError."""


class ImageArchive:
    """One image on the disk; a context manager. Raises UsageError for what is no image."""

    def __init__(self, path: str, scratch: str, name: str = "") -> None:
        """`scratch`: a folder where a compressed archive is unpacked to; `name`: what the image is called."""
        self.shown = name or path
        with self._understood():
            self._blobs = open_blobs(path, scratch)
        with contextlib.ExitStack() as cleaned, self._understood():
            cleaned.callback(self._blobs.close)
            manifest = chosen_manifest(self._json, self._blobs.names, platform.machine())
            self._layers = manifest.layers
            self.config: dict[str, Any] = self._json(manifest.config)
            image = configured(manifest, self.config, name or path)
            layers = [self._listed(number, layer) for number, layer in enumerate(image.layers)]
            self.image = replace(image, layers=tuple(layers))
            cleaned.pop_all()

    def __enter__(self) -> ImageArchive:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._blobs.close()

    def blob(self, number: int) -> IO[bytes]:
        """The bytes of a layer, as they lie in the archive."""
        return self._blobs.open(self._layers[number])

    def read(self, tree: Tree, path: str) -> str:
        """A small text file, empty where there is none."""
        member = tree.find(path)
        if member is None or member.kind != "file":
            return ""
        found = [body.read(LARGEST_JSON) for _, _, body in self.contents({member.layer: [member.place]})]
        return b"".join(found).decode("utf-8", "replace")

    def contents(self, wanted: Mapping[int, Iterable[int]]) -> Iterator[tuple[int, int, IO[bytes]]]:
        """(layer, place, bytes) of these places of these layers, in the archive's order."""
        with self._understood():
            for number, places in sorted(wanted.items()):
                left = set(places)
                for place, info, tar in self._entries(number) if left else ():
                    if place in left and (body := tar.extractfile(info)):
                        yield number, place, body

    def _entries(self, number: int) -> Iterator[tuple[int, tarfile.TarInfo, tarfile.TarFile]]:
        with self.blob(number) as blob, open_tar(cast("BinaryIO", blob), LARGEST) as tar:
            for place, info in enumerate(tar):
                if place > MOST_MEMBERS:
                    raise ValueError("too many entries")
                yield place, info, tar

    def _listed(self, number: int, layer: Layer) -> Layer:
        found = [m for place, info, _ in self._entries(number) if (m := _member(info, number, place))]
        return Layer(layer.digest, tuple(found), layer.made_by)

    def _json(self, name: str) -> Any:
        with self._blobs.open(name) as blob:
            return json.loads(blob.read(LARGEST_JSON))

    @contextlib.contextmanager
    def _understood(self) -> Iterator[None]:
        try:
            yield
        except NoZstandard:
            raise UsageError(
                f"{self.shown} is compressed with zstd, which cannot be read here",
                f"{self.shown} 使用 zstd 压缩，此处无法读取",
                hint_en="pip install 'tts-doctor[images]', or use what docker save writes",
                hint_zh="请 pip install 'tts-doctor[images]'，或改用 docker save 生成的文件",
            ) from None
        except (*DAMAGE, OSError) as error:
            what = error.strerror if isinstance(error, OSError) and error.strerror else f"{type(error).__name__}"
            detail = "" if isinstance(error, OSError) else f": {error}"[:200]
            raise UsageError(
                f"{self.shown} is no image that can be read ({what}{detail})",
                f"{self.shown} 不是可读取的镜像（{what}{detail}）",
                hint_en="give what docker save writes, or an OCI layout",
                hint_zh="请提供 docker save 生成的文件，或 OCI 布局",
            ) from None


def _member(info: tarfile.TarInfo, layer: int, place: int) -> Member | None:
    path = plain_path(info.name)
    if not path:
        return None
    kinds = ((info.isreg(), "file"), (info.isdir(), "folder"), (info.issym(), "symlink"), (info.islnk(), "hardlink"))
    kind = next((name for fits, name in kinds if fits), "other")
    target = info.linkname if kind == "symlink" else (plain_path(info.linkname) or "") if kind == "hardlink" else ""
    size = info.size if kind == "file" else 0
    return Member(path, kind, size, target, info.mode & 0o7777, float(info.mtime), layer, place)

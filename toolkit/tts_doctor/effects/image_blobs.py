"""The named files that an image is kept as: the members of one archive, or the files of a folder (an OCI layout).

A compressed archive is unpacked first, bounded, since it is not read from front to back. Decides nothing about images.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Container
from typing import IO, BinaryIO, Protocol, cast

from tts_doctor.effects.bounded_tar import open_tar, opener_of
from tts_doctor.errors import UsageError
from tts_doctor.parse.image_layers import plain_path

LARGEST = 64 << 30
"""Bytes of an archive, and of a layer, unpacked."""
CHUNK = 1 << 20
ROOM = 1 << 30
"""Bytes of a disk that are left to others."""
MOST_PACKED = 50
"""Times its size that a compressed archive may unpack to, beyond SMALL; real ones take two to five times."""
SMALL = 1 << 30


class Blobs(Protocol):
    """Files by their names."""

    @property
    def names(self) -> Container[str]: ...

    def open(self, name: str) -> IO[bytes]:
        """Raises LookupError or ValueError where there is no such file, OSError."""
        ...

    def close(self) -> None: ...


def open_blobs(path: str, scratch: str) -> Blobs:
    """Those at `path`; a compressed archive is unpacked into `scratch`.

    Raises UsageError where that takes too much, OSError, and what reading a damaged archive raises.
    """
    return FolderBlobs(path) if os.path.isdir(path) else ArchiveBlobs(path, scratch)


class ArchiveBlobs:
    """The members of a tar archive."""

    def __init__(self, path: str, scratch: str) -> None:
        self._file = _plain(path, scratch)
        try:
            self._outer = open_tar(self._file, LARGEST)
            self._members = {plain_path(m.name) or "": m for m in self._outer}
        except BaseException:
            self._file.close()
            raise

    @property
    def names(self) -> Container[str]:
        return self._members

    def open(self, name: str) -> IO[bytes]:
        """See Blobs."""
        body = self._outer.extractfile(self._members[name])
        if body is None:
            raise ValueError(f"{name} is no file")
        return body

    def close(self) -> None:
        self._file.close()


class FolderBlobs:
    """The files of a folder. None outside of it is read, whatever its links and manifests say."""

    def __init__(self, path: str) -> None:
        self._root = os.path.realpath(path)
        self.names = frozenset(name for name in ("manifest.json", "index.json") if os.path.isfile(f"{path}/{name}"))

    def open(self, name: str) -> IO[bytes]:
        """See Blobs."""
        plain = plain_path(name)
        place = os.path.realpath(os.path.join(self._root, plain or ""))
        if not plain or not place.startswith(self._root + os.sep):
            raise ValueError(f"{name} is no file of it")
        handle = os.open(place, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise ValueError(f"{name} is no file")
        return os.fdopen(handle, "rb")

    def close(self) -> None:
        """Nothing is held open."""


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


def _plain(path: str, scratch: str) -> BinaryIO:
    file = open(path, "rb")  # noqa: SIM115 (closed by the archive)
    opener = opener_of(file)
    if opener is None:
        return file
    plain = open(os.path.join(scratch, "image.tar"), "w+b")  # noqa: SIM115 (the same)
    most = min(LARGEST, max(SMALL, MOST_PACKED * os.fstat(file.fileno()).st_size))
    try:
        with file, cast("IO[bytes]", opener(file)) as unpacked:
            while chunk := unpacked.read(CHUNK):
                check_room(len(chunk), scratch)
                if plain.tell() + len(chunk) > most:
                    raise UsageError(
                        f"{path} unpacks to more than {most / 1e9:.1f} GB, which no image of its size does",
                        f"{path} 解压后超过 {most / 1e9:.1f} GB，正常镜像不会如此",
                    )
                plain.write(chunk)
    except BaseException:
        plain.close()
        os.unlink(plain.name)
        raise
    plain.seek(0)
    return plain

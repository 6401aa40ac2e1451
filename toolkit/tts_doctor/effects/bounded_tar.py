"""Opens a stranger's tar archive so that however little it weighs, it never unpacks to more than is bearable.

Decides the bounds; reads members for its callers, never onto the disk.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
from collections.abc import Callable
from importlib import import_module
from typing import IO, Any, BinaryIO, cast

LARGEST_READ = 32 << 20
"""Bytes at once; an extended header, which tarfile reads whole, may claim any number."""
LARGEST_TAR = 1 << 30
"""Bytes of an unpacked sdist; the largest have a third of it."""


class NoZstandard(ValueError):
    """What is compressed with zstd cannot be read here."""


class Zstandard:
    """The bytes of a zstd stream; read from front to back. Raises NoZstandard, and ValueError where it is damaged."""

    def __init__(self, body: IO[bytes]) -> None:
        try:
            self._module: Any = import_module("compression.zstd")  # since CPython 3.14
            self._stream = self._module.ZstdFile(body)
        except ImportError:
            try:
                self._module = import_module("zstandard")
            except ImportError:
                raise NoZstandard("compressed with zstd") from None
            self._stream = self._module.ZstdDecompressor().stream_reader(body, read_across_frames=True)

    def __enter__(self) -> Zstandard:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def tell(self) -> int:
        return int(self._stream.tell())

    def seek(self, place: int) -> int:
        """Forward alone, outside of 3.14."""
        try:
            return int(self._stream.seek(place))
        except self._module.ZstdError as error:
            raise ValueError(f"damaged zstd: {error}") from error

    def read(self, size: int) -> bytes:
        try:
            return bytes(self._stream.read(size))
        except self._module.ZstdError as error:
            raise ValueError(f"damaged zstd: {error}") from error


OPENERS: tuple[tuple[bytes, Callable[[Any], Any]], ...] = (
    (b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ\0", lzma.open), (b"\x28\xb5\x2f\xfd", Zstandard),
)  # fmt: skip


class _Bounded:
    """The part of a stream that tarfile uses. Raises ValueError beyond the bounds."""

    def __init__(self, stream: IO[bytes], largest: int) -> None:
        self.stream = stream
        self.largest = largest

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.stream.tell()

    def seek(self, place: int, whence: int = 0) -> int:
        if whence != 0 or place > self.largest:
            raise ValueError("it unpacks to too much")
        return self.stream.seek(place)

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= LARGEST_READ or self.stream.tell() + size > self.largest + LARGEST_READ:
            raise ValueError("it unpacks to too much")
        return self.stream.read(size)


def opener_of(body: BinaryIO) -> Callable[[Any], Any] | None:
    """What decompresses it, told by its first bytes; None where it is plain. Leaves it at its start."""
    head = body.read(6)
    body.seek(0)
    return next((opener for magic, opener in OPENERS if head.startswith(magic)), None)


def open_tar(body: BinaryIO, largest: int = LARGEST_TAR) -> tarfile.TarFile:
    """Plain, gzip, bzip2, xz or zstd; `largest`: bytes that it may unpack to.

    Reading it raises tarfile.TarError, ValueError and what its decompressor raises.
    """
    opener = opener_of(body)
    stream = cast("IO[bytes]", opener(body)) if opener else body
    return tarfile.open(fileobj=cast("IO[bytes]", _Bounded(stream, largest)), mode="r:")

"""Opens a stranger's tar archive so that however little it weighs, it never unpacks to more than is bearable.

Decides the bounds; reads members for its callers, never onto the disk.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
from typing import IO, BinaryIO, cast

LARGEST_READ = 32 << 20
"""Bytes at once; an extended header, which tarfile reads whole, may claim any number."""
LARGEST_TAR = 1 << 30
"""Bytes of an unpacked sdist; the largest have a third of it."""
OPENERS = ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ\0", lzma.open))


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


def open_tar(body: BinaryIO, largest: int = LARGEST_TAR) -> tarfile.TarFile:
    """Plain, gzip, bzip2 or xz; `largest`: bytes that it may unpack to.

    Reading it raises tarfile.TarError, ValueError and what its decompressor raises.
    """
    head = body.read(6)
    body.seek(0)
    opener = next((o for magic, o in OPENERS if head.startswith(magic)), None)
    stream = cast("IO[bytes]", opener(body)) if opener else body
    return tarfile.open(fileobj=cast("IO[bytes]", _Bounded(stream, largest)), mode="r:")

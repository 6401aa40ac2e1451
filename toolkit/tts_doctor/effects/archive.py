"""A look into a wheel or sdist of the index without downloading more of it than needed.

Decides what is fetched: the central directory and single members by range requests, small wheels and sdists whole.
Sizes are bounded, since an archive is a stranger's data; nothing is ever unpacked to disk.
"""

from __future__ import annotations

import bz2
import contextlib
import io
import json
import lzma
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from remotezip import PartialBuffer, RemoteIO  # type: ignore[import-untyped]

from tts_doctor.effects.bounded_tar import open_tar
from tts_doctor.effects.disk_cache import DiskCache
from tts_doctor.effects.http import Http, status_words, unavailable
from tts_doctor.effects.index_config import local_path
from tts_doctor.model.system_words import system_words
from tts_doctor.model.text import Text
from tts_doctor.parse.simple_page import IndexFile
from tts_doctor.parse.wheel_fit import SDIST

SMALL = 1 << 20
"""A wheel up to this size is fetched whole."""
WHOLE_LIMIT = 64 << 20
MEMBER_LIMIT = 20 << 20
SOME_READS = 4
MEDIUM = 16 << 20
"""A wheel up to this size is fetched whole once `SOME_READS` of its members were asked."""
MOST_MEMBERS = 300_000
HEADER = 30
"""Bytes of a zip's local file header before the name; the extra field's length is only known once it was read."""
EXTRA_GUESS = 256
DAMAGE = (
    zipfile.BadZipFile, tarfile.TarError, EOFError, OSError, ValueError, NotImplementedError, struct.error, zlib.error,
    lzma.LZMAError,
)  # fmt: skip
"""What the standard library raises for an archive that is none."""


@dataclass(frozen=True)
class Member:
    """One member as the central directory has it; `name` in the archive, sizes in bytes."""

    name: str
    size: int
    packed: int
    offset: int
    method: int


class Archive:
    """One file of the index. Paths are as they would lie in site-packages."""

    def __init__(self, file: IndexFile, http: Http, cache: DiskCache) -> None:
        self.file = file
        self.http = http
        self.cache = cache
        self.key = file.sha256 or _identity(file)
        self._members: dict[str, Member] | None = None
        self._reads = 0
        self._ranges = True
        self._unpacked: dict[str, bytes] | None = None

    @property
    def is_wheel(self) -> bool:
        return self.file.filename.endswith(".whl")

    def members(self) -> dict[str, Member]:
        """Path in site-packages -> member. Raises IndexUnavailable."""
        if self._members is None:
            kept = self.cache.get("listing", self.key)
            if kept is not None:
                rows = json.loads(kept)
            else:
                rows = [[m.name, m.size, m.packed, m.offset, m.method] for m in self._list()]
                self.cache.put("listing", self.key, json.dumps(rows, separators=(",", ":")).encode())
            self._members = {self._installed(row[0]): Member(*row) for row in rows}
        return self._members

    def read(self, path: str, limit: int = MEMBER_LIMIT) -> bytes | None:
        """The member's bytes, None where there is none or it is larger than `limit`. Raises IndexUnavailable."""
        member = self.members().get(path)
        if member is None or max(member.size, member.packed) > limit:
            return None
        key = f"{self.key}:{member.name}"
        kept = self.cache.get("member", key)
        if kept is not None:
            return kept
        self._reads += 1
        value = self._fetch(member, limit) if member.method >= 0 else self._sdist().get(member.name)
        if value is not None and len(value) <= MEMBER_LIMIT and not self._prefer_whole():
            self.cache.put("member", key, value)
        return value

    def _installed(self, name: str) -> str:
        if not self.is_wheel:
            return re.sub(r"^(src|lib|python)/", "", name.partition("/")[2] or name)
        return re.sub(r"^[^/]+\.data/(purelib|platlib)/", "", name)

    def _prefer_whole(self) -> bool:
        size = self.file.size
        return (
            self.file.filename.endswith(SDIST)
            or not self._ranges
            or local_path(self.file.url) is not None
            or 0 < size <= SMALL
            or (self._reads > SOME_READS and 0 < size <= MEDIUM)
            or self.cache.path("whole", self.key).exists()
        )

    def _whole_body(self) -> BinaryIO:
        """The whole archive, from its folder, the cache or the index."""
        path = local_path(self.file.url)
        if path is None:
            path = self.cache.path("whole", self.key)
            if not path.exists():
                answer = self.http.get(self.file.url, limit=WHOLE_LIMIT)
                if answer.status != 200:
                    raise unavailable(self.file.url, status_words(answer.status))
                self.cache.put("whole", self.key, answer.body)
                return io.BytesIO(answer.body)
        try:
            return path.open("rb")
        except OSError as error:
            raise unavailable(self.file.url, system_words(error)) from error

    def _sdist(self) -> dict[str, bytes]:
        """Members of a tar archive, which has no directory to seek by: read once, as far as memory is no concern."""
        if self._unpacked is None:
            self._unpacked = {}
            room = WHOLE_LIMIT
            with self._understood(), self._whole_body() as body, open_tar(body) as tar:
                for info in tar:
                    file = tar.extractfile(info) if info.isfile() and info.size <= min(room, MEMBER_LIMIT) else None
                    if file is not None:
                        self._unpacked[info.name] = file.read()
                        room -= info.size
        return self._unpacked

    def _list(self) -> list[Member]:
        with self._understood():
            if self._prefer_whole():
                return self._list_whole()
            return _zip_members(zipfile.ZipFile(RemoteIO(self._range)))

    @contextlib.contextmanager
    def _understood(self) -> Iterator[None]:
        try:
            yield
        except DAMAGE as error:
            why = Text(f"the archive is damaged ({error})", f"归档文件已损坏（{error}）")
            raise unavailable(self.file.url, why) from error

    def _list_whole(self) -> list[Member]:
        with self._whole_body() as body:
            if self.is_wheel or self.file.filename.endswith(".zip"):
                return _zip_members(zipfile.ZipFile(body))
            with open_tar(body) as tar:
                found = []
                for info in tar:
                    if info.isfile():
                        found.append(Member(info.name, info.size, info.size, 0, -1))
                    if len(found) > MOST_MEMBERS:
                        raise ValueError("too many members")
                return found

    def _range(self, wanted: tuple[int, int | None], stream: bool = False) -> Any:
        """A remotezip buffer for bytes `wanted`; a negative start alone counts from the end."""
        start, end = wanted
        value = f"bytes={start}-{'' if end is None else end}" if start >= 0 else f"bytes={start}"
        answer = self.http.get(self.file.url, {"Range": value, "Accept-Encoding": "identity"}, limit=WHOLE_LIMIT)
        if answer.status == 200:
            self._ranges = False
            self.cache.put("whole", self.key, answer.body)
            return PartialBuffer(io.BytesIO(answer.body), 0, len(answer.body), False)
        found = re.match(r"bytes (\d+)-(\d+)/", answer.headers.get("content-range", ""))
        if answer.status != 206 or found is None:
            raise unavailable(self.file.url, status_words(answer.status))
        return PartialBuffer(io.BytesIO(answer.body), int(found.group(1)), len(answer.body), False)

    def _fetch(self, member: Member, limit: int) -> bytes | None:
        """One member by one range request (two where its local header is longer than usual)."""
        length = HEADER + len(member.name.encode()) + EXTRA_GUESS + member.packed
        body = self._bytes(member.offset, length)
        if body[:4] != b"PK\x03\x04":
            why = Text(f"no member at the place of {member.name}", f"{member.name} 的位置上没有成员")
            raise unavailable(self.file.url, why)
        start = HEADER + int.from_bytes(body[26:28], "little") + int.from_bytes(body[28:30], "little")
        packed = body[start : start + member.packed]
        if len(packed) < member.packed:
            packed = self._bytes(member.offset + start, member.packed)
        return _unpack(packed, member, limit)

    def _bytes(self, start: int, length: int) -> bytes:
        if self._prefer_whole():
            with self._understood(), self._whole_body() as body:
                body.seek(start)
                return body.read(length)
        buffer = self._range((start, start + length - 1))
        buffer.seek(start, 0)
        found: bytes = buffer.read(length)
        return found


def _identity(file: IndexFile) -> str:
    """The address; for a local file, which may be rebuilt in its place, with its size and time."""
    path = local_path(file.url)
    try:
        state = path.stat() if path else None
    except OSError:
        state = None
    return f"{file.url}:{state.st_size}:{state.st_mtime_ns}" if state else file.url


def _zip_members(archive: zipfile.ZipFile) -> list[Member]:
    infos = archive.infolist()
    if len(infos) > MOST_MEMBERS:
        raise ValueError("too many members")
    return [
        Member(i.filename, i.file_size, i.compress_size, i.header_offset, i.compress_type)
        for i in infos
        if not i.filename.endswith("/")
    ]


def _unpack(packed: bytes, member: Member, limit: int) -> bytes | None:
    """Decompressed bytes; never more than `limit`, whatever the directory claims."""
    openers: dict[int, Callable[[], Any]] = {
        zipfile.ZIP_DEFLATED: lambda: zlib.decompressobj(-15),
        zipfile.ZIP_BZIP2: bz2.BZ2Decompressor,
    }
    if member.method == zipfile.ZIP_STORED:
        return packed
    opener = openers.get(member.method, lambda: None)()
    if opener is None:
        return None
    try:
        value: bytes = opener.decompress(packed, limit + 1)
    except (zlib.error, OSError, ValueError):
        return None
    return value if len(value) <= limit else None

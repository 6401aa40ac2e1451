"""The package index as the user configured it, for one patient: releases that fit it, their requirements and files.

Decides which files count (tags, Requires-Python, prereleases) and what is cached; installs nothing. Project pages live
ten minutes in the cache and are then asked again with their ETag; where the index is down an old page still serves.
"""

from __future__ import annotations

import json
import os
import re
import threading
import time
import zlib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.utils import canonicalize_name

from tts_doctor.effects.archive import MEDIUM, MEMBER_LIMIT, Archive
from tts_doctor.effects.disk_cache import DiskCache, cache_folder
from tts_doctor.effects.http import Answer, Http, status_words, unavailable
from tts_doctor.effects.index_config import IndexConfig, local_path, read_index_config
from tts_doctor.errors import IndexUnavailable
from tts_doctor.model.facts import Facts
from tts_doctor.model.text import Text
from tts_doctor.parse.metadata import parse_headers, requirement_lines
from tts_doctor.parse.simple_page import ACCEPT, IndexFile, read_page
from tts_doctor.parse.wheel_fit import admits, patient_tags, version_in, version_of, wheel_rank
from tts_doctor.ports import Release

PAGE_AGE = 600.0
THREADS = 6


@dataclass(frozen=True)
class _Candidate:
    """The file that would serve one version."""

    release: Release
    file: IndexFile


def open_index(facts: Facts, environ: Mapping[str, str]) -> PackageIndex:
    """The index for this patient; asks nothing yet. `environ` is the caller's environment, not the tool's."""
    config = read_index_config(environ, facts.interpreter.prefix, facts.cwd)
    return PackageIndex(facts, config, Http(config, environ), DiskCache(cache_folder(environ)))


class PackageIndex:
    """Implements ports.Index. Answers are remembered for the life of the object; usable from several threads."""

    def __init__(self, facts: Facts, config: IndexConfig, http: Http, cache: DiskCache) -> None:
        self.facts = facts
        self.config = config
        self.http = http
        self.cache = cache
        self._ranks = patient_tags(facts.interpreter)
        self._projects: dict[str, dict[str, _Candidate]] = {}
        self._archives: dict[str, Archive] = {}
        self._lock = threading.Lock()
        cache.sweep()

    def releases(self, name: str) -> Sequence[Release]:
        """See ports.Index."""
        return tuple(c.release for c in self._project(name).values())

    def requires(self, name: str, version: str) -> Sequence[str]:
        """See ports.Index."""
        asked = parse_headers(self._metadata(name, version).decode("utf-8", "replace")).get("requires-dist", [])
        sane = requirement_lines(asked)
        if len(sane) < len(asked):
            raise _unjudged(f"{name} {version}", len(asked) - len(sane), len(asked))
        return sane

    def files(self, name: str, version: str) -> Sequence[str]:
        """See ports.Index."""
        archive = self._archive(name, version)
        return tuple(archive.members()) if archive else ()

    def read(self, name: str, version: str, path: str, limit: int = MEMBER_LIMIT) -> bytes | None:
        """See ports.Index; `limit` in bytes."""
        archive = self._archive(name, version)
        return archive.read(path, limit) if archive else None

    def is_cheap(self, name: str, version: str) -> bool:
        """Whether reading many of its members costs one download at most."""
        archive = self._archive(name, version)
        return archive is not None and 0 < archive.file.size <= MEDIUM

    def prefetch(self, wanted: Iterable[tuple[str, str]]) -> None:
        """Fetch the file lists of several (name, version) at once; what fails is asked again when it is needed."""

        def fetch(item: tuple[str, str]) -> None:
            try:
                self.files(*item)
            except IndexUnavailable:
                return

        items = list(dict.fromkeys(wanted))
        if len(items) > 1:
            with ThreadPoolExecutor(THREADS) as pool:
                list(pool.map(fetch, items))

    def _project(self, name: str) -> dict[str, _Candidate]:
        key = canonicalize_name(name)
        with self._lock:
            known = self._projects.get(key)
        if known is None:
            known = self._select(key, self._all_files(key))
            with self._lock:
                self._projects[key] = known
        return known

    def _select(self, key: str, files: Iterable[IndexFile]) -> dict[str, _Candidate]:
        """Version -> its best file, oldest version first."""
        python = self.facts.interpreter.version
        best: dict[str, tuple[tuple[int, int], IndexFile]] = {}
        first_upload: dict[str, str] = {}
        for file in files:
            version = version_in(file.filename, key)
            if version is None or version_of(version) is None:
                continue
            if file.uploaded and file.uploaded < first_upload.get(version, "~"):
                first_upload[version] = file.uploaded
            rank = wheel_rank(file.filename, self._ranks) if file.filename.endswith(".whl") else 1 << 30
            if rank is None or not admits(file.requires_python, python):
                continue
            place = int(file.yanked), rank
            if version not in best or place < best[version][0]:
                best[version] = place, file
        chosen = {
            v: _Candidate(Release(v, first_upload.get(v, ""), f.yanked, f.filename.endswith(".whl")), f)
            for v, (_, f) in best.items()
        }
        installed = version_of(self.facts.version(key))
        stable = {v: c for v, c in chosen.items() if not _is_pre(v)}
        kept = chosen if not stable or (installed is not None and installed.is_prerelease) else stable
        # The version is known to parse; the second part only satisfies the type checker's doubt.
        return dict(sorted(kept.items(), key=lambda item: version_of(item[0]) or version_of("0")))  # type: ignore[arg-type, return-value]

    def _all_files(self, key: str) -> list[IndexFile]:
        """Files of every index and folder of links; of two with one name the first counts."""
        found: dict[str, IndexFile] = {}
        failed: IndexUnavailable | None = None
        for index in self.config.indexes:
            try:
                files = self._page(f"{index}/{key}/")
            except IndexUnavailable as error:
                failed = failed or error
                continue
            for file in files:
                self._add(found, file)
        for link in self.config.find_links:
            for file in self._links(link, key):
                self._add(found, file)
        if failed is not None and not found:
            raise failed
        return list(found.values())

    def _add(self, found: dict[str, IndexFile], file: IndexFile) -> None:
        known = found.get(file.filename)
        if known is None:
            found[file.filename] = file
        elif not known.uploaded and file.uploaded:
            # A local mirror gives the bytes, the public index the date.
            found[file.filename] = replace(
                known, uploaded=file.uploaded, requires_python=known.requires_python or file.requires_python
            )

    def _links(self, link: str, key: str) -> Iterable[IndexFile]:
        folder = local_path(os.path.expanduser(link))
        if folder is None:
            try:
                return [f for f in self._page(link) if version_in(f.filename, key)]
            except IndexUnavailable:
                return []
        try:
            entries = sorted(os.scandir(folder), key=lambda e: e.name)
        except OSError:
            return []
        return [
            IndexFile(e.name, Path(e.path).absolute().as_uri(), size=e.stat().st_size)
            for e in entries
            if e.is_file() and version_in(e.name, key)
        ]

    def _page(self, url: str) -> tuple[IndexFile, ...]:
        """Files of one page; empty where the index has none."""
        if local_path(url) is not None:
            answer = self.http.get(url)
            return read_page(answer.body, answer.headers["content-type"], answer.url) if answer.status == 200 else ()
        kept = _unpack_page(self.cache.get("page", url))
        if kept is None or time.time() - kept.fetched > PAGE_AGE:
            kept = self._refresh(url, kept)
        if kept.status != 200:
            return ()
        try:
            return read_page(kept.body, kept.kind, kept.url)
        except ValueError as error:
            why = Text(f"its answer cannot be read ({error})", f"其应答无法读取（{error}）")
            raise unavailable(url, why) from error

    def _refresh(self, url: str, old: _Page | None) -> _Page:
        headers = {"Accept": ACCEPT}
        if old is not None and old.etag:
            headers["If-None-Match"] = old.etag
        try:
            answer = self.http.get(url, headers)
        except IndexUnavailable:
            if old is None:
                raise
            return old
        if answer.status == 304 and old is not None:
            new = replace(old, fetched=time.time())
        elif answer.status in (200, 404, 410):
            new = _Page.of(answer)
        elif answer.status in (401, 403):
            why = Text(f"it refuses access (HTTP {answer.status})", f"它拒绝访问（HTTP {answer.status}）")
            raise unavailable(url, why, Text("check the index's user name and token", "请检查该索引的用户名与令牌"))
        elif old is not None:
            return old
        else:
            raise unavailable(url, status_words(answer.status))
        self.cache.put("page", url, new.pack())
        return new

    def _archive(self, name: str, version: str) -> Archive | None:
        candidate = self._project(name).get(version) or self._same(name, version)
        if candidate is None:
            return None
        with self._lock:
            return self._archives.setdefault(candidate.file.url, Archive(candidate.file, self.http, self.cache))

    def _same(self, name: str, version: str) -> _Candidate | None:
        """The version spelt otherwise (`3.0` for `3.0.0`), or the public version of a local one (`2.1.0+cpu`)."""
        wanted = version_of(version)
        if wanted is None:
            return None
        rows = [(version_of(v), c) for v, c in self._project(name).items()]
        exact = next((c for v, c in rows if v == wanted), None)
        return exact or next((c for v, c in rows if v is not None and v.public == wanted.public), None)

    def _metadata(self, name: str, version: str) -> bytes:
        archive = self._archive(name, version)
        if archive is None:
            return b""
        key = f"{archive.key}:METADATA"
        kept = self.cache.get("member", key)
        if kept is not None:
            return kept
        value = b""
        if archive.file.has_metadata:
            answer = self.http.get(archive.file.url + ".metadata")
            value = answer.body if answer.status == 200 else b""
        if not value:
            path = next((p for p in archive.members() if re.fullmatch(r"[^/]+\.dist-info/METADATA|PKG-INFO", p)), "")
            value = (archive.read(path) if path else None) or b""
        self.cache.put("member", key, value)
        return value


@dataclass(frozen=True)
class _Page:
    """A project page as it lies in the cache."""

    status: int
    kind: str
    url: str
    etag: str
    fetched: float
    body: bytes

    @staticmethod
    def of(answer: Answer) -> _Page:
        kind = answer.headers.get("content-type", "text/html")
        return _Page(answer.status, kind, answer.url, answer.headers.get("etag", ""), time.time(), answer.body)

    def pack(self) -> bytes:
        head = json.dumps([self.status, self.kind, self.url, self.etag, self.fetched]).encode()
        return head + b"\n" + zlib.compress(self.body, 1)


def _unpack_page(value: bytes | None) -> _Page | None:
    if value is None:
        return None
    head, _, body = value.partition(b"\n")
    try:
        status, kind, url, etag, fetched = json.loads(head)
        return _Page(status, kind, url, etag, fetched, zlib.decompress(body))
    except (ValueError, zlib.error):
        return None


def _is_pre(version: str) -> bool:
    parsed = version_of(version)
    return parsed is not None and parsed.is_prerelease


def _unjudged(release: str, lost: int, of: int) -> IndexUnavailable:
    """A part of its requirements would be taken for the whole."""
    return IndexUnavailable(
        f"{release}: {lost} of its {of} requirements are too long, too nested or too many to be judged",
        f"{release}：{of} 条依赖中有 {lost} 条过长、嵌套过深或过多，无法判断",
    )

"""Reads what locked or installed distributions ask of the system: headers and sources, in the index or in files.

Decides nothing about packages. What is too large to be looked into is named, but for the sources of large wheels, which
are left out; nothing is installed or run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from packaging.utils import canonicalize_name

from tts_doctor.effects.index import PackageIndex, open_index
from tts_doctor.effects.read_bounded import read_bytes
from tts_doctor.errors import UsageError
from tts_doctor.model.facts import Facts, Interpreter
from tts_doctor.model.image import LibraryNeed, Needs, SourceNeed
from tts_doctor.model.text import Text
from tts_doctor.parse.elf import ElfError, parse_elf
from tts_doctor.parse.named_needs import named_needs
from tts_doctor.ports import Reporter

LIBRARY = re.compile(r"\.so(\.\d+)*$")
SOURCES = (".c", ".cc", ".cpp", ".cxx", ".pyx", ".f", ".f90", ".rs", ".cu")
ASIDE = re.compile(
    r"(?:^|/)(?:tests?|testing|examples?|docs?|benchmarks?|distutils|_?vendor(?:ed)?|setup)(?:/|\.py$)|/_?test"
)
"""Sources that nothing runs in a service, or that only build."""
MOST_SOURCES = 2000
THREADS = 4
MOST_OBJECTS = 400
"""Of one wheel; the heaviest known have some hundreds."""
LARGEST = 64 << 20
"""Bytes of one library that is looked into."""


def needs_of_lock(
    pins: Sequence[tuple[str, str]], python: str, machine: str, libc: str, environ: Mapping[str, str], say: Reporter
) -> Needs:
    """What the wheels of these pins need on that Python and platform. Raises IndexUnavailable, UsageError."""
    interpreter = Interpreter(version=python, machine=machine, platform="linux", libc=libc)
    index = open_index(Facts(interpreter=interpreter), environ)
    say.step(Text(f"looking into {len(pins)} wheels", f"正在查看 {len(pins)} 个 wheel"))
    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(lambda pin: _look(index, pin[0], pin[1], python), pins))
    brought = {path.rpartition("/")[2] for one in found for path in one.paths}
    return Needs(
        libraries=tuple(
            need for one in found for need in one.libraries if need.soname.rpartition("/")[2] not in brought
        ),
        sources=tuple(need for one in found for need in one.sources if not _brings(need, one.paths)),
        sdists=tuple(one.name for one in found if one.sdist),
        compiled=tuple(one.name for one in found if one.sdist and one.compiled),
        unread=tuple(row for one in found for row in one.unread),
    )


def sdists_of(
    pins: Sequence[tuple[str, str]], python: str, machine: str, libc: str, environ: Mapping[str, str]
) -> Needs:
    """`sdists` and `compiled` of these pins alone. Raises IndexUnavailable, UsageError."""
    interpreter = Interpreter(version=python, machine=machine, platform="linux", libc=libc)
    index = open_index(Facts(interpreter=interpreter), environ)

    def has_wheel(pin: tuple[str, str]) -> bool:
        return next((r.has_wheel for r in index.releases(pin[0]) if r.version == pin[1]), True)

    with ThreadPoolExecutor(THREADS) as pool:
        wheels = list(pool.map(has_wheel, pins))
    bare = [pin for pin, good in zip(pins, wheels, strict=True) if not good]
    found = [_look(index, name, version, python) for name, version in bare]
    return Needs(sdists=tuple(one.name for one in found), compiled=tuple(one.name for one in found if one.compiled))


def needs_of_environment(facts: Facts) -> Needs:
    """The same from the files of an environment; what is published as source alone only the index knows."""
    objects = facts.shared_objects or ()
    brought = {o.path.rpartition("/")[2] for o in objects}
    libraries = [
        LibraryNeed(o.dist, o.path, soname)
        for o in objects
        for soname in o.needed
        if o.dist and soname.rpartition("/")[2] not in brought
    ]
    sources = tuple(_installed_sources(facts))
    return Needs(
        tuple(libraries), sources=sources, unread=tuple((o.path, o.problem) for o in objects if o.problem and o.dist)
    )


def _installed_sources(facts: Facts) -> Iterator[SourceNeed]:
    """From what RECORD lists, bounded; nothing is imported."""
    for dist in facts.distributions:
        paths = [entry.path for entry in dist.records]
        for path in [p for p in paths if _is_source(p)][:MOST_SOURCES]:
            try:
                text = read_bytes(os.path.join(dist.site, path))
            except OSError:  # RECORD lists it, and it is gone
                continue
            yield from (need for need in _named(dist.key, path, text) if not _brings(need, paths))


def _named(dist: str, path: str, text: bytes) -> Iterator[SourceNeed]:
    for need in named_needs(text):
        yield SourceNeed(dist, path, need.line, need.kind, need.name, need.optional)


def _is_source(path: str) -> bool:
    return path.endswith(".py") and not ASIDE.search(path)


def _brings(need: SourceNeed, paths: Sequence[str]) -> bool:
    """Whether the distribution holds that library itself, under whatever ending."""
    stem = need.name.partition(".so")[0].removeprefix("lib")
    return need.kind == "library" and any(
        os.path.basename(path).removeprefix("lib").startswith(stem) and LIBRARY.search(path) for path in paths
    )


class _Look:
    """What one distribution's file shows."""

    def __init__(self, name: str, paths: Sequence[str], sdist: bool) -> None:
        self.name = name
        self.paths = paths
        self.sdist = sdist
        self.compiled = sdist and any(path.endswith(SOURCES) for path in paths)
        self.libraries: list[LibraryNeed] = []
        self.sources: list[SourceNeed] = []
        self.unread: list[tuple[str, str]] = []


def _look(index: PackageIndex, name: str, version: str, python: str) -> _Look:
    release = next((r for r in index.releases(name) if r.version == version), None)
    paths = tuple(index.files(name, version))
    if not paths:
        raise UsageError(
            f"the index has no {name} {version} for Python {python}",
            f"索引中没有适用于 Python {python} 的 {name} {version}",
            hint_en="give the Python that the lock was computed for: --python",
            hint_zh="请用 --python 指明该锁定文件所针对的 Python",
        )
    found = _Look(canonicalize_name(name), paths, release is not None and not release.has_wheel)
    if not found.sdist:
        found.libraries += _needed(index, name, version, found)
        if index.is_cheap(name, version):
            for path in [p for p in paths if _is_source(p)][:MOST_SOURCES]:
                found.sources += _named(found.name, path, index.read(name, version, path, LARGEST) or b"")
    return found


def _needed(index: PackageIndex, name: str, version: str, found: _Look) -> Iterator[LibraryNeed]:
    objects = [path for path in found.paths if LIBRARY.search(path)]
    if len(objects) > MOST_OBJECTS:
        found.unread.append((name, f"{len(objects) - MOST_OBJECTS} of its libraries"))
    for path in objects[:MOST_OBJECTS]:
        data = index.read(name, version, path, LARGEST)
        if data is None:
            found.unread.append((path, "larger than is fetched for a look"))
            continue
        try:
            header = parse_elf(data)
        except ElfError:
            continue
        yield from (LibraryNeed(found.name, path, soname) for soname in header.needed)

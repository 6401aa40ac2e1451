"""Two images' contents in, their differences out. Reads nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from tts_doctor.model.image_diff import Contents, Difference, ImageDiff

DEPTH = 3
"""Folders deep that sizes are summed up to."""
LEAST = 100_000
"""Bytes by which a folder must differ to be named."""


def diff_images(one: Contents, other: Contents) -> ImageDiff:
    """Packages, settings, layers, files, and the folders that grew or shrank, the largest difference first."""
    changes = [
        *_packages(one, other),
        *_pairs("setting", dict(one.settings), dict(other.settings)),
        *_layers(one, other),
        *_files(one, other),
        *_folders(one, other),
    ]
    return ImageDiff((one.name, other.name), (one.size, other.size), tuple(changes))


def _packages(one: Contents, other: Contents) -> Iterator[Difference]:
    """A distribution that is installed twice is told with both versions."""
    for kind in ("python", "debian"):
        yield from _pairs(kind, _versions(one, kind), _versions(other, kind))


def _versions(contents: Contents, kind: str) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for package in contents.packages:
        if package.kind == kind:
            found.setdefault(package.name, []).append(package.version)
    return {name: ", ".join(sorted(versions)) for name, versions in found.items()}


def _pairs(what: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Difference]:
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield Difference(what, name, before.get(name, ""), after.get(name, ""))


def _layers(one: Contents, other: Contents) -> Iterator[Difference]:
    """Those that only one of them has; shared ones are told by none."""
    have = {digest for digest, _, _ in one.layers}, {digest for digest, _, _ in other.layers}
    for digest, size, made_by in one.layers:
        if digest not in have[1]:
            yield Difference("layer", made_by, before=digest, size=-size)
    for digest, size, made_by in other.layers:
        if digest not in have[0]:
            yield Difference("layer", made_by, after=digest, size=size)


def _files(one: Contents, other: Contents) -> Iterator[Difference]:
    before = {path: (size, mark) for path, size, mark in one.files}
    after = {path: (size, mark) for path, size, mark in other.files}
    for path in sorted({*before, *after}):
        old, new = before.get(path), after.get(path)
        if old != new:
            what = "added" if old is None else "removed" if new is None else "changed"
            yield Difference(what, path, size=(new[0] if new else 0) - (old[0] if old else 0))


def _folders(one: Contents, other: Contents) -> Iterator[Difference]:
    grown: Counter[str] = Counter()
    for contents, sign in ((one, -1), (other, 1)):
        for path, size, _ in contents.files:
            grown["/" + "/".join(path.split("/")[:-1][:DEPTH])] += sign * size
    for folder, size in sorted(grown.items(), key=lambda item: (-abs(item[1]), item[0])):
        if abs(size) >= LEAST:
            yield Difference("folder", folder, size=size)

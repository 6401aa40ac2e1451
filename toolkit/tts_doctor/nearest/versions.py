"""Which versions of a line are near to what was asked: releases in order of distance, on both sides. Pure."""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence
from dataclasses import dataclass

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from tts_doctor.model.lock import ListLine
from tts_doctor.parse.wheel_fit import version_of


@dataclass(frozen=True)
class Side:
    """Releases that do not meet the line, nearest first; the first is `first` steps away."""

    versions: tuple[str, ...]
    above: bool

    def within(self, start: int, end: int) -> str:
        """The range that holds `versions[start:end]`."""
        near, far = self.versions[start], self.versions[end - 1]
        low, high = (near, far) if self.above else (far, near)
        return f"=={low}" if low == high else f">={low},<={high}"


def sides(line: ListLine, releases: Sequence[str]) -> tuple[Side, Side]:
    """The releases above and below what the line admits (or, where it admits none, above and below what it names)."""
    rows = [(v, text) for text in releases if (v := version_of(text)) is not None]
    low, high = _anchor(line, [v for v, _ in rows])
    above = tuple(text for v, text in rows if v > high)
    below = tuple(text for v, text in reversed(rows) if v < low)
    return Side(above, True), Side(below, False)


def same_release(line: ListLine, releases: Sequence[str]) -> str:
    """For a local version such as `1.13.1+cu117`, the public release of that number; empty where there is none."""
    named = version_of(line.specifier.removeprefix("==").removeprefix("="))
    if named is None or named.local is None:
        return ""
    return next((text for text in releases if (v := version_of(text)) is not None and v.public == named.public), "")


def distance(line: ListLine, version: str, releases: Sequence[str]) -> int:
    """Releases from what the line admits to `version`; 0 where only a local part differs."""
    chosen = version_of(version)
    rows = [v for text in releases if (v := version_of(text)) is not None]
    if chosen is None:
        return len(rows)
    low, high = _anchor(line, rows)
    if low.public == chosen.public or high.public == chosen.public:
        return 0
    if chosen > high:
        return sum(1 for v in rows if high < v < chosen) + 1
    return sum(1 for v in rows if chosen < v < low) + 1 if chosen < low else 0


def _anchor(line: ListLine, rows: Sequence[Version]) -> tuple[Version, Version]:
    """Lowest and highest version that the line stands for."""
    try:
        wanted = SpecifierSet(line.specifier)
    except InvalidSpecifier:
        wanted = SpecifierSet()
    admitted = [v for v in rows if wanted.contains(v, prereleases=True)]
    if admitted:
        return min(admitted), max(admitted)
    named = [v for text in re.findall(r"[0-9][^,\s]*", line.specifier) if (v := version_of(text.rstrip(".*")))]
    if not named:
        return (rows[0], rows[-1]) if rows else (Version("0"), Version("0"))
    return min(named), max(named)


def place(versions: Sequence[str], version: str, above: bool) -> int:
    """Index in a side's list of the version that a resolver chose; where it is not listed, of its neighbour."""
    if version in versions:
        return versions.index(version)
    chosen = version_of(version)
    keys = [v for text in versions if (v := version_of(text)) is not None]
    if chosen is None or not keys:
        return max(len(versions) - 1, 0)
    ordered = keys if above else keys[::-1]
    at = bisect.bisect_left(ordered, chosen)
    return min(at, len(keys) - 1) if above else max(len(keys) - 1 - at, 0)

"""Versions to choose from, and what the installed rest says about them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from tts_doctor.knowledge.bounds import bounds_for
from tts_doctor.model.facts import Facts
from tts_doctor.parse.wheel_fit import version_of
from tts_doctor.ports import Index, Release, publishes

AS_OF_DAYS = 30
MOST_PROBES = 24


@dataclass(frozen=True)
class Shelf:
    """The versions of a distribution that the patient could have, oldest first, and where the installed one stands."""

    name: str
    versions: tuple[str, ...]
    uploaded: tuple[str, ...]
    installed: str = ""
    """Empty where it is not installed, or not known."""
    assumed: bool = False
    """The installed version is unknown and the newest stands for it."""

    @property
    def place(self) -> int:
        """Where the installed version is, or would be."""
        if not self.installed:
            return len(self.versions) - 1
        return bisect_left([parsed(v) for v in self.versions], parsed(self.installed))

    @property
    def below(self) -> range:
        """Places of the versions older than the installed one, the nearest first."""
        return range(self.place - 1, -1, -1)

    @property
    def above(self) -> range:
        start = self.place
        same = start < len(self.versions) and parsed(self.versions[start]) == parsed(self.installed or "0")
        return range(start + 1 if same or not self.installed else start, len(self.versions))

    def as_of(self, date: str) -> int | None:
        """Place of the newest version uploaded no later than `AS_OF_DAYS` after an ISO date."""
        end = later(date, AS_OF_DAYS)
        places = [i for i, when in enumerate(self.uploaded) if when and when <= end]
        return places[-1] if end and places else None


def parsed(version: str) -> Version:
    """The version; 0 for what is none."""
    return version_of(version) or Version("0")


def later(date: str, days: int) -> str:
    """ISO date so many days later, empty for no date."""
    try:
        return (datetime.fromisoformat(date[:10]) + timedelta(days=days)).date().isoformat() + "T23:59:59"
    except ValueError:
        return ""


def shelf(name: str, facts: Facts, index: Index) -> Shelf:
    """All versions worth offering: not yanked, no bare source where wheels exist, nothing of a private distribution."""
    dist = facts.get(name)
    if dist is not None and (dist.is_private or (dist.is_from_file and not publishes(index, dist.key, dist.version))):
        return Shelf(canonicalize_name(name), (), (), dist.version)
    releases = [r for r in index.releases(name) if not r.yanked]
    if any(r.has_wheel for r in releases):
        oldest = next(i for i, r in enumerate(releases) if r.has_wheel)
        # Before wheels existed a source archive of pure Python still installs; between wheels it is an omission.
        releases = [
            r for i, r in enumerate(releases) if r.has_wheel or (i < oldest and _is_pure(name, releases, index))
        ]
    installed = facts.version(name)
    unknown = facts.from_text and not installed
    newest = releases[-1].version if releases else ""
    return Shelf(
        canonicalize_name(name),
        tuple(r.version for r in releases),
        tuple(r.uploaded for r in releases),
        newest if unknown else installed,
        unknown,
    )


def installed_release(stock: Shelf, index: Index) -> str:
    """The index's name for the installed version, though it be one that would not be offered, such as bare source.

    Empty where the index has no such release.
    """
    here = next((v for v in stock.versions if parsed(v) == parsed(stock.installed)), "")
    if here or not stock.installed:
        return here
    return next((r.version for r in index.releases(stock.name) if parsed(r.version) == parsed(stock.installed)), "")


def _is_pure(name: str, releases: Sequence[Release], index: Index) -> bool:
    first = next(r for r in releases if r.has_wheel)
    return not any(p.endswith((".so", ".pyd")) for p in index.files(name, first.version))


def release_date(name: str, version: str, index: Index) -> str:
    """ISO time when that version was uploaded, empty where unknown."""
    wanted = parsed(version)
    return next((r.uploaded for r in index.releases(name) if parsed(r.version) == wanted), "") if version else ""


def environment(facts: Facts) -> dict[str, str]:
    """Marker environment of the patient."""
    version = facts.interpreter.version or "3.10"
    return {
        "python_version": ".".join(version.split(".")[:2]),
        "python_full_version": version if version.count(".") > 1 else f"{version}.0",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "implementation_version": version,
        "sys_platform": "linux",
        "os_name": "posix",
        "platform_system": "Linux",
        "platform_machine": facts.interpreter.machine or "x86_64",
        "platform_release": "",
        "platform_version": "",
        "extra": "",
    }


def requirements(lines: Iterable[str], facts: Facts, extra: str = "") -> Iterator[Requirement]:
    """Requirements that apply to the patient (with that extra)."""
    marks = {**environment(facts), "extra": extra}
    for line in lines:
        try:
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate(marks):
                yield requirement
        except (InvalidRequirement, ValueError):
            continue


def claims(name: str, facts: Facts) -> dict[str, SpecifierSet]:
    """Installed distribution -> what its metadata, and what is known beyond it, asks of `name`."""
    wanted = canonicalize_name(name)
    found: dict[str, SpecifierSet] = {}
    for dist in facts.by_key.values():
        for requirement in requirements(dist.requires, facts):
            if canonicalize_name(requirement.name) == wanted:
                found[dist.key] = found.get(dist.key, SpecifierSet()) & requirement.specifier
        for bound in bounds_for(dist.key, dist.version):
            if bound.provider == wanted:
                found[dist.key] = found.get(dist.key, SpecifierSet()) & SpecifierSet(bound.bound)
    return found


def opponents(name: str, version: str, facts: Facts, but: Iterable[str] = ()) -> list[str]:
    """Installed distributions that do not go with that version, by their metadata or a known bound."""
    without = set(but)
    return [
        d
        for d, spec in claims(name, facts).items()
        if d not in without and not spec.contains(version, prereleases=True)
    ]


def unmet(name: str, version: str, facts: Facts, index: Index) -> list[str]:
    """Distributions that would have to change for that version of `name`: its requirements that the patient lacks."""
    if not facts.distributions or facts.from_text:
        return []
    found: list[str] = []
    for requirement in requirements(index.requires(name, version), facts):
        installed = facts.version(requirement.name)
        if not installed or not requirement.specifier.contains(installed, prereleases=True):
            found.append(canonicalize_name(requirement.name))
    return found


def nearest(places: Sequence[int], good: Callable[[int], bool], hints: Iterable[int] = ()) -> int | None:
    """The first good one of `places`, for a property that holds in one stretch; None where no probe met it.

    Asks the hints first, then in doubling steps, then halves the stretch between the last bad and the good.
    """
    asked: dict[int, bool] = {}

    def ask(position: int) -> bool:
        if position not in asked:
            asked[position] = len(asked) < MOST_PROBES and good(places[position])
        return asked[position]

    order = [places.index(h) for h in hints if h in places]
    step = 1
    while step - 1 < len(places):
        order.append(step - 1)
        step *= 2
    if places:
        order.append(len(places) - 1)
    hit = next((p for p in order if ask(p)), None)
    if hit is None:
        return None
    low, high = max((p for p, is_good in asked.items() if p < hit and not is_good), default=-1), hit
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if ask(middle) else (middle, high)
    return places[high]


def short_upper(bad: str, good: str) -> str:
    """The shortest prefix of version `bad` that is still above `good`: `<2.19` reads better than `<2.19.0`."""
    numbers = parsed(bad).release
    for length in range(1, len(numbers)):
        prefix = ".".join(map(str, numbers[:length]))
        if Version(prefix) > parsed(good):
            return prefix
    return trimmed(bad)


def trimmed(version: str) -> str:
    """Without trailing zeros: `2.3.0` -> `2.3`."""
    release = parsed(version).release
    plain = ".".join(map(str, release))
    if str(parsed(version)) != plain:
        return version
    while len(release) > 1 and release[-1] == 0:
        release = release[:-1]
    return ".".join(map(str, release))

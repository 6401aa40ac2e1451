"""What must stay while a few distributions change: constraints for the installer, and what broke after all.

Pure: distributions in, lines out. It decides nothing about which level of holding is right.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tts_doctor.model.facts import Distribution

LEVELS = ("all", "requested", "none")


@dataclass(frozen=True)
class Wish:
    """`owner`, installed, requires `requirement`, and has it."""

    owner: str
    requirement: Requirement


def first_of(dists: Iterable[Distribution]) -> dict[str, Distribution]:
    """Canonical name -> the distribution that counts."""
    found: dict[str, Distribution] = {}
    for dist in dists:
        found.setdefault(dist.key, dist)
    return found


def held_names(
    dists: Mapping[str, Distribution], named: Collection[str], level: str, keep: Collection[str]
) -> set[str]:
    """Canonical names that must keep their version. `keep` outranks `named`.

    What the index does not have (local versions such as `+cpu`, editable and direct installations) moves only where it
    is named itself: the index would give another build of it.
    """
    kept = {str(canonicalize_name(name)) for name in keep} & set(dists)
    kept |= {name for name, dist in dists.items() if _is_private(dist)} - set(named)
    if level == "all":
        return (set(dists) - set(named)) | kept
    if level == "requested":
        return ({name for name, dist in dists.items() if dist.requested} - set(named)) | kept
    return kept


def _is_private(dist: Distribution) -> bool:
    return "+" in dist.version or bool(dist.editable or dist.direct_url)


def pins(dists: Mapping[str, Distribution], held: Collection[str]) -> list[str]:
    """`NAME==VERSION` for each that has a version an installer can read."""
    return [f"{name}=={dists[name].version}" for name in sorted(held) if _version(dists[name].version)]


def wishes(dists: Mapping[str, Distribution], markers: Mapping[str, str]) -> tuple[Wish, ...]:
    """Every requirement of an installed distribution that is satisfied now, or whose object is missing."""
    found = []
    for name, dist in dists.items():
        for line in dist.requires:
            requirement = _requirement(line, markers)
            if requirement is None:
                continue
            other = dists.get(canonicalize_name(requirement.name))
            if other is None or is_met(requirement, other):
                found.append(Wish(name, requirement))
    return tuple(found)


def is_met(requirement: Requirement, dist: Distribution) -> bool:
    """False also where the installed version cannot be read."""
    version = _version(dist.version)
    return version is not None and requirement.specifier.contains(version, prereleases=True)


def neighbour_lines(known: Iterable[Wish], movable: Collection[str], owners: Collection[str]) -> list[str]:
    """Constraints that keep what `owners` require of the distributions that may move or come."""
    return sorted({
        f"{w.requirement.name}{w.requirement.specifier}"
        for w in known
        if w.owner in owners and w.requirement.specifier and canonicalize_name(w.requirement.name) in movable
    })  # fmt: skip


def broken(known: Iterable[Wish], before: Mapping[str, Distribution], after: Mapping[str, Distribution]) -> set[str]:
    """Names whose requirement was met before and is not any more, though they themselves did not change."""
    found = set()
    for wish in known:
        name = canonicalize_name(wish.requirement.name)
        owner, old = after.get(wish.owner), before.get(wish.owner)
        if owner is None or old is None or owner.version != old.version or name not in before:
            continue
        if name in after and not is_met(wish.requirement, after[name]):
            found.add(wish.owner)
    return found


def has_version(dist: Distribution) -> bool:
    """Whether installers can read its version."""
    return _version(dist.version) is not None


def _requirement(line: str, markers: Mapping[str, str]) -> Requirement | None:
    try:
        requirement = Requirement(line)
        if requirement.url or (requirement.marker and not requirement.marker.evaluate(dict(markers))):
            return None
    except (InvalidRequirement, InvalidVersion, ValueError, KeyError):
        return None
    return requirement


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None

"""Which distributions a treatment changed. Looks at names and versions only, decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from packaging.utils import canonicalize_name

from tts_doctor.effects.user_files import inside
from tts_doctor.model.facts import Facts
from tts_doctor.model.receipt import Changed
from tts_doctor.parse.metadata import split_folder_name


def versions_of_facts(before: Facts, after: Facts) -> tuple[Changed, ...]:
    """What differs between two readings of a patient."""
    names = sorted(before.by_key.keys() | after.by_key.keys())
    versions = ((name, before.version(name), after.version(name)) for name in names)
    return tuple(Changed(name, old or None, new or None) for name, old, new in versions if old != new)


def versions_on_disk(pairs: tuple[tuple[str, str], ...], sites: Sequence[str]) -> tuple[Changed, ...]:
    """What differs between a patient's site-packages and their clones, by the names of the metadata folders."""
    before, after = ({}, {})  # type: tuple[dict[str, str], dict[str, str]]
    for site in sites:
        before.update(installed_versions(site))
        after.update(installed_versions(inside(pairs, site)))
    names = sorted(n for n in before.keys() | after.keys() if before.get(n) != after.get(n))
    return tuple(Changed(name, before.get(name), after.get(name)) for name in names)


def installed_versions(site: str) -> dict[str, str]:
    """Canonical name -> version, from the names of the metadata folders alone; empty where `site` is missing."""
    found: dict[str, str] = {}
    for entry in Path(site).glob("*-info"):
        if entry.suffix in (".dist-info", ".egg-info") and entry.name[0].isalnum():
            name, version = split_folder_name(entry.name)
            found[canonicalize_name(name)] = version
    return found

"""The version bounds that metadata does not tell: one source of truth, `constraints/bounds.yaml`."""

from __future__ import annotations

from functools import lru_cache

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tts_doctor.knowledge.playbooks import bounds_file, read_compiled
from tts_doctor.model.playbook import Bound
from tts_doctor.parse.playbook import build_bounds, read_bounds, read_yaml


@lru_cache(maxsize=1)
def load_bounds() -> tuple[Bound, ...]:
    """Every bound. Raises PlaybookError where the file is broken."""
    compiled = read_compiled()
    if compiled is not None:
        return build_bounds(compiled["bounds"])
    return read_bounds(read_yaml(bounds_file().read_text("utf-8"), "bounds.yaml"), "bounds.yaml")


@lru_cache(maxsize=1)
def _by_consumer() -> dict[str, list[Bound]]:
    table: dict[str, list[Bound]] = {}
    for bound in load_bounds():
        table.setdefault(canonicalize_name(bound.consumer), []).append(bound)
    return table


@lru_cache(maxsize=1000)
def bounds_for(consumer: str, version: str) -> tuple[Bound, ...]:
    """What `consumer` in `version` is known to need of others beyond its metadata."""
    rows = _by_consumer().get(canonicalize_name(consumer), ())
    try:
        known = Version(version) if rows else None
    except InvalidVersion:
        return ()
    return tuple(bound for bound in rows if known and SpecifierSet(bound.versions).contains(known, prereleases=True))

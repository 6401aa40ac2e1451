"""The version bounds that metadata does not tell: one source of truth, `constraints/bounds.yaml`."""

from __future__ import annotations

from functools import lru_cache

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tts_doctor.knowledge.playbooks import bounds_file, read_compiled
from tts_doctor.model.playbook import Bound
from tts_doctor.parse.playbook import read_bounds, read_yaml


@lru_cache(maxsize=1)
def load_bounds() -> tuple[Bound, ...]:
    """Every bound. Raises PlaybookError where the file is broken."""
    compiled = read_compiled()
    if compiled is not None:
        return read_bounds(compiled["bounds"], "bounds")
    return read_bounds(read_yaml(bounds_file().read_text("utf-8"), "bounds.yaml"), "bounds.yaml")


def bounds_for(consumer: str, version: str) -> tuple[Bound, ...]:
    """What `consumer` in `version` is known to need of others beyond its metadata."""
    try:
        known = Version(version)
    except InvalidVersion:
        return ()
    key = canonicalize_name(consumer)
    return tuple(
        bound
        for bound in load_bounds()
        if canonicalize_name(bound.consumer) == key and SpecifierSet(bound.versions).contains(known, prereleases=True)
    )

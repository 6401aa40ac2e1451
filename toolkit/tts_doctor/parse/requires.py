"""Reads Requires-Dist lines as they hold for one patient: its Python and platform, without extras.

A line that does not parse is left out; what cannot be evaluated is taken to apply.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

from tts_doctor.model.facts import Interpreter

OF_EXTRA = re.compile(r"(?!.*\bor\b).*\bextra\s*==\s*(?:'[^']+'|\"[^\"]+\")", re.DOTALL)
"""A marker that holds only where an extra was asked for."""

EXTRA = re.compile(r"extra\s*==\s*['\"]([\w.-]+)['\"]")


@dataclass(frozen=True)
class Wanted:
    """One requirement that applies."""

    name: NormalizedName
    specifier: SpecifierSet
    line: str

    def admits(self, version: str) -> bool | None:
        """Whether the version will do (pre-releases included); None where it is no version."""
        try:
            return self.specifier.contains(Version(version), prereleases=True)
        except InvalidVersion:
            return None


def wanted_by(lines: Iterable[str], interpreter: Interpreter) -> Iterator[Wanted]:
    """What `lines` ask of the patient."""
    environment = marker_environment(interpreter)
    for line in lines:
        if OF_EXTRA.match(line.partition(";")[2]):
            continue
        requirement = _parse(line)
        if requirement is not None and _applies(requirement, environment):
            yield Wanted(canonicalize_name(requirement.name), requirement.specifier, line)


def optional_of(lines: Iterable[str], interpreter: Interpreter) -> Iterator[tuple[str, tuple[Wanted, ...]]]:
    """Each extra that `lines` speak of, by its canonical name, and what it asks of the patient beyond the rest."""
    environment = marker_environment(interpreter)
    parsed = [(line, r) for line in lines if "extra" in line.partition(";")[2] and (r := _parse(line)) is not None]
    extras = dict.fromkeys(canonicalize_name(name) for line, _ in parsed for name in EXTRA.findall(line))
    for extra in extras:
        with_it = environment | {"extra": extra}
        wanted = [r for _, r in parsed if _applies(r, with_it) and not _applies(r, environment)]
        yield extra, tuple(Wanted(canonicalize_name(r.name), r.specifier, str(r)) for r in wanted)


def marker_environment(interpreter: Interpreter) -> dict[str, str]:
    """Values of environment markers, of a Linux CPython where the patient does not say."""
    minor = interpreter.minor if interpreter.minor != (0, 0) else (3, 10)
    version = ".".join(map(str, minor))
    full = interpreter.version if interpreter.version.count(".") > 1 else f"{version}.0"
    return {
        "python_version": version,
        "python_full_version": full,
        "implementation_version": full,
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "os_name": "posix",
        "sys_platform": interpreter.platform or "linux",
        "platform_system": "Linux",
        "platform_machine": interpreter.machine or "x86_64",
        "platform_release": "",
        "platform_version": "",
        "extra": "",
    }


@lru_cache(maxsize=20000)
def _parse(line: str) -> Requirement | None:
    try:
        return Requirement(line)
    except InvalidRequirement:
        return None


def _applies(requirement: Requirement, environment: dict[str, str]) -> bool:
    if requirement.marker is None:
        return True
    try:
        return requirement.marker.evaluate(environment)
    except (UndefinedComparison, UndefinedEnvironmentName, InvalidVersion, ValueError):
        return True

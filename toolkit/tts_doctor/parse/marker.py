"""Environment markers of a list's lines for a Python that need not be here: a Linux CPython of that minor version."""

from __future__ import annotations

from functools import lru_cache

from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.version import InvalidVersion

from tts_doctor.model.facts import Interpreter
from tts_doctor.parse.requires import marker_environment


@lru_cache(maxsize=1000)
def holds(marker: str, python: str) -> bool:
    """Whether the marker holds on that minor version; true where it cannot be said."""
    if not marker:
        return True
    try:
        return Marker(marker).evaluate(marker_environment(Interpreter(version=python)))
    except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName, InvalidVersion, ValueError):
        return True

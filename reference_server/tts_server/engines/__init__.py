"""Voices behind one protocol, found by entry points of the group `tts_server.engines`."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint, entry_points

from tts_server.engines.base import Engine
from tts_server.errors import EngineError

GROUP = "tts_server.engines"
DEFAULT = "espeak"


def available() -> dict[str, EntryPoint]:
    """Name -> entry point of every installed engine."""
    found = entry_points(group=GROUP) if sys.version_info >= (3, 10) else entry_points().get(GROUP, ())
    return {point.name: point for point in found}


def load(name: str = DEFAULT) -> Engine:
    """The engine of that name, ready to speak. Raises EngineError that says what is missing."""
    points = available()
    if name not in points:
        raise EngineError(f"no engine named {name}; installed: {', '.join(sorted(points)) or 'none'}")
    try:
        engine: Engine = points[name].load()()
    except ImportError as error:
        raise EngineError(f"the engine {name} needs the module {error.name}; see the extras of tts-server") from error
    return engine

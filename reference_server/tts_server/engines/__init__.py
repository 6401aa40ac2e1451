"""Voices behind one protocol, found by entry points of the group `tts_server.engines`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Dict, List, Tuple

from tts_server.engines.base import Engine
from tts_server.errors import EngineError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "tts_server.engines"
DEFAULT = "auto"
PREFERRED = ("fastspeech2", "espeak")
"""What `auto` tries, in this order."""
NEEDS = {"fastspeech2": "onnxruntime pypinyin jieba", "espeak": "espeakng-loader"}
"""What our own engines' modules come from."""


def available() -> Dict[str, EntryPoint]:
    """Name -> entry point of every installed engine."""
    from importlib.metadata import entry_points

    found = entry_points(group=GROUP) if sys.version_info >= (3, 10) else entry_points().get(GROUP, ())
    return {point.name: point for point in found}


def load(name: str = DEFAULT) -> Tuple[Engine, str]:
    """The engine of that name, ready to speak, and why it is not the preferred one ("" where it is).

    Raises EngineError that says what is missing.
    """
    if name != "auto":
        return _load(name), ""
    reasons: List[str] = []
    for candidate in PREFERRED:
        try:
            return _load(candidate), "; ".join(reasons)
        except EngineError as error:
            reasons.append(f"{candidate}: {error}")
    raise EngineError("; ".join(reasons))


def _load(name: str) -> Engine:
    points = available()
    if name not in points:
        raise EngineError(f"no engine named {name}; installed: {', '.join(sorted(points)) or 'none'}")
    try:
        engine: Engine = points[name].load()()
    except ImportError as error:
        hint = f"; pip install {NEEDS[name]}" if name in NEEDS else ""
        raise EngineError(f"the engine {name} cannot start: {error}{hint}") from error
    return engine

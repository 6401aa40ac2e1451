"""What is to be said: parts of text, each with its manner and the silence behind it. Decides nothing."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Dict, List, Optional, Tuple

from tts_server.engines.base import Manner


@dataclass(frozen=True)
class Part:
    """`pause`: seconds of silence behind the text, whatever the manner; None: what its last sign asks for."""

    text: str
    manner: Manner = field(default_factory=Manner)
    pause: Optional[float] = None


Script = Tuple[Part, ...]


def plain(text: str, manner: Manner) -> Script:
    """One text in one manner, with nothing behind it."""
    return (Part(text, manner, 0.0),)


def packed(script: Script) -> List[Dict[str, Any]]:
    return [asdict(part) for part in script]


def unpacked(value: List[Dict[str, Any]]) -> Script:
    return tuple(Part(part["text"], Manner(**part["manner"]), part["pause"]) for part in value)

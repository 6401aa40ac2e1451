"""What a static diagnosis was made from: gathered on the way, so that it can be told later whether it still holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tts_doctor.effects.ask_interpreter import Asked
from tts_doctor.effects.module_cache import ModuleCache

if TYPE_CHECKING:
    from tts_doctor.model.facts import Facts


@dataclass
class Grounds:
    """`asked` and `cache` serve the examination, which fills the rest in."""

    asked: Asked
    """The interpreter, which was asked ahead."""
    cache: ModuleCache
    paths: set[str] = field(default_factory=set)
    """Files and folders that were looked at, beside those that `cache` knows of."""
    facts: Facts | None = None

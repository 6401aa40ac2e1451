"""What the server asks of a voice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

EMOTIONS = ("neutral", "happy", "sad", "angry", "calm")


@dataclass(frozen=True)
class Speech:
    """`samples`: one channel, int16, `sample_rate` of them for each second."""

    samples: Any
    sample_rate: int

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.sample_rate

    @property
    def silent(self) -> bool:
        """True where nothing can be heard: no samples, or none over -54 dBFS."""
        return not len(self.samples) or int(abs(self.samples.astype("int32")).max()) < 64


class Engine(Protocol):
    """A voice. `speak` may be called from several threads; an engine that cannot do that takes its own lock."""

    name: str
    model: str
    sample_rate: int

    def speak(self, text: str, emotion: str) -> Speech:
        """The text, read aloud with one of EMOTIONS; silent where there is nothing to say. Raises EngineError."""
        ...

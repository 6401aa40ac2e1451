"""What the server asks of a voice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterator, Protocol, Tuple

EMOTIONS = ("neutral", "happy", "sad", "angry", "calm")
SPEEDS = (0.5, 2.0)
PITCHES = (-4.0, 4.0)
VOLUMES = (0.1, 2.0)


@dataclass(frozen=True)
class Manner:
    """How a text is said: `speed` and `volume` are factors, `pitch` is in semitones; each on top of the emotion."""

    emotion: str = "neutral"
    speed: float = 1.0
    pitch: float = 0.0
    volume: float = 1.0


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
    """A voice in a process of its own: one call at a time."""

    name: str
    model: str
    voices: Tuple[str, ...]
    sample_rate: int

    def limit(self, manner: Manner) -> int:
        """How many characters of written-out text one call may get."""
        ...

    def say(self, clause: str, manner: Manner) -> Iterator[Any]:
        """Pieces of one clause, float32 within -1 and 1, in order; the clause is written out (see tts_server.text).

        Raises EngineError.
        """
        ...

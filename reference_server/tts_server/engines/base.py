"""What the server asks of a voice."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Iterator, Protocol, Tuple, TypeVar

EMOTIONS = ("neutral", "happy", "sad", "angry", "calm")
INTENSITIES = (0.0, 1.0)
SPEEDS = (0.5, 2.0)
PITCHES = (-4.0, 4.0)
PITCH_RANGES = (0.5, 2.0)
VOLUMES = (0.1, 2.0)
PAUSES = (0.0, 4.0)
Preset = TypeVar("Preset")


@dataclass(frozen=True)
class Manner:
    """How a text is said: factors, but `pitch` in semitones; each on top of the emotion.

    `intensity` is the emotion's share; `pitch_range` spreads the melody around its middle; `pauses` lengthens the
    silence between clauses, `speed` shortens it; `voice` is the engine's first where it is empty.
    """

    emotion: str = "neutral"
    speed: float = 1.0
    pitch: float = 0.0
    volume: float = 1.0
    intensity: float = 1.0
    pitch_range: float = 1.0
    pauses: float = 1.0
    voice: str = ""


CAPABILITIES = ("emotions", "speed", "pitch", "pitch_range", "clone")
"""What an engine may be able to do by itself. `clone`: speak with the timbre of a recording; ours do not."""
BOUNDS = {
    "speed": SPEEDS, "pitch": PITCHES, "volume": VOLUMES, "intensity": INTENSITIES, "pitch_range": PITCH_RANGES,
    "pauses": PAUSES,
}  # fmt: skip
"""The least and the most of each figure of a manner."""


def blend(plain: Preset, full: Preset, share: float) -> Preset:
    """Figures between those of two presets: 0 gives the first, 1 the second."""
    names = [field.name for field in fields(plain)]  # type: ignore[arg-type]
    mixed = {name: getattr(plain, name) + share * (getattr(full, name) - getattr(plain, name)) for name in names}
    return type(plain)(**mixed)


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
    capabilities: Tuple[str, ...]
    """Of CAPABILITIES; what is not named is left as the voice has it."""
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

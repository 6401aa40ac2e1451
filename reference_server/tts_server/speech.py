"""A script in, samples out, while they are made: clauses, their pauses, the joints between them.

Which words are said is the text front end's business, how they sound the engine's.
"""

from __future__ import annotations

from typing import Any, Iterator

import numpy as np

from tts_server.engines.base import Engine, Speech
from tts_server.script import Script
from tts_server.text import clauses

FADE_SECONDS = 0.005
BENT, LOUDEST = 0.9, 0.99
"""Above the first share of full scale loudness is bent towards the second, so that nothing clips."""


def stream(engine: Engine, script: Script) -> Iterator[Any]:
    """int16 samples of the whole script, piece by piece; nothing where there is nothing to say. Raises EngineError."""
    for part in script:
        manner = part.manner
        found = clauses(part.text, engine.limit(manner))
        for number, clause in enumerate(found):
            for piece in faded(engine.say(clause.text, manner), int(FADE_SECONDS * engine.sample_rate)):
                yield _pcm(piece * np.float32(manner.volume))
            if number < len(found) - 1 or part.pause is None:
                yield from _silence(clause.pause * manner.pauses / manner.speed, engine.sample_rate)
        yield from _silence(part.pause or 0.0, engine.sample_rate)


def speak(engine: Engine, script: Script) -> Speech:
    """The whole script at once."""
    pieces = list(stream(engine, script))
    return Speech(np.concatenate(pieces) if pieces else np.zeros(0, np.int16), engine.sample_rate)


def _silence(seconds: float, rate: int) -> Iterator[Any]:
    if seconds:
        yield np.zeros(int(seconds * rate), np.int16)


def faded(pieces: Iterator[Any], length: int) -> Iterator[Any]:
    """The pieces with the first and the last `length` samples of the whole faded, whatever the pieces' sizes."""
    ramp = np.linspace(0, 1, length, dtype=np.float32)
    held: Any = np.zeros(0, np.float32)
    started = 0
    for piece in pieces:
        piece = np.array(piece, dtype=np.float32)
        if started < length:
            count = min(length - started, len(piece))
            piece[:count] *= ramp[started : started + count]
            started += count
        held = np.concatenate([held, piece])
        if len(held) > length:
            yield held[: len(held) - length]
            held = held[len(held) - length :]
    if len(held):
        yield held * ramp[::-1][length - len(held) :]


def _pcm(piece: Any) -> Any:
    size = np.abs(piece)
    room = LOUDEST - BENT
    bent = np.sign(piece) * (BENT + room * np.tanh((size - BENT) / room))
    return np.round(np.where(size > BENT, bent, piece) * 32767).astype(np.int16)

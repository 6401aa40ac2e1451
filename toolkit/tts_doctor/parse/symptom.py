"""A run's output in, a symptom out: undecorated text and its chain of errors. Decides nothing about causes."""

from __future__ import annotations

from collections.abc import Sequence

from tts_doctor.model.symptom import Symptom
from tts_doctor.parse.log import clean
from tts_doctor.parse.traceback import read_errors


def read_symptom(
    text: str,
    command: Sequence[str] = (),
    exit_code: int | None = None,
    seconds: float = 0.0,
    interpreter: str = "",
) -> Symptom:
    """Read what a command printed (or a user pasted). `seconds` is how long it ran; never raises."""
    cleaned = clean(text)
    return Symptom(cleaned, read_errors(cleaned), tuple(command), exit_code, seconds, interpreter)

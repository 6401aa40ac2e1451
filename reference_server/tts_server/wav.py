"""Samples in, a WAV file's bytes out."""

from __future__ import annotations

import io
import wave

from tts_server.engines.base import Speech


def encode(speech: Speech) -> bytes:
    """RIFF, PCM, 16 bit, one channel."""
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(speech.sample_rate)
        file.writeframes(speech.samples.tobytes())
    return target.getvalue()

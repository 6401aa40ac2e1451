"""A JSON body in, a checked wish for speech out. Decides what is refused and with which code; speaks nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tts_server.engines.base import EMOTIONS
from tts_server.errors import ApiError

MAX_CHARACTERS = 1000


@dataclass(frozen=True)
class Wish:
    text: str
    emotion: str = "neutral"


def read_wish(body: Any) -> Wish:
    """`{"text": str, "emotion": str = "neutral"}` as a Wish. Raises ApiError (400, 413)."""
    if not isinstance(body, dict):
        raise ApiError(400, "bad_json", "The body must be a JSON object with the members text and emotion.")
    text = body.get("text")
    if not isinstance(text, str):
        raise ApiError(400, "bad_text", "The member text must be a string.")
    if not text.strip():
        raise ApiError(400, "empty_text", "The text is empty.")
    if len(text) > MAX_CHARACTERS:
        sentence = f"The text has more than {MAX_CHARACTERS} characters."
        raise ApiError(413, "text_too_long", sentence, limit=MAX_CHARACTERS)
    emotion = body.get("emotion", "neutral")
    if not isinstance(emotion, str) or emotion not in EMOTIONS:
        raise ApiError(400, "unknown_emotion", f"Known emotions: {', '.join(EMOTIONS)}.", emotions=list(EMOTIONS))
    return Wish(text.strip(), emotion)

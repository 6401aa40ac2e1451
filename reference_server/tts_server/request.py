"""A JSON body in, a checked wish for speech out. Decides what is refused and with which code; speaks nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Sequence, Tuple

from flask import request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from tts_server.audio import FORMATS
from tts_server.engines.base import EMOTIONS, PITCHES, SPEEDS, VOLUMES, Manner
from tts_server.errors import ApiError

MODELS = ("tts-1", "tts-1-hd", "gpt-4o-mini-tts")
"""Names that OpenAI's clients send; all mean the one model there is."""
VOICES = ("default", "alloy", "ash", "ballad", "coral", "echo", "fable", "nova", "onyx", "sage", "shimmer", "verse")
"""The same for voices."""


@dataclass(frozen=True)
class Wish:
    text: str
    manner: Manner
    format: str = "wav"
    stream: bool = False


def read_body() -> Mapping[str, Any]:
    """The request's JSON object. Raises ApiError (400)."""
    try:
        body = request.get_json(force=True)
    except RequestEntityTooLarge:
        raise
    except (BadRequest, RecursionError) as error:
        raise ApiError(400, "bad_json", "The body is not JSON.") from error
    if not isinstance(body, dict):
        raise ApiError(400, "bad_json", "The body must be a JSON object.")
    return body


def read_wish(body: Mapping[str, Any], limit: int) -> Wish:
    """`{"text", "emotion", "speed", "pitch", "volume", "format", "stream"}`; all but the text may be missing.

    Raises ApiError (400, 413).
    """
    return Wish(_text(body, "text", limit), _manner(body), _choice(body, "format", "wav", tuple(FORMATS)), _flag(body))


def read_openai_wish(body: Mapping[str, Any], limit: int, models: Sequence[str], voices: Sequence[str]) -> Wish:
    """The members of OpenAI's speech endpoint, with emotion, pitch and volume. Raises ApiError (400, 404, 413)."""
    model = body.get("model", MODELS[0])
    if model not in (*models, *MODELS):
        raise ApiError(404, "model_not_found", "There is no such model; GET /v1/models lists them.")
    _choice(body, "voice", "default", (*voices, *VOICES), code="unknown_voice")
    _choice(body, "stream_format", "audio", ("audio",))
    text = _text(body, "input", limit)
    return Wish(text, _manner(body), _choice(body, "response_format", "mp3", tuple(FORMATS)), stream=True)


def _text(body: Mapping[str, Any], name: str, limit: int) -> str:
    text = body.get(name)
    if not isinstance(text, str):
        raise ApiError(400, "bad_text", f"The member {name} must be a string.")
    if not text.strip():
        raise ApiError(400, "empty_text", "The text is empty.")
    if len(text) > limit:
        raise ApiError(413, "text_too_long", f"The text has more than {limit} characters.", limit=limit)
    return text.strip()


def _manner(body: Mapping[str, Any]) -> Manner:
    emotion = body.get("emotion", "neutral")
    if not isinstance(emotion, str) or emotion not in EMOTIONS:
        raise ApiError(400, "unknown_emotion", f"Known emotions: {', '.join(EMOTIONS)}.", emotions=list(EMOTIONS))
    return Manner(
        emotion, _number(body, "speed", 1.0, SPEEDS), _number(body, "pitch", 0.0, PITCHES),
        _number(body, "volume", 1.0, VOLUMES),
    )  # fmt: skip


def _number(body: Mapping[str, Any], name: str, default: float, bounds: Tuple[float, float]) -> float:
    value = body.get(name, default)
    fits = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not fits or not bounds[0] <= value <= bounds[1]:
        sentence = f"The member {name} must be a number from {bounds[0]:g} to {bounds[1]:g}."
        raise ApiError(400, f"bad_{name}", sentence, minimum=bounds[0], maximum=bounds[1])
    return float(value)


def _choice(body: Mapping[str, Any], name: str, default: str, known: Sequence[str], code: str = "") -> str:
    value = body.get(name, default)
    if not isinstance(value, str) or value not in known:
        raise ApiError(400, code or f"unknown_{name}", f"Known: {', '.join(known)}.", known=list(known))
    return value


def _flag(body: Mapping[str, Any]) -> bool:
    value = body.get("stream", False)
    if not isinstance(value, bool):
        raise ApiError(400, "bad_stream", "The member stream must be true or false.")
    return value

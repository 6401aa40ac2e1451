"""A JSON object in, a checked wish for speech out. Decides what is refused and with which code; speaks nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Sequence

from flask import request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from tts_server import ssml
from tts_server.audio import FORMATS
from tts_server.engines.base import BOUNDS, EMOTIONS, Manner
from tts_server.errors import ApiError
from tts_server.script import Script, plain

MODELS = ("tts-1", "tts-1-hd", "gpt-4o-mini-tts")
"""Names that OpenAI's clients send; all mean the one model there is."""
VOICES = ("default", "alloy", "ash", "ballad", "coral", "echo", "fable", "nova", "onyx", "sage", "shimmer", "verse")
"""The same for voices."""


@dataclass(frozen=True)
class Wish:
    script: Script
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


def read_wish(body: Mapping[str, Any], limit: int, voices: Sequence[str]) -> Wish:
    """`text`, the members of a manner (see read_manner), `format` and `stream`; all but the text may be missing.

    Raises ApiError (400, 413).
    """
    manner = read_manner(body, voices)
    script = read_script(body, "text", manner, limit)
    return Wish(script, _choice(body, "format", "wav", tuple(FORMATS)), _flag(body))


def read_openai_wish(body: Mapping[str, Any], limit: int, models: Sequence[str], voices: Sequence[str]) -> Wish:
    """The members of OpenAI's speech endpoint, with those of a manner. Raises ApiError (400, 404, 413)."""
    model = body.get("model", MODELS[0])
    if not isinstance(model, str) or model not in (*models, *MODELS):
        raise ApiError(404, "model_not_found", "There is no such model; GET /v1/models lists them.")
    _choice(body, "stream_format", "audio", ("audio",))
    manner = read_manner(body, voices)
    script = read_script(body, "input", manner, limit)
    return Wish(script, _choice(body, "response_format", "mp3", tuple(FORMATS)), stream=True)


def read_script(body: Mapping[str, Any], name: str, manner: Manner, limit: int) -> Script:
    """A plain text, or a `<speak>` document, at most `limit` characters to be spoken. Raises ApiError (400, 413)."""
    text = body.get(name)
    if not isinstance(text, str):
        raise ApiError(400, "bad_text", f"The member {name} must be a string.")
    script = ssml.parse(text, manner) if ssml.is_ssml(text) else plain(text.strip(), manner)
    count = sum(len(part.text) for part in script)
    if not any(part.text.strip() for part in script):
        raise ApiError(400, "empty_text", "The text is empty.")
    if count > limit:
        raise ApiError(413, "text_too_long", f"The text has more than {limit} characters.", limit=limit)
    return script


def read_manner(body: Mapping[str, Any], voices: Sequence[str]) -> Manner:
    """`emotion`, `voice` and the figures of BOUNDS; what is missing is neutral. Raises ApiError (400)."""
    emotion = body.get("emotion", "neutral")
    if not isinstance(emotion, str) or emotion not in EMOTIONS:
        raise ApiError(400, "unknown_emotion", f"Known emotions: {', '.join(EMOTIONS)}.", emotions=list(EMOTIONS))
    voice = _choice(body, "voice", "default", (*voices, *VOICES))
    figures = {name: _number(body, name, getattr(Manner, name)) for name in BOUNDS}
    return Manner(emotion=emotion, voice=voice if voice in voices else "", **figures)


def _number(body: Mapping[str, Any], name: str, default: float) -> float:
    value, bounds = body.get(name, default), BOUNDS[name]
    fits = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not fits or not bounds[0] <= value <= bounds[1]:
        sentence = f"The member {name} must be a number from {bounds[0]:g} to {bounds[1]:g}."
        raise ApiError(400, f"bad_{name}", sentence, minimum=bounds[0], maximum=bounds[1])
    return float(value)


def _choice(body: Mapping[str, Any], name: str, default: str, known: Sequence[str]) -> str:
    value = body.get(name, default)
    if not isinstance(value, str) or value not in known:
        code = f"unknown_{name.replace('response_', '')}"
        raise ApiError(400, code, f"Known: {', '.join(known)}.", known=list(known))
    return value


def _flag(body: Mapping[str, Any]) -> bool:
    value = body.get("stream", False)
    if not isinstance(value, bool):
        raise ApiError(400, "bad_stream", "The member stream must be true or false.")
    return value

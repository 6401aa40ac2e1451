"""What the server offers, as OpenAPI 3.1 at `/openapi.json`, made from the bounds and names that requests are read by.

Holds every route that is not the page's; a test keeps the two equal.
"""

from __future__ import annotations

from typing import Any, Dict, Sequence

from flask import Blueprint, Response, current_app, jsonify

from tts_server import __version__
from tts_server.api import jobs
from tts_server.api.styles import MOST_BYTES
from tts_server.audio import FORMATS
from tts_server.engines.base import BOUNDS, EMOTIONS, Manner
from tts_server.request import MODELS, VOICES
from tts_server.style import TAKEN

blueprint = Blueprint("document", __name__)
Schema = Dict[str, Any]
FIGURES = {
    "speed": "Factor; larger is faster.", "pitch": "Semitones.", "volume": "Factor.",
    "intensity": "Share of the emotion.", "pitch_range": "Factor on the melody's range.",
    "pauses": "Factor on the silence between clauses.",
}  # fmt: skip
REASONS = {
    400: "The request cannot be understood, or asks for what there is not.",
    401: "A bearer token is needed.",
    403: "A page of another site asks.",
    404: "There is no such model or job.",
    409: "The job is not finished; Retry-After says when to come again.",
    413: "The text or the body is too long.",
    429: "Too many requests wait, or come from this client; Retry-After says when to come again.",
    500: "Something failed; the server's log has the reason.",
    501: "The server lacks a part for this; the sentence names the distribution.",
    503: "No voice is ready, and /health says why; or there is no broker for jobs.",
    504: "Not ready in time; the work has been ended.",
}


@blueprint.get("/openapi.json")
def document() -> Response:
    about = current_app.config["POOL"].about
    return jsonify(describe(current_app.config["SETTINGS"].characters, tuple(about.get("voices", ()))))


def describe(characters: int, voices: Sequence[str]) -> Schema:
    """The document for a server that takes texts of so many characters and has these voices."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "tts-server", "version": __version__, "description": "Chinese speech with emotions."},
        "paths": {**_speaking(characters, voices), **_batches(characters, voices), **_listing()},
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "responses": {str(status): _failure(status) for status in REASONS},
            "schemas": {"Error": _error(), "OpenAIError": _openai_error(), "Measure": _measure()},
        },
    }


def _speaking(characters: int, voices: Sequence[str]) -> Schema:
    formats = _enum(FORMATS)
    # Blank texts are refused as empty, plain signs as unspeakable: no pattern says which those are.
    text = {"type": "string", "minLength": 1, "maxLength": characters, "description": "Plain text, or SSML: <speak>…"}
    manner = _manner(voices)
    tts = {**manner, "text": text, "format": {**formats, "default": "wav"}, "stream": {"type": "boolean"}}
    models = {"type": "string", "description": "An engine's name, or OpenAI's.", "examples": list(MODELS)}
    speech = {
        **manner, "input": text, "model": models, "response_format": {**formats, "default": "mp3"},
        "stream_format": {"const": "audio"},
    }  # fmt: skip
    recording = {"type": "string", "format": "binary", "maxLength": MOST_BYTES}
    query = {"name": "voice", "in": "query", "schema": _enum([*voices, *VOICES])}
    style = {
        "voice": {"type": "string"}, "beyond": {"type": "array", "items": {"enum": list(TAKEN)}},
        "manner": {"type": "object", "properties": {name: _figure(name) for name in TAKEN}, "required": list(TAKEN)},
        "measured": {"$ref": "#/components/schemas/Measure"},
    }  # fmt: skip
    return {
        "/api/tts": {"post": _speaks("Speak a text; the whole answer unless stream is true.", tts, "text")},
        "/v1/audio/speech": {"post": {
            **_speaks("Speak a text while it is made, as OpenAI's clients ask for it.", speech, "input", (404,)),
        }},
        "/v1/styles": {"post": {
            "summary": "The manner of speaking that comes near a recording: give its members back with a text.",
            "security": [{}, {"bearer": []}],
            "parameters": [query],
            "requestBody": {"required": True, "content": {"application/octet-stream": {"schema": recording}}},
            "responses": {"200": _json("The manner, and what was measured.", _object(style)), **_failures()},
        }},
        "/v1/stream": {"get": {
            "summary": "WebSocket: text in while it is written, speech out while it is made.",
            "description": "JSON messages in: start, text, flush, clear, end; see the server's README.",
            "security": [{}, {"bearer": []}],
            "responses": {"101": {"description": "The stream is open."}, **_failures(400, 401, 403)},
        }},
    }  # fmt: skip


def _batches(characters: int, voices: Sequence[str]) -> Schema:
    text = {"type": "string", "minLength": 1, "maxLength": characters}
    own = {"type": "object", "properties": {**_manner(voices), "text": text}, "required": ["text"]}
    items = {"type": "array", "items": {"anyOf": [text, own]}, "minItems": 1, "maxItems": jobs.MOST_ITEMS}
    members = {**_manner(voices), "items": items, "format": {**_enum(FORMATS), "default": jobs.FORMAT}}
    body = {"type": "object", "properties": members, "required": ["items"]}
    counts = {name: {"type": "integer"} for name in ("total", "done", "failed")}
    states = {"enum": ["queued", "running", "done", "cancelled"]}
    job = _json("The job.", _object({"id": {"type": "string"}, "status": states, **counts}))
    written = {"type": "string", "pattern": "^[0-9a-f]+$"}
    number = {"name": "number", "in": "path", "required": True, "schema": written}
    one = {"parameters": [number]}
    archive = {"application/zip": {"schema": {"type": "string", "format": "binary"}}}
    return {
        jobs.PATH: {"post": {
            "summary": "Many texts at once; members beside items hold for those that have none of their own.",
            "security": [{}, {"bearer": []}],
            "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
            "responses": {"202": job, **_failures(400, 401, 413, 429, 500, 503)},
        }},
        f"{jobs.PATH}/{{number}}": {
            "get": {**one, **_asks("How far a job is.", {"200": job, **_failures(401, 404, 503)}, True)},
            "delete": {**one, **_asks("Begin no further item.", {"200": job, **_failures(401, 404, 503)}, True)},
        },
        f"{jobs.PATH}/{{number}}/result": {
            "get": {**one, **_asks("What is done of an ended job, as a zip.", {
                "200": {"description": "Sounds and job.json.", "content": archive}, **_failures(401, 404, 409, 503),
            }, True)},
        },
    }  # fmt: skip


def _listing() -> Schema:
    identified = _object({"id": {"type": "string"}})
    models = _object({"object": {"const": "list"}, "data": {"type": "array", "items": identified}})
    voices = _object({"voices": {"type": "array", "items": identified}, "aliases": {"type": "array"}})
    states = {"status": {"enum": ["starting", "ready", "busy", "failed"]}, "reason": {"type": "string"}}
    state = {"type": "object", "properties": states, "required": ["status"]}
    health = {"200": _json("A request would be answered.", state), "503": _json("Why not.", state)}
    plain = {"200": {"description": "Counters.", "content": {"text/plain": {"schema": {"type": "string"}}}}}
    live = {"200": _json("The web process answers.", _object({"status": {"const": "live"}}))}
    own = {"200": _json("This document.", {"type": "object"})}
    return {
        "/v1/models": {"get": _asks("The names of the one model there is.", _listed(models), guarded=True)},
        "/v1/audio/voices": {"get": _asks("The voices, their emotions, and OpenAI's names.", _listed(voices), True)},
        "/health": {"get": _asks("How the server is.", health)},
        "/ready": {"get": _asks("Whether a request would be answered.", health)},
        "/live": {"get": _asks("Whether the web process answers at all.", live)},
        "/metrics": {"get": _asks("For Prometheus.", {**plain, **_failures(401)}, guarded=True)},
        "/openapi.json": {"get": _asks("This document.", own)},
    }


def _manner(voices: Sequence[str]) -> Schema:
    figures = {name: _figure(name) for name in BOUNDS}
    return {**figures, "emotion": {**_enum(EMOTIONS), "default": "neutral"}, "voice": _enum([*voices, *VOICES])}


def _figure(name: str) -> Schema:
    low, high = BOUNDS[name]
    bounds = {"type": "number", "minimum": low, "maximum": high, "default": getattr(Manner, name)}
    return {**bounds, "description": FIGURES[name]}


def _enum(names: Any) -> Schema:
    return {"type": "string", "enum": list(names)}


def _object(members: Schema) -> Schema:
    return {"type": "object", "properties": members, "required": list(members)}


def _speaks(summary: str, members: Schema, text: str, more: Sequence[int] = ()) -> Schema:
    body = {"type": "object", "properties": members, "required": [text]}
    sound = {chosen.mimetype: {"schema": {"type": "string", "format": "binary"}} for chosen in FORMATS.values()}
    return {
        "summary": summary,
        "security": [{}, {"bearer": []}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {"200": {"description": "The speech.", "content": sound}, **_failures(
            400, 401, *more, 413, 429, 500, 503, 504
        )},
    }  # fmt: skip


def _asks(summary: str, responses: Schema, guarded: bool = False) -> Schema:
    return {"summary": summary, "responses": responses, **({"security": [{}, {"bearer": []}]} if guarded else {})}


def _listed(schema: Schema) -> Schema:
    return {"200": _json("The list.", schema), **_failures(401)}


def _failures(*statuses: int) -> Schema:
    return {str(status): {"$ref": f"#/components/responses/{status}"} for status in statuses or REASONS}


def _failure(status: int) -> Schema:
    forms = {"anyOf": [{"$ref": "#/components/schemas/Error"}, {"$ref": "#/components/schemas/OpenAIError"}]}
    wait = {"Retry-After": {"schema": {"type": "string"}, "description": "Seconds."}}
    return {**_json(REASONS[status], forms), "headers": wait if status in (409, 429, 503) else {}}


def _json(description: str, schema: Schema) -> Schema:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _error() -> Schema:
    code = {"type": "string", "description": "Stable; see the server's README."}
    return _object({"error": {"type": "string"}, "code": code})


def _openai_error() -> Schema:
    names = ("message", "type", "code")
    return _object({"error": _object({name: {"type": "string"} for name in names})})


def _measure() -> Schema:
    return _object({name: {"type": "number"} for name in ("seconds", "pitch", "spread", "tempo", "level", "pause")})

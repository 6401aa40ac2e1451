"""The endpoints that speak: the handbook's `/api/tts` and OpenAI's `/v1/audio/speech`."""

from __future__ import annotations

import time
from typing import Iterator, Tuple

from flask import Blueprint, Response, current_app, g, jsonify, request

from tts_server.audio import FORMATS, encode, encoded
from tts_server.engines.base import EMOTIONS
from tts_server.errors import ApiError
from tts_server.metrics import Metrics
from tts_server.pool import Job, Pool
from tts_server.request import MODELS, VOICES, Wish, read_body, read_openai_wish, read_wish

blueprint = Blueprint("speech", __name__)


def _parts() -> Tuple[Pool, Metrics]:
    return current_app.config["POOL"], current_app.config["METRICS"]


@blueprint.post("/api/tts")
def tts() -> Response:
    _admit()
    voices = tuple(_parts()[0].about.get("voices", ()))
    return _answer(read_wish(read_body(), current_app.config["SETTINGS"].characters, voices))


@blueprint.post("/v1/audio/speech")
def speech() -> Response:
    _admit()
    about = _parts()[0].about
    models, voices = (about.get("engine", ""), about.get("model", "")), tuple(about.get("voices", ()))
    return _answer(read_openai_wish(read_body(), current_app.config["SETTINGS"].characters, models, voices))


@blueprint.get("/v1/models")
def models() -> Response:
    about = _parts()[0].about
    names = ([about["engine"]] if about else []) + list(MODELS)
    return jsonify(
        object="list", data=[{"id": name, "object": "model", "created": 0, "owned_by": "tts-server"} for name in names]
    )


@blueprint.get("/v1/audio/voices")
def voices() -> Response:
    about = _parts()[0].about
    more = {"language": "zh-CN", "emotions": list(EMOTIONS), "capabilities": about.get("capabilities", [])}
    own = [{"id": name, "name": name, **more} for name in about.get("voices", ())]
    return jsonify(voices=own, aliases=list(VOICES))


def _admit() -> None:
    current_app.config["RATE"].take(request.remote_addr or "")


def _answer(wish: Wish) -> Response:
    pool, metrics = _parts()
    job = pool.submit(wish.script)
    rate = int(pool.about["sample_rate"])
    pieces = measured(job, metrics, rate, g.started)
    # What fails before the first sound is still an answer with a status.
    first = next(pieces, None)
    if first is None:
        raise ApiError(400, "unspeakable_text", "The voice finds nothing to say in this text.")
    if wish.stream:
        response = Response(encoded(_chained(first, pieces), rate, wish.format), mimetype=FORMATS[wish.format].mimetype)
        response.call_on_close(job.cancel)
    else:
        samples = b"".join(_chained(first, pieces))
        response = Response(encode(samples, rate, wish.format), mimetype=FORMATS[wish.format].mimetype)
        response.headers["X-Audio-Seconds"] = f"{len(samples) / 2 / rate:.3f}"
    response.headers["Content-Disposition"] = f'inline; filename="speech.{wish.format}"'
    response.headers["X-Sample-Rate"] = str(rate)
    return response


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def measured(job: Job, metrics: Metrics, rate: int, started: float) -> Iterator[bytes]:
    """The job's pieces, noted in the metrics as they pass; `started`: monotonic seconds."""
    count = 0
    for piece in job.pieces():
        if not count:
            metrics.first.observe(time.monotonic() - started)
        count += len(piece)
        yield piece
    seconds = count / 2 / rate
    metrics.audio.inc(seconds)
    if seconds:
        metrics.factor.observe(job.cpu / seconds)

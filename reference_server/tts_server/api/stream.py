"""Text in while it is written, speech out while it is made: WebSocket at `/v1/stream`.

JSON messages come in: `start` (the manner, at most once, first), `text`, `flush` (say what has come so far), `clear`
(be silent, forget the rest), `end`. Out go `started` with the sample rate, int16 samples as binary messages, `spoken`
behind each piece of text, `cleared`, `ended`, `error`. What may be said is decided in request.py.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
import time
from typing import Any, Mapping, Optional, Tuple
from urllib.parse import urlsplit

from flask import Flask, current_app, g, request
from flask_sock import Sock
from simple_websocket import ConnectionClosed, Server

from tts_server.api.speech import measured
from tts_server.engines.base import Manner
from tts_server.errors import ApiError, EngineError
from tts_server.logs import LOG
from tts_server.metrics import Metrics
from tts_server.pool import Job, Pool
from tts_server.rate import Rate
from tts_server.request import read_manner
from tts_server.script import Part

IDLE_SECONDS = 60.0
CHUNK = 32 * 1024
MESSAGE_BYTES = 64 * 1024
COMPLETE = re.compile(r".*(?:[。！？!?；;…\n]|[，,.：:、—](?=[^\d\s]|\s))", re.DOTALL)
"""Up to the last sign at which a voice may pause; behind some only where no figure follows."""


def add_to(app: Flask) -> None:
    app.config["SOCK_SERVER_OPTIONS"] = {"max_message_size": MESSAGE_BYTES, "ping_interval": 25}
    app.config["STREAMS"] = threading.BoundedSemaphore(max(1, app.config["SETTINGS"].streams))
    app.before_request(_admit)
    Sock(app).route("/v1/stream")(_serve)


def _admit() -> None:
    """Refuse with a status what a page of another site asks through a visitor's browser."""
    if request.path != "/v1/stream":
        return
    origin = request.headers.get("Origin")
    if origin and urlsplit(origin).netloc != request.host:
        raise ApiError(403, "foreign_origin", "This page may not use the stream.")


def _serve(socket: Server) -> None:
    places: threading.BoundedSemaphore = current_app.config["STREAMS"]
    if not places.acquire(blocking=False):
        _tell_error(socket, ApiError(429, "too_busy", "Too many streams are open.", retry_after=5))
        return
    config = current_app.config
    stream = Stream(
        socket, config["POOL"], config["METRICS"], config["RATE"], config["SETTINGS"].characters,
        request.remote_addr or "",
    )  # fmt: skip
    try:
        stream.run()
    finally:
        places.release()
        # gunicorn gets no answer to close, at which other requests are noted.
        config["METRICS"].requests.labels("/v1/stream", "101").inc()
        milliseconds = round((time.monotonic() - g.started) * 1000, 1)
        more = {"request_id": g.request_id, "method": "GET", "endpoint": "/v1/stream", "status": 101}
        LOG.info("request", extra={"more": {**more, "milliseconds": milliseconds}})


class Stream:
    """One connection: the calling thread listens, another speaks, so that text comes in while sound goes out."""

    def __init__(self, socket: Server, pool: Pool, metrics: Metrics, rate: Rate, limit: int, client: str) -> None:
        self._socket, self._pool, self._metrics, self._rate = socket, pool, metrics, rate
        self._limit, self._client = limit, client
        self._manner = Manner()
        self._text, self._whole, self._ended, self._gone = "", False, False, False
        self._started = False
        self._job: Optional[Job] = None
        self._change = threading.Condition()

    def run(self) -> None:
        speaker = threading.Thread(target=self._speak, daemon=True)
        try:
            self._listen(speaker)
        except ApiError as error:
            self._clear(gone=True)
            _tell_error(self._socket, error)
        except ConnectionClosed:
            self._clear(gone=True)
        finally:
            if speaker.ident:
                speaker.join()

    def _listen(self, speaker: threading.Thread) -> None:
        heard = time.monotonic()
        while not self._ended and not self._gone:
            message = self._socket.receive(timeout=1)
            if message is not None:
                self._take(_read(message), speaker)
                heard = time.monotonic()
            elif time.monotonic() - heard > IDLE_SECONDS and self._job is None:
                raise ApiError(408, "idle", f"No message came for {IDLE_SECONDS:g} seconds.")
        while speaker.is_alive():
            # Only a closed connection can be news now.
            self._socket.receive(timeout=0.2)

    def _take(self, message: Mapping[str, Any], speaker: threading.Thread) -> None:
        kind = message["type"]
        if kind == "start":
            if self._started:
                raise ApiError(400, "bad_message", "The stream has started.")
            self._manner = read_manner(message, tuple(self._pool.about.get("voices", ())))
        if not self._started:
            rate = self._pool.check()["sample_rate"]
            self._tell(type="started", format="pcm_s16le", channels=1, sample_rate=rate)
            self._started = True
            speaker.start()
        if kind == "clear":
            self._clear()
            self._tell(type="cleared")
            return
        with self._change:
            if kind == "text":
                self._text += _text(message)
                if len(self._text) > self._limit:
                    raise ApiError(413, "text_too_long", f"More than {self._limit} characters wait.", limit=self._limit)
            self._whole = self._whole or kind in ("flush", "end")
            self._ended = kind == "end"
            self._change.notify_all()

    def _clear(self, gone: bool = False) -> None:
        with self._change:
            self._text, self._whole, self._gone = "", False, self._gone or gone
            if self._job is not None:
                self._job.cancel()
            self._change.notify_all()

    def _next(self) -> Tuple[str, bool]:
        """What can be said now, and whether it is the end; waits for it."""
        with self._change:
            while not self._gone:
                if self._whole:
                    text, self._text, self._whole = self._text, "", False
                    return text, self._ended
                match = COMPLETE.match(self._text)
                if match:
                    text, self._text = match.group(), self._text[match.end() :]
                    return text, False
                self._change.wait()
        return "", True

    def _speak(self) -> None:
        try:
            last = False
            while not last:
                text, last = self._next()
                if text.strip() and not self._gone:
                    self._say(text, last)
            if not self._gone:
                self._tell(type="ended")
        except ConnectionClosed:
            self._gone = True
        except OSError:
            self._gone = True
        except (ApiError, EngineError) as error:
            self._gone = True
            _tell_error(self._socket, error)

    def _say(self, text: str, last: bool) -> None:
        self._rate.take(self._client)
        started, count = time.monotonic(), 0
        # The pause behind the text belongs to it as long as more may come.
        job = self._pool.submit((Part(text.strip(), self._manner, 0.0 if last else None),))
        with self._change:
            self._job = job
        try:
            rate = int(self._pool.about["sample_rate"])
            for piece in measured(job, self._metrics, rate, started):
                if job.cancelled.is_set():
                    continue
                count += len(piece)
                for start in range(0, len(piece), CHUNK):
                    self._socket.send(piece[start : start + CHUNK])
        finally:
            job.cancel()
            with self._change:
                self._job = None
        self._tell(type="spoken", characters=len(text), seconds=round(count / 2 / rate, 3))

    def _tell(self, **message: Any) -> None:
        self._socket.send(json.dumps(message))


def _read(message: Any) -> Mapping[str, Any]:
    try:
        value = json.loads(message) if isinstance(message, str) else None
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict) or value.get("type") not in ("start", "text", "flush", "clear", "end"):
        raise ApiError(400, "bad_message", "A message is a JSON object of type start, text, flush, clear or end.")
    return value


def _text(message: Mapping[str, Any]) -> str:
    text = message.get("text")
    if not isinstance(text, str):
        raise ApiError(400, "bad_text", "The member text must be a string.")
    return text


def _tell_error(socket: Server, error: Exception) -> None:
    if isinstance(error, ApiError):
        body = {"type": "error", "status": error.status, **error.body()}
    else:
        LOG.error("engine: %s", error)
        sentence = "The voice failed; the server's log has the reason."
        body = {"type": "error", "status": 500, "code": "engine_failed", "error": sentence}
    with contextlib.suppress(ConnectionClosed, OSError):
        socket.send(json.dumps(body))
        socket.close(1008 if body["status"] < 500 else 1011, str(body["code"]))

"""The web application: routes and the shape of every answer. How a voice works is the engines' business."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Tuple, Union

from flask import Flask, Response, jsonify, request, send_from_directory
from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge

from tts_server import engines
from tts_server.engines.base import Engine
from tts_server.errors import ApiError, EngineError
from tts_server.request import read_wish
from tts_server.wav import encode

MAX_BODY = 64 * 1024
STATIC = Path(__file__).parent / "static"
Answer = Union[Response, Tuple[Response, int]]
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; media-src 'self' blob:",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def create_app(engine: Engine | None = None) -> Flask:
    """The application around `engine`; without one, the engine that TTS_SERVER_ENGINE names, or the default.

    An engine that cannot start does not keep the server down: `/health` says why.
    """
    app = Flask(__name__, static_folder=str(STATIC), static_url_path="/static")
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    reason = ""
    if engine is None:
        try:
            engine = engines.load(os.environ.get("TTS_SERVER_ENGINE", engines.DEFAULT))
        except EngineError as error:
            app.logger.error("engine: %s", error)
            reason = str(error)
    _add_routes(app, engine, reason)
    _add_errors(app)

    @app.after_request
    def secure(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return app


def _add_routes(app: Flask, engine: Engine | None, reason: str) -> None:
    @app.get("/")
    def page() -> Response:
        return send_from_directory(STATIC, "index.html")

    @app.get("/health")
    def health() -> Answer:
        if engine is None:
            return jsonify(status="failed", reason=reason), 503
        return jsonify(status="ready", engine=engine.name, model=engine.model, sample_rate=engine.sample_rate)

    @app.post("/api/tts")
    def tts() -> Answer:
        if engine is None:
            raise ApiError(503, "engine_missing", "No voice is ready; GET /health says why.")
        try:
            body = request.get_json(force=True)
        except RequestEntityTooLarge:
            raise
        except BadRequest as error:
            raise ApiError(400, "bad_json", "The body is not JSON.") from error
        wish = read_wish(body)
        speech = engine.speak(wish.text, wish.emotion)
        if speech.silent:
            raise ApiError(400, "unspeakable_text", "The voice finds nothing to say in this text.")
        response = Response(encode(speech), mimetype="audio/wav")
        response.headers["Content-Disposition"] = 'inline; filename="speech.wav"'
        response.headers["X-Audio-Seconds"] = f"{speech.seconds:.3f}"
        return response


def _add_errors(app: Flask) -> None:
    def answer(error: ApiError) -> Answer:
        return jsonify(error.body()), error.status

    @app.errorhandler(ApiError)
    def known(error: ApiError) -> Answer:
        return answer(error)

    @app.errorhandler(RequestEntityTooLarge)
    def too_large(error: Exception) -> Answer:
        return answer(ApiError(413, "body_too_large", f"The body has more than {MAX_BODY} bytes.", limit=MAX_BODY))

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Any:
        code = (error.name or "error").lower().replace(" ", "_")
        return answer(ApiError(error.code or 500, code, error.name or "Error"))

    @app.errorhandler(EngineError)
    def engine_failed(error: EngineError) -> Answer:
        app.logger.error("engine: %s", error)
        return answer(ApiError(500, "engine_failed", "The voice failed; the server's log has the reason."))

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Answer:
        app.logger.exception("unexpected")
        return answer(ApiError(500, "internal_error", "Something went wrong; the server's log has the reason."))

"""What goes wrong, as JSON with a stable code: our form, and OpenAI's under `/v1`. No trace, path or input leaves."""

from __future__ import annotations

from typing import Any, Tuple

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge

from tts_server.errors import ApiError, EngineError
from tts_server.logs import LOG


def add_to(app: Flask) -> None:
    app.register_error_handler(ApiError, answer)
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(EngineError, _engine)
    app.register_error_handler(Exception, _unexpected)


def answer(error: ApiError) -> Tuple[Response, int]:
    more = dict(error.more)
    wait = more.pop("retry_after", None)
    if request.path.startswith("/v1/"):
        kind = "invalid_request_error" if error.status < 500 and error.status != 429 else "server_error"
        body: Any = {"error": {"message": error.message, "type": kind, "param": None, "code": error.code, **more}}
    else:
        body = {"error": error.message, "code": error.code, **more}
    response = jsonify(body)
    if wait is not None:
        response.headers["Retry-After"] = str(wait)
    return response, error.status


def _too_large(error: Exception) -> Any:
    return answer(ApiError(413, "body_too_large", "The body is too large."))


def _http(error: HTTPException) -> Any:
    code = (error.name or "error").lower().replace(" ", "_")
    response, status = answer(ApiError(error.code or 500, code, error.name or "Error"))
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return response, status


def _engine(error: EngineError) -> Any:
    LOG.error("engine: %s", error)
    return answer(ApiError(500, "engine_failed", "The voice failed; the server's log has the reason."))


def _unexpected(error: Exception) -> Any:
    LOG.exception("unexpected")
    return answer(ApiError(500, "internal_error", "Something went wrong; the server's log has the reason."))

"""The web application: its parts put together, what every answer carries, who may ask."""

from __future__ import annotations

import atexit
import hmac
import time
from pathlib import Path
from typing import Optional

from flask import Flask, Response, current_app, g, request, send_from_directory

from tts_server import logs, settings
from tts_server.api import failures, speech, status
from tts_server.errors import ApiError
from tts_server.metrics import Metrics
from tts_server.pool import Pool

STATIC = Path(__file__).parent / "static"
OPEN = ("/", "/health", "/ready", "/live")
"""What needs no token; the page's parts do not either."""
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; media-src 'self' blob:; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def create_app(wanted: Optional[settings.Settings] = None) -> Flask:
    """The application with its engine processes started; where none can start, `/health` says why."""
    wanted = settings.read() if wanted is None else wanted
    logs.configure(wanted.log_file)
    pool = Pool(wanted.engine, wanted.processes, wanted.queue, wanted.deadline)
    app = Flask(__name__, static_folder=str(STATIC), static_url_path="/static")
    app.config.update(
        MAX_CONTENT_LENGTH=64 * 1024 + 8 * wanted.characters, SETTINGS=wanted, POOL=pool, METRICS=Metrics(pool)
    )
    app.register_blueprint(speech.blueprint)
    app.register_blueprint(status.blueprint)
    failures.add_to(app)
    app.before_request(_admit)
    app.after_request(_finish)
    app.add_url_rule("/", "page", lambda: send_from_directory(STATIC, "index.html"))
    pool.start()
    atexit.register(pool.stop)
    return app


def _admit() -> None:
    g.started = time.monotonic()
    g.request_id = logs.request_id(request.headers.get("X-Request-ID", ""))
    token = current_app.config["SETTINGS"].token
    if not token or request.path in OPEN or request.path.startswith("/static/"):
        return
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), token.encode()):
        raise ApiError(401, "unauthorized", "A bearer token is needed.")


def _finish(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["X-Request-ID"] = g.request_id
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    metrics: Metrics = current_app.config["METRICS"]
    endpoint = request.url_rule.rule if request.url_rule else "none"
    started, number, method = g.started, g.request_id, request.method

    def close() -> None:
        seconds = time.monotonic() - started
        metrics.requests.labels(endpoint, str(response.status_code)).inc()
        metrics.seconds.labels(endpoint).observe(seconds)
        more = {"request_id": number, "method": method, "endpoint": endpoint, "status": response.status_code}
        logs.LOG.info("request", extra={"more": {**more, "milliseconds": round(seconds * 1000, 1)}})

    response.call_on_close(close)
    return response

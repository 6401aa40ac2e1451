"""The web application: its parts put together, what every answer carries, who may ask."""

from __future__ import annotations

import atexit
import hmac
import time
from pathlib import Path
from typing import Optional

import flask
from flask import Flask, Response, current_app, g, request, send_from_directory
from werkzeug.middleware.proxy_fix import ProxyFix

from tts_server import logs, settings, tracing
from tts_server.api import document, failures, jobs, speech, status, stream, styles
from tts_server.errors import ApiError
from tts_server.metrics import Metrics
from tts_server.pool import Pool
from tts_server.rate import Rate

STATIC = Path(__file__).parent / "static"
OPEN = ("/", "/health", "/ready", "/live", "/openapi.json")
"""What needs no token; the page's parts do not either."""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; media-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Request(flask.Request):
    """What may be sent depends on where to: recordings and batches are longer than any text."""

    # Flask 3.1 has a setter there, 3.0 has none.
    @property  # type: ignore[misc]
    def max_content_length(self) -> int:  # type: ignore[override]
        own = {styles.PATH: styles.MOST_BYTES, jobs.PATH: jobs.MOST_BYTES}
        return own.get(self.path, int(current_app.config["MAX_CONTENT_LENGTH"]))


class Application(Flask):
    request_class = Request


def create_app(wanted: settings.Settings, pool: Optional[Pool] = None) -> Flask:
    """The application with its engine processes started, `pool` where they are already; `/health` says how they are."""
    if pool is None:
        logs.configure(wanted.log_file)
        pool = Pool(wanted.engine, wanted.processes, wanted.queue, wanted.deadline)
        pool.start()
    app = Application(__name__, static_folder=str(STATIC), static_url_path="/static")
    app.config.update(
        MAX_CONTENT_LENGTH=64 * 1024 + 8 * wanted.characters, SETTINGS=wanted, POOL=pool, METRICS=Metrics(pool),
        RATE=Rate(wanted.rate),
    )  # fmt: skip
    app.register_blueprint(speech.blueprint)
    app.register_blueprint(status.blueprint)
    app.register_blueprint(styles.blueprint)
    app.register_blueprint(document.blueprint)
    failures.add_to(app)
    app.before_request(_admit)
    app.after_request(_finish)
    stream.add_to(app)
    jobs.add_to(app)
    if wanted.traces:
        tracing.add_to(app)
    if wanted.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=wanted.proxies, x_proto=0)  # type: ignore[method-assign]
    app.add_url_rule("/", "page", lambda: send_from_directory(STATIC, "index.html"))
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

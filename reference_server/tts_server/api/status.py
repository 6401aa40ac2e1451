"""How the server is: for people and probes (`/health`, `/ready`, `/live`) and for Prometheus (`/metrics`)."""

from __future__ import annotations

from typing import Tuple

from flask import Blueprint, Response, current_app, jsonify
from prometheus_client import CONTENT_TYPE_LATEST

blueprint = Blueprint("status", __name__)


@blueprint.get("/health")
@blueprint.get("/ready")
def health() -> Tuple[Response, int]:
    """200 where a request would be answered, 503 with the reason where not."""
    state = current_app.config["POOL"].state()
    return jsonify(state), 200 if state["status"] in ("ready", "busy") else 503


@blueprint.get("/live")
def live() -> Response:
    """200 while the web process answers at all: a probe that fails is a reason to start it again."""
    return jsonify(status="live")


@blueprint.get("/metrics")
def metrics() -> Response:
    return Response(current_app.config["METRICS"].text(), content_type=CONTENT_TYPE_LATEST)

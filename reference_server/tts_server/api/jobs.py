"""`/v1/jobs`: many texts at once, spoken by workers on this and other machines; without a broker, how to get one."""

from __future__ import annotations

import json
import tempfile
import zipfile
from typing import Any, Callable, Dict, List, Mapping, Tuple

from flask import Blueprint, Flask, Response, current_app, jsonify, request, send_file

from tts_server.audio import FORMATS
from tts_server.errors import ApiError
from tts_server.logs import LOG
from tts_server.request import read_body, read_wish
from tts_server.script import Script
from tts_server.settings import Settings

PATH = "/v1/jobs"
MOST_BYTES = 8 * 1024 * 1024
MOST_ITEMS = 1000
FORMAT = "mp3"
HOW = (
    "Batch jobs need a broker: apt-get install redis-server, pip install 'tts-server[jobs]', "
    "TTS_SERVER_BROKER=redis://localhost:6379/0 for this server, and with the same: tts-server worker"
)
MOMENT = (1980, 1, 1, 0, 0, 0)
blueprint = Blueprint("jobs", __name__)


class Jobs:
    """The store and the queue behind it; knows what to say where either is missing."""

    def __init__(self, settings: Settings) -> None:
        self.store: Any = None
        self._send: Callable[[str, Any], None]
        if not settings.broker:
            return
        try:
            from tts_server.jobs import tasks
            from tts_server.jobs.store import Store
        except ImportError as error:
            LOG.error("jobs: %s", error)
            return
        app = tasks.make(settings.broker)
        self.store = Store(settings.broker, settings.keep)
        self._send = lambda number, items: tasks.send(app, number, items)

    def call(self, what: Callable[..., Any], *words: Any) -> Any:
        """Raises ApiError (503)."""
        from kombu.exceptions import OperationalError
        from redis.exceptions import RedisError

        try:
            return what(*words)
        except (RedisError, OperationalError, OSError) as error:
            LOG.error("broker: %s", type(error).__name__)
            raise ApiError(503, "broker_unreachable", "The broker does not answer.", retry_after=10) from error

    def submit(self, scripts: List[Script], format: str) -> str:
        number: str = self.store.create(scripts, format)
        try:
            self._send(number, range(len(scripts)))
        except Exception:
            # It was never promised; what was sent finds nothing to do.
            self.store.cancel(number)
            raise
        return number


def add_to(app: Flask) -> None:
    app.config["JOBS"] = Jobs(app.config["SETTINGS"])
    app.register_blueprint(blueprint)


def _jobs() -> Jobs:
    jobs: Jobs = current_app.config["JOBS"]
    if jobs.store is None:
        raise ApiError(503, "jobs_missing", HOW)
    return jobs


def _state(number: str) -> Any:
    jobs = _jobs()
    state = jobs.call(jobs.store.state, number) if number.isalnum() and number.isascii() else None
    if state is None:
        raise ApiError(404, "job_not_found", "There is no such job, or no longer.")
    return state


@blueprint.post(PATH)
def submit() -> Tuple[Response, int]:
    current_app.config["RATE"].take(request.remote_addr or "")
    jobs = _jobs()
    scripts, format = _read(read_body())
    number = jobs.call(jobs.submit, scripts, format)
    answer = jsonify(_told(_state(number)))
    answer.headers["Location"] = f"{PATH}/{number}"
    return answer, 202


@blueprint.get(f"{PATH}/<number>")
def progress(number: str) -> Response:
    return jsonify(_told(_state(number)))


@blueprint.delete(f"{PATH}/<number>")
def cancel(number: str) -> Response:
    """Begun items are ended, the others are not begun; what is done stays to be fetched."""
    _state(number)
    _jobs().call(_jobs().store.cancel, number)
    return jsonify(_told(_state(number)))


@blueprint.get(f"{PATH}/<number>/result")
def result(number: str) -> Response:
    state = _state(number)
    if not state.ended:
        raise ApiError(409, "job_unfinished", "The job is not finished.", retry_after=5)
    # Gone with the answer; a job's sounds may be more than memory should hold.
    file = tempfile.TemporaryFile()  # noqa: SIM115
    _jobs().call(_pack, file, state)
    file.seek(0)
    return send_file(file, "application/zip", as_attachment=True, download_name=f"{state.number}.zip")


def _pack(file: Any, state: Any) -> None:
    store, listed = _jobs().store, []
    # Sounds are compressed already.
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for index, code in state.outcomes.items():
            name = "" if code else f"{index:04d}.{state.format}"
            listed.append({"item": index, "code": code} if code else {"item": index, "file": name})
            if name:
                archive.writestr(zipfile.ZipInfo(name, MOMENT), store.sound(state.number, index))
        archive.writestr(zipfile.ZipInfo("job.json", MOMENT), json.dumps({**_told(state), "items": listed}, indent=1))


def _told(state: Any) -> Dict[str, Any]:
    failures = [{"item": index, "code": code} for index, code in state.outcomes.items() if code]
    return {
        "id": state.number, "status": state.status, "total": state.total, "format": state.format,
        "done": len(state.outcomes) - len(failures), "failed": len(failures), "failures": failures,
        "created": round(state.created, 3),
    }  # fmt: skip


def _read(body: Mapping[str, Any]) -> Tuple[List[Script], str]:
    """The items' scripts; members beside `items` hold where an item has none of its own. Raises ApiError (400, 413)."""
    items = body.get("items")
    if not isinstance(items, list) or not 1 <= len(items) <= MOST_ITEMS:
        raise ApiError(400, "bad_items", f"The member items must be a list of 1 to {MOST_ITEMS}.", maximum=MOST_ITEMS)
    format = body.get("format", FORMAT)
    if format not in FORMATS:
        raise ApiError(400, "unknown_format", f"Known: {', '.join(FORMATS)}.", known=list(FORMATS))
    shared = {name: value for name, value in body.items() if name not in ("items", "text", "stream", "format")}
    limit, voices = current_app.config["SETTINGS"].characters, tuple(current_app.config["POOL"].about.get("voices", ()))
    scripts = []
    for index, item in enumerate(items):
        own = {"text": item} if isinstance(item, str) else item
        if not isinstance(own, dict):
            raise ApiError(400, "bad_items", "An item must be a text or an object with one.", item=index)
        try:
            scripts.append(read_wish({**shared, **own, "format": format}, limit, voices).script)
        except ApiError as error:
            raise ApiError(error.status, error.code, error.message, **{**error.more, "item": index}) from error
    return scripts, format

"""`/v1/styles`: a recording in, the manner of speaking that comes near it out, for any voice. No timbre is taken."""

from __future__ import annotations

import threading
from dataclasses import asdict
from typing import Dict

from flask import Blueprint, Response, current_app, jsonify, request

from tts_server import style
from tts_server.audio import encode
from tts_server.engines.base import Manner
from tts_server.errors import ApiError
from tts_server.pool import Pool
from tts_server.request import read_manner
from tts_server.script import plain

PATH = "/v1/styles"
MOST_BYTES = 8 * 1024 * 1024
blueprint = Blueprint("styles", __name__)
_one_at_a_time = threading.Lock()
_voices: Dict[str, style.Measure] = {}
"""What each voice's neutral speech measures."""


@blueprint.post(PATH)
def styles() -> Response:
    """The body is the sound file itself; `?voice=` chooses the voice that is to speak like that."""
    current_app.config["RATE"].take(request.remote_addr or "")
    pool: Pool = current_app.config["POOL"]
    about = pool.check()
    voice = read_manner({"voice": request.args.get("voice", "default")}, about["voices"]).voice or about["voices"][0]
    recording = request.get_data()
    if not _one_at_a_time.acquire(timeout=style.SECONDS):
        raise ApiError(429, "too_busy", "Other recordings are being measured.", retry_after=5)
    try:
        wanted = style.measure(recording)
        if voice not in _voices:
            _voices[voice] = style.measure(_calibration(pool, voice))
    except style.StyleMissing as error:
        raise ApiError(501, "styles_missing", str(error)) from error
    except style.StyleError as error:
        raise ApiError(400, "bad_recording", str(error)) from error
    finally:
        _one_at_a_time.release()
    manner, beyond = style.imitate(wanted, _voices[voice])
    told = {name: value for name, value in asdict(manner).items() if name in style.TAKEN}
    return jsonify(voice=voice, manner=told, beyond=list(beyond), measured=asdict(wanted))


def _calibration(pool: Pool, voice: str) -> bytes:
    samples = b"".join(pool.submit(plain(style.CALIBRATION, Manner(voice=voice))).pieces())
    return encode(samples, int(pool.about["sample_rate"]))

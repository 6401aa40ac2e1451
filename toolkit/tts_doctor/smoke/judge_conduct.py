"""Judges how a service refuses, streams, and serves several at once. A 500 is a fault, whatever was sent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tts_doctor.model.smoke import Answer, Check, Row, State
from tts_doctor.smoke.judge_sound import hear
from tts_doctor.smoke.words import check, excerpt, no_answer, said

REFUSALS = {
    "error.empty": (400, 422),
    "error.json": (400, 415, 422),
    "error.voice": (400, 404, 422),
    "error.emotion": (400, 422),
    "error.method": (405, 404),
    "error.path": (404,),
    "limit.text": (413, 400, 422),
    "limit.body": (413, 400, 422),
    "limit.token": (401, 403),
}
LENIENT = ("error.voice", "error.emotion", "limit.text", "limit.body")
"""Where serving the request is a service's own choice."""
TRACE = (b"Traceback (most recent call last)", b"/site-packages/", b"Werkzeug Debugger")
LATE = 0.9
BRIEF = 1.0
BUSY = (429, 503)


def judge_refusal(name: str, answer: Answer) -> Check:
    """Whether a bad request is refused as it should be: the right status, JSON, a code, no trace of its code."""
    wanted = REFUSALS[name]
    if answer.problem == "broken" and name.startswith("limit."):
        return check(name, State.PASSED, "the connection was closed", "连接被关闭", answer.seconds)
    if answer.problem and not (name in LENIENT and answer.first_audio and answer.status < 300):
        return no_answer(name, answer)
    status = answer.status
    if any(mark in answer.body for mark in TRACE):
        words = (f"{status}, and the answer shows a trace of its code", f"{status}，且响应泄露了调用栈")
        return check(name, State.FAILED, *words, seconds=answer.seconds)
    if status < 300 and name in LENIENT:
        return check(name, State.ABSENT, f"served all the same ({status})", f"仍正常处理（{status}）", answer.seconds)
    if status not in wanted:
        expected = " or ".join(map(str, wanted))
        zh = f"{said(answer)}（应为 {'、'.join(map(str, wanted))}）"
        return check(name, State.FAILED, f"{said(answer)} (expected {expected})", zh, answer.seconds)
    return _judge_form(name, answer)


def _judge_form(name: str, answer: Answer) -> Check:
    status = answer.status
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        if name in ("error.method", "error.path", "limit.body"):  # often a proxy's or a framework's own page
            return check(name, State.PASSED, f"{status}, no JSON", f"{status}，不是 JSON", answer.seconds)
        en, zh = f"{status}, but no JSON: {excerpt(answer.body)}", f"{status}，但不是 JSON：{excerpt(answer.body)}"
        return check(name, State.FAILED, en, zh, answer.seconds)
    code = _code(body)
    if code:
        return check(name, State.PASSED, f"{status} {code}", "", answer.seconds)
    return check(name, State.PASSED, f"{status}, without a code", f"{status}，没有错误码", answer.seconds)


def _code(body: Any) -> str:
    """The stable word of an error: ours, OpenAI's (`code`, else `type`)."""
    if not isinstance(body, dict):
        return ""
    inner = body.get("error")
    for holder in (body, inner if isinstance(inner, dict) else {}):
        for key in ("code", "type"):
            if isinstance(holder.get(key), str):
                return str(holder[key])[:60]
    return ""


def judge_stream(answer: Answer, syllables: int) -> Check:
    """Whether the first sound of a long text comes well before the last."""
    name = "speech.stream"
    if answer.problem:
        began = answer.first_audio > 0
        if answer.problem == "timeout" and began:
            en = f"the stream began after {answer.first_audio:.1f} s and never ended"
            zh = f"流在 {answer.first_audio:.1f} 秒后开始，但一直没有结束"
            return check(name, State.FAILED, en, zh, answer.seconds)
        return no_answer(name, answer)
    heard = hear(name, answer, syllables)
    if heard.check.state is not State.PASSED:
        return heard.check
    en = f"first sound after {answer.first_audio:.2f} s of {answer.seconds:.2f} s"
    zh = f"共 {answer.seconds:.2f} 秒，首段音频在 {answer.first_audio:.2f} 秒"
    if "chunked" not in answer.header("transfer-encoding"):
        return check(name, State.ABSENT, f"whole answers only; {en}", f"只有整段响应；{zh}", answer.seconds)
    late = answer.seconds > BRIEF and answer.first_audio > LATE * answer.seconds
    return check(name, State.FAILED if late else State.PASSED, en, zh, answer.seconds)


def judge_together(rows: Sequence[Row], answers: Sequence[Answer]) -> Check:
    """Whether requests at the same time each get their own sound, or a polite refusal."""
    name = "speech.together"
    slowest = max(answer.seconds for answer in answers)
    polite = 0
    for row, answer in zip(rows, answers, strict=True):
        if answer.status in BUSY and answer.header("retry-after"):
            polite += 1
            continue
        one = hear(name, answer, row.syllables)
        if one.check.state is not State.PASSED:
            return one.check
    bodies = [answer.body for answer in answers if answer.status == 200]
    if len(set(bodies)) < len(bodies):
        return check(name, State.FAILED, "different texts got the same sound", "不同文本得到了相同的音频", slowest)
    if polite == len(answers):
        return check(name, State.UNKNOWN, "all were asked to come back later", "所有请求都被要求稍后重试", slowest)
    en = f"{len(bodies)} served in {slowest:.1f} s" + (f", {polite} asked to come back later" if polite else "")
    zh = f"{slowest:.1f} 秒内完成 {len(bodies)} 个" + (f"，{polite} 个被要求稍后重试" if polite else "")
    return check(name, State.PASSED, en, zh, slowest)

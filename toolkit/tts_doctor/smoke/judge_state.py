"""Judges what a service says of itself: health, models, voices, metrics, headers. Finds its interface from that.

What a service does not offer (404 and its kin) is absent; what answers badly has failed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from tts_doctor.model.smoke import Answer, Check, Service, State
from tts_doctor.smoke.words import check, no_answer, said

PATHS: Mapping[str, str] = {
    "state.health": "/health",
    "state.ready": "/ready",
    "state.live": "/live",
    "state.models": "/v1/models",
    "state.voices": "/v1/audio/voices",
    "state.metrics": "/metrics",
}
NOT_OFFERED = (401, 403, 404, 405, 501)
SAMPLE = re.compile(rb"^[A-Za-z_:][\w:]*(?:\{[^\n]*\})? [-+.\deEInfNa]+", re.M)
RESTARTS = re.compile(rb"^\w*restarts(?:_total)?(?:\{[^\n]*\})? ([\d.]+(?:e[-+]?\d+)?)$", re.M)
HEADERS = ("x-content-type-options", "content-security-policy", "x-frame-options", "referrer-policy")
OPENAI, HANDBOOK = "/v1/audio/speech", "/api/tts"
_CHINESE = re.compile(r"^(?:zh|cmn|z[fm]_)", re.I)


def judge_states(answers: Mapping[str, Answer]) -> list[Check]:
    """One check for each of PATHS that was asked, and one for the headers."""
    found = [_state(name, answer) for name, answer in answers.items()]
    served = next((a for a in answers.values() if a.status == 200), None)
    if served:
        lacking = [name for name in HEADERS if not served.header(name)]
        state = State.ABSENT if lacking else State.PASSED
        listed = ", ".join(lacking)
        words = (f"not sent: {listed}", f"未发送：{listed}") if lacking else ("all sent", "齐全")
        found.append(check("state.headers", state, *words))
    return found


def _state(name: str, answer: Answer) -> Check:
    if answer.problem:
        return no_answer(name, answer)
    if answer.status in NOT_OFFERED:
        return check(name, State.ABSENT, f"not offered ({answer.status})", f"未提供（{answer.status}）", answer.seconds)
    if answer.status != 200:
        return check(name, State.FAILED, said(answer), "", answer.seconds)
    if name == "state.metrics":
        fine = bool(SAMPLE.search(answer.body))
        told = ("", "") if fine else ("no line that Prometheus could read", "没有 Prometheus 可读的内容")
    elif name in ("state.models", "state.voices"):
        ids = _ids(_json(answer))
        fine = bool(ids)
        told = (", ".join(ids[:4]), "") if fine else ("the list is empty or no JSON", "列表为空或不是 JSON")
    else:
        status = _status(answer)
        fine = status not in ("failed", "error", "unhealthy", "down", "starting")
        told = (status, "")
    return check(name, State.PASSED if fine else State.FAILED, *told, seconds=answer.seconds)


def judge_restarts(before: Answer, after: Answer, ended: int | None = None) -> Check:
    """Whether workers end and are started anew, by the service's own count, or by `ended` where somebody watched.

    A service that answers well between two deaths is not well.
    """
    told = [_restarts(answer) for answer in (before, after)]
    if told[0] is not None and told[1] is not None:
        ended = max(ended or 0, round(told[1] - told[0]))
    if ended is None:
        return check("state.restarts", State.ABSENT, "not told by its metrics", "其指标没有给出")
    if ended:
        return check("state.restarts", State.FAILED, f"{ended} ended and were replaced", f"{ended} 个退出后被重启")
    return check("state.restarts", State.PASSED)


def _restarts(answer: Answer) -> float | None:
    """The sum of what counts restarts; None where nothing does."""
    found = [float(match[1]) for match in RESTARTS.finditer(answer.body)] if answer.status == 200 else []
    return sum(found) if found else None


def starting(answer: Answer) -> bool:
    """Whether a service asks to be given time."""
    return answer.problem == "refused" or (answer.status == 503 and _status(answer) in ("starting", ""))


def reason(answer: Answer) -> str:
    """Why an ill service says that it is ill: every string of its JSON, or the text; empty where it is well."""
    if answer.status < 500:
        return ""
    value = _json(answer)
    if isinstance(value, dict):
        return "\n".join(item for item in value.values() if isinstance(item, str))
    return answer.body[:4000].decode("utf-8", "replace")


def services(answers: Mapping[str, Answer]) -> tuple[Service, Service]:
    """How to speak through OpenAI's interface and through the handbook's, if they are there."""
    models = _ids(_json(answers["state.models"]))
    listed = _json(answers["state.voices"])
    voices = _ids(listed)
    chinese = [voice for voice in voices if _CHINESE.match(voice)]
    voice = next(iter((*chinese, *voices)), "alloy")
    model = next((m for m in models if "tts" in m.lower()), models[0] if models else "tts-1")
    emotions = b'"emotions"' in answers["state.voices"].body
    return (
        Service(OPENAI, "input", "response_format", model, voice, emotions),
        Service(HANDBOOK, "text", "format", emotions=True),
    )


def _status(answer: Answer) -> str:
    value = _json(answer)
    found = value.get("status", "") if isinstance(value, dict) else ""
    return found[:60] if isinstance(found, str) else ""


def _json(answer: Answer) -> Any:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return None


def _ids(value: Any) -> list[str]:
    """The names in a list of names or of objects, wherever the object holds one."""
    if isinstance(value, dict):
        lists = [item for item in value.values() if isinstance(item, list)]
        value = next((item for item in lists if item), [])
    if not isinstance(value, list):
        return []
    names = (_name(item) for item in value[:1000])
    return [name for name in names if isinstance(name, str) and 0 < len(name) < 200]


def _name(item: Any) -> Any:
    if not isinstance(item, dict):
        return item
    return next((item[key] for key in ("id", "voice_id", "name") if item.get(key)), None)

"""The sentences of a smoke test, and how a check is put together. Decides nothing."""

from __future__ import annotations

from dataclasses import replace

from tts_doctor.model.smoke import Answer, Check, State
from tts_doctor.model.text import Text

TITLES = {
    "state.health": Text("health", "健康状态"),
    "state.ready": Text("readiness", "就绪状态"),
    "state.live": Text("liveness", "存活状态"),
    "state.models": Text("list of models", "模型列表"),
    "state.voices": Text("list of voices", "音色列表"),
    "state.metrics": Text("metrics for Prometheus", "Prometheus 指标"),
    "state.restarts": Text("no worker ends while it is checked", "检查期间没有工作进程退出"),
    "state.headers": Text("security headers", "安全响应头"),
    "speech.endpoint": Text("an endpoint that speaks", "语音合成接口"),
    "speech.openai": Text("OpenAI's interface", "OpenAI 接口"),
    "speech.handbook": Text("the interface /api/tts", "/api/tts 接口"),
    "speech.rate": Text("the same sample rate in every answer", "采样率前后一致"),
    "speech.stream": Text("sound before the end of a long text", "长文本边合成边返回"),
    "speech.together": Text("several requests at once", "并发请求"),
    "error.empty": Text("an empty text", "空文本"),
    "error.json": Text("a body that is no JSON", "请求体不是 JSON"),
    "error.voice": Text("an unknown voice", "未知音色"),
    "error.emotion": Text("an unknown emotion", "未知情感"),
    "error.method": Text("a wrong method", "错误的方法"),
    "error.path": Text("an address that does not exist", "不存在的地址"),
    "limit.text": Text("a text that is too long", "过长的文本"),
    "limit.body": Text("a body of 4 MB", "4 MB 的请求体"),
    "limit.token": Text("a request without the token", "未带令牌的请求"),
    "start.server": Text("the server starts", "服务启动"),
}
PROBLEMS = {
    "refused": Text("no connection", "无法连接"),
    "certificate": Text("its certificate cannot be verified", "证书无法验证"),
    "timeout": Text("no whole answer in {seconds:.0f} s", "{seconds:.0f} 秒内没有完整的响应"),
    "broken": Text("the connection broke off in the middle of the answer", "响应中途连接断开"),
    "large": Text("the answer is larger than 16 MB", "响应超过 16 MB"),
    "late": Text("not asked: the time was up (--timeout)", "时间已到，未检查（--timeout）"),
}
SECRET = "***"
EXCERPT = 160
"""So many characters of an answer are shown."""


def check(
    name: str, state: State, en: str = "", zh: str = "", seconds: float = 0.0, title: Text | None = None
) -> Check:
    """A check by its id; `title` where the table has none."""
    return Check(name, state, title or TITLES[name], Text(_shown(en), _shown(zh)), seconds)


def without_secret(one: Check, secret: str) -> Check:
    """The same, should the service have given the token back in its answer."""
    if not secret:
        return one
    return replace(one, found=Text(one.found.en.replace(secret, SECRET), one.found.zh.replace(secret, SECRET)))


def no_answer(name: str, answer: Answer, title: Text | None = None) -> Check:
    """The check of an answer that did not come, or not whole; unknown where it was never asked for."""
    words = PROBLEMS[answer.problem]
    state = State.UNKNOWN if answer.problem == "late" else State.FAILED
    en, zh = (part.format(seconds=answer.seconds) for part in (words.en, words.zh))
    return check(name, state, en, zh, answer.seconds, title)


def excerpt(body: bytes) -> str:
    """The beginning of an answer on one line, for a person; what is no text is not shown."""
    text = " ".join(body[: EXCERPT * 4].decode("utf-8", "replace").split())
    shown = _shown(text)
    if shown.count("�") > len(shown) // 8:
        return f"({len(body)} bytes)"
    return shown if len(shown) <= EXCERPT else shown[: EXCERPT - 1] + "…"


def _shown(text: str) -> str:
    """Without what could steer a terminal."""
    return "".join(c if c.isprintable() else "�" for c in text)


def said(answer: Answer) -> str:
    """Status and the beginning of the answer."""
    return f"{answer.status} {excerpt(answer.body)}".strip()

"""Smoke report -> lines for a person, Markdown, and the published JSON (docs/schema/smoke.schema.json)."""

from __future__ import annotations

from typing import Any

from tts_doctor.model.smoke import Check, SmokeReport, State
from tts_doctor.model.text import Text
from tts_doctor.render.as_json import SCHEMA_VERSION, diagnosis_object
from tts_doctor.render.as_text import diagnosis_lines
from tts_doctor.render.page import Line, line, to_plain
from tts_doctor.render.visible import visible

MARKS = {
    State.PASSED: ("✓", "good"),
    State.FAILED: ("✗", "bad"),
    State.ABSENT: ("·", "dim"),
    State.UNKNOWN: ("?", "warn"),
}
AREAS = {
    "image": Text("image", "镜像"),
    "structure": Text("structure", "结构"),
    "container": Text("container", "容器"),
    "start": Text("start", "启动"),
    "state": Text("state", "状态"),
    "speech": Text("speech", "语音"),
    "text": Text("texts", "文本"),
    "format": Text("formats", "格式"),
    "error": Text("errors", "错误处理"),
    "limit": Text("limits", "限制"),
}
STATES = {
    State.PASSED: Text("well", "正常"),
    State.FAILED: Text("failed", "失败"),
    State.ABSENT: Text("not offered", "未提供"),
    State.UNKNOWN: Text("unknown", "未知"),
}


def smoke_lines(report: SmokeReport, lang: str) -> list[Line]:
    """The page: every check by area, then the conclusion, then what a diagnosis of the server's words says."""
    lines = [line(("tts-doctor", "strong"), " · ", report.target), Line()]
    for area in dict.fromkeys(check.area for check in report.checks):
        lines.append(line((AREAS[area].say(lang), "label")))
        lines += [_check_line(check, lang) for check in report.checks if check.area == area]
        lines.append(Line())
    failed = report.count(State.FAILED)
    lines.append(line(_conclusion_mark(report), (_conclusion(report, lang), "strong" if not failed else "bad")))
    if report.diagnosis is not None and report.diagnosis.findings:
        lines += [Line(), *diagnosis_lines(report.diagnosis, lang)]
    return lines


def smoke_to_markdown(report: SmokeReport, lang: str) -> str:
    """A table, for a ticket or a job's summary."""
    rows = [f"## tts-doctor smoke · {_cell(report.target)}", "", _conclusion(report, lang), ""]
    rows += [_table_head(lang), "|---|---|---|"]
    for check in report.checks:
        mark = f"{MARKS[check.state][0]} {STATES[check.state].say(lang)}"
        rows.append(f"| {mark} | {_cell(check.title.say(lang))} | {_cell(check.found.say(lang))} |")
    if report.diagnosis is not None and report.diagnosis.findings:
        rows += ["", "```text", to_plain(diagnosis_lines(report.diagnosis, lang)).rstrip(), "```"]
    return visible("\n".join(rows)) + "\n"


def smoke_object(report: SmokeReport, lang: str) -> dict[str, Any]:
    """The JSON before it is written."""
    return {
        "schema_version": SCHEMA_VERSION,
        "target": report.target,
        "profile": report.profile,
        "verdict": report.verdict.value,
        "seconds": round(report.seconds, 3),
        "checks": [
            {
                "id": check.id,
                "state": check.state.value,
                "title": check.title.say(lang),
                "found": check.found.say(lang),
                "seconds": round(check.seconds, 3),
            }
            for check in report.checks
        ],
        "diagnosis": None if report.diagnosis is None else diagnosis_object(report.diagnosis, lang),
    }


def _check_line(check: Check, lang: str) -> Line:
    mark, style = MARKS[check.state]
    found = check.found.say(lang)
    words = (f"  {found}", "" if check.state is State.FAILED else "dim") if found else ""
    return line((f"{mark} ", style), check.title.say(lang), words, indent=2, hang=4)


def _conclusion_mark(report: SmokeReport) -> tuple[str, str]:
    if report.count(State.FAILED):
        return "✗ ", "bad"
    return ("? ", "warn") if report.count(State.UNKNOWN) or not report.checks else ("✓ ", "good")


def _conclusion(report: SmokeReport, lang: str) -> str:
    parts = [f"{report.count(state)} {STATES[state].say(lang)}" for state in State if report.count(state)]
    sep = "，" if lang == "zh" else ", "
    return f"{sep.join(parts)}  ({report.seconds:.1f} s)"


def _table_head(lang: str) -> str:
    return "| 结果 | 检查 | 情况 |" if lang == "zh" else "| result | check | seen |"


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("`", "\\`")

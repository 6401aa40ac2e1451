"""A recovery, and a deployment playbook -> lines for a person and JSON (docs/schema/recovery.schema.json)."""

from __future__ import annotations

from typing import Any

from tts_doctor.model.deployment import DeploymentPlaybook, Recovery
from tts_doctor.model.text import Text
from tts_doctor.render.as_json import SCHEMA_VERSION, diagnosis_object
from tts_doctor.render.as_text import diagnosis_lines
from tts_doctor.render.page import Line, line, paragraph

OUTCOMES = {
    "well": ("✓", "good", Text("nothing to do: the service is well", "无需处理：服务正常")),
    "other": ("?", "warn", Text("the service fails of something else", "服务的故障另有原因")),
    "planned": ("→", "code", Text("would be tried, in this order; nothing was changed", "将依次尝试；未做任何更改")),
    "declined": ("→", "warn", Text("declined; nothing was changed", "已拒绝；未做任何更改")),
    "recovered": ("✓", "good", Text("recovered, and proved", "已恢复并验证")),
    "failed": ("✗", "bad", Text("not recovered; everything is as before", "未能恢复；一切保持原样")),
    "restored": ("✗", "bad", Text("it failed in place; everything was put back", "更改未通过验证，已全部还原")),
}


def recovery_lines(found: Recovery, lang: str) -> list[Line]:
    """The page: evidence, steps, what changed, how to go back."""
    mark, style, said = OUTCOMES[found.outcome]
    lines = [line(("tts-doctor", "strong"), " · ", found.place), Line()]
    lines.append(line((f"{mark} ", style), (found.title.say(lang), "strong"), ": ", said.say(lang), hang=2))
    lines += _part(Text("seen", "所见"), [text.say(lang) for text in found.evidence], lang)
    lines += _part(Text("steps", "步骤"), [text.say(lang) for text in found.steps], lang)
    refused = [f"{one.title.say(lang)}: {one.why.say(lang)}" for one in found.refusals]
    lines += _part(Text("not possible here", "此处不适用"), refused, lang)
    lines += _part(Text("changed", "更改"), [f"{c.name}: {c.before or '-'} → {c.after}" for c in found.changes], lang)
    if found.others:
        lines += _part(Text("try", "可尝试"), [f"tts-doctor playbook run {name} …" for name in found.others], lang)
    if found.id:
        lines += _part(Text("take it back", "回退"), [f"tts-doctor playbook rollback {found.id}"], lang)
    if found.diagnosis is not None and found.diagnosis.findings:
        lines += [Line(), *diagnosis_lines(found.diagnosis, lang)]
    return lines


def recovery_object(found: Recovery, lang: str) -> dict[str, Any]:
    """The JSON before it is written."""
    seen = found.seen
    return {
        "schema_version": SCHEMA_VERSION,
        "id": found.id or None,
        "time": found.time,
        "playbook": found.playbook,
        "target": found.place,
        "outcome": found.outcome,
        "evidence": [text.say(lang) for text in found.evidence],
        "steps": [text.say(lang) for text in found.steps],
        "refused": [{"step": one.title.say(lang), "why": one.why.say(lang)} for one in found.refusals],
        "changes": [{"name": c.name, "before": c.before, "after": c.after} for c in found.changes],
        "file": found.file or None,
        "others": list(found.others),
        "diagnosis": None if found.diagnosis is None else diagnosis_object(found.diagnosis, lang),
        "verification": {
            "healthy": seen.healthy,
            "url": seen.url or None,
            "status": seen.status or None,
            "seconds": round(seen.seconds, 3),
            "workers_ended": seen.replaced,
        },
        "rollback": f"tts-doctor playbook rollback {found.id}" if found.id else None,
    }


def deployment_page(playbook: DeploymentPlaybook, lang: str) -> list[Line]:
    """Title, cause, remedies in order of preference, references."""
    lines = [line((playbook.id, "strong"), " · ", playbook.title.say(lang)), Line()]
    lines += paragraph(playbook.cause.say(lang), indent=2)
    lines += _part(Text("remedies", "处理办法"), [_plain(r.title.say(lang)) for r in playbook.remedies], lang)
    return [*lines, *(line((url, "dim"), indent=2) for url in playbook.references)]


def deployment_object(playbook: DeploymentPlaybook, lang: str) -> dict[str, Any]:
    """As JSON."""
    return {
        "schema_version": SCHEMA_VERSION,
        "id": playbook.id,
        "title": playbook.title.say(lang),
        "cause": playbook.cause.say(lang),
        "deployment": True,
        "remedies": [
            {"title": _plain(r.title.say(lang)), "settings": list(r.settings), "how": r.how} for r in playbook.remedies
        ],
        "references": list(playbook.references),
    }


def _part(head: Text, rows: list[str], lang: str) -> list[Line]:
    if not rows:
        return []
    return [line((head.say(lang), "label"), indent=2), *(line(row, indent=4, hang=2) for row in rows)]


def _plain(text: str) -> str:
    return text.format(before="<before>", after="<after>", name="<name>")

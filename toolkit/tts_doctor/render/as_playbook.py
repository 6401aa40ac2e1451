"""Playbooks -> text and JSON. What a playbook captures at run time is shown as `<name>`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from tts_doctor.model.deployment import DeploymentPlaybook
from tts_doctor.model.finding import Action
from tts_doctor.model.playbook import Playbook
from tts_doctor.model.text import Text
from tts_doctor.render.as_json import SCHEMA_VERSION, action_object, culprit_object
from tts_doctor.render.as_text import action_words
from tts_doctor.render.page import Line, line, paragraph

GROUP = re.compile(r"\{(\w+)\}")


def shown(text: str) -> str:
    """`{name}` as `<name>`."""
    return GROUP.sub(r"<\1>", text)


def playbook_rows(playbooks: Sequence[Playbook | DeploymentPlaybook], lang: str) -> list[Line]:
    """One line each: id and title."""
    width = max((len(playbook.id) for playbook in playbooks), default=0)
    return [
        line((playbook.id.ljust(width), "strong"), "  ", shown(playbook.title.say(lang)), hang=width + 2)
        for playbook in playbooks
    ]


def playbook_page(playbook: Playbook, lang: str) -> list[Line]:
    """Title, cause, repairs in order of preference, references."""
    lines = [line((playbook.id, "strong"), " · ", shown(playbook.title.say(lang))), Line()]
    lines += paragraph(shown(playbook.cause.say(lang)), indent=2)
    lines.append(line((Text("repair", "修复").say(lang), "label"), indent=2))
    lines += _repairs(playbook, lang)
    lines += [line((url, "dim"), indent=2) for url in playbook.references]
    return lines


def playbook_object(playbook: Playbook, lang: str) -> dict[str, Any]:
    """As JSON: what a finding of it would say, and under `alternatives` every further repair."""
    repairs = [[action_object(_plain(action), lang) for action in repair.actions] for repair in playbook.repairs]
    return {
        "schema_version": SCHEMA_VERSION,
        "id": playbook.id,
        "title": shown(playbook.title.say(lang)),
        "cause": shown(playbook.cause.say(lang)),
        "severity": playbook.severity.value,
        "confidence": playbook.confidence,
        "culprits": [{**culprit_object(c), "name": shown(c.name)} for c in playbook.culprits],
        "treatment": {"actions": repairs[0] if repairs else [], "alternatives": repairs[1:]},
        "references": list(playbook.references),
    }


def _repairs(playbook: Playbook, lang: str) -> Iterator[Line]:
    for number, repair in enumerate(playbook.repairs):
        lead = ("→ ", "good") if number == 0 else (Text("or: ", "或者：").say(lang), "dim")
        yield line(lead, ", ".join(action_words(_plain(action), lang) for action in repair.actions), indent=4, hang=2)


def _plain(action: Action) -> Action:
    return replace(
        action,
        target=shown(action.target),
        spec=shown(action.spec) if action.spec else action.spec,
        value=shown(action.value) if action.value else action.value,
        why=Text(shown(action.why.en), shown(action.why.zh)),
    )

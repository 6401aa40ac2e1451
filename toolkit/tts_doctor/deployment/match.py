"""Decides which deployment playbook an observation speaks for. Never looks at a process itself."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tts_doctor.knowledge.messages import Message, messages
from tts_doctor.model.deployment import DeploymentPlaybook, Observation


def fits(playbook: DeploymentPlaybook, seen: Observation) -> dict[str, str] | None:
    """What the playbook's signs captured; None where none of them is there."""
    known = {message.id: message for message in messages()}
    text = seen.text
    for pattern in playbook.signs.text:
        if match := re.search(pattern, text, re.M):
            return _captured(match)
    for name in playbook.signs.messages:
        match = _told(known[name], text)
        if match:
            return _captured(match)
    return {} if set(playbook.signs.states) & seen.signs else None


def others(
    playbooks: Iterable[DeploymentPlaybook], this: DeploymentPlaybook, seen: Observation
) -> tuple[DeploymentPlaybook, ...]:
    """The other playbooks that fit, the general ones last."""
    fitting = [p for p in playbooks if p.id != this.id and fits(p, seen) is not None]
    return tuple(sorted(fitting, key=lambda playbook: playbook.general))


def _captured(match: re.Match[str]) -> dict[str, str]:
    """Alternatives of one expression number their groups: `path2` is a `path`."""
    return {key.rstrip("0123456789"): value for key, value in match.groupdict().items() if value}


def _told(message: Message, text: str) -> re.Match[str] | None:
    if message.unless and message.unless.search(text):
        return None
    if not all(pattern.search(text) for pattern in message.also):
        return None
    return next((match for pattern in message.match if (match := pattern.search(text))), None)

"""What was done to a patient, and how to take it back. Values only."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from tts_doctor.model.finding import Action
from tts_doctor.model.text import Text


@dataclass(frozen=True)
class Applied:
    """A step and whether it took effect; a variable's step is applied when the verification used it."""

    action: Action
    applied: bool


@dataclass(frozen=True)
class Changed:
    """A distribution's versions; None where it was or is not installed."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Verification:
    """The command before and after; codes as `RunResult.exit_code`, None where it was not run."""

    exit_before: int | None = None
    exit_after: int | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class Receipt:
    """`outcome` is `repaired`, `restored`, `undone` or what the caller says; `undo` the command that takes it back."""

    id: str
    time: str
    """ISO 8601, UTC."""
    patient: str
    command: tuple[str, ...] = ()
    actions: tuple[Applied, ...] = ()
    changed: tuple[Changed, ...] = ()
    files: int = 0
    """How many files, links and folders differ afterwards, compiled bytecode not counted."""
    system: tuple[str, ...] = ()
    """Debian packages that were newly installed."""
    verification: Verification = Verification()
    outcome: str = ""
    undo: str = ""
    undoes: str = ""
    """The receipt that this one took back."""


def to_json(receipt: Receipt) -> dict[str, object]:
    """As published: each entry of `actions` is the action's own keys and `applied`."""
    found = asdict(receipt)
    found["actions"] = [_applied(a) for a in receipt.actions]
    return found


def _applied(step: Applied) -> dict[str, object]:
    why = step.action.why
    return {**asdict(step.action), "why": why.en, "why_zh": why.zh, "applied": step.applied}


def from_json(data: dict[str, object]) -> Receipt:
    """The inverse of `to_json`. Raises TypeError, KeyError or ValueError for anything else."""
    fields = dict(data)
    actions = []
    for item in _items(fields.pop("actions")):
        applied, en, zh = item.pop("applied"), item.pop("why", ""), item.pop("why_zh", "")
        actions.append(Applied(Action(**item, why=Text(en, zh)), bool(applied)))
    changed = tuple(Changed(**item) for item in _items(fields.pop("changed")))
    verification = fields.pop("verification")
    if not isinstance(verification, dict):
        raise TypeError("verification: a mapping is expected")
    for name in ("command", "system"):
        value = fields[name]
        fields[name] = tuple(value) if isinstance(value, list) else ()
    return Receipt(**fields, actions=tuple(actions), changed=changed, verification=Verification(**verification))  # type: ignore[arg-type]


def _items(value: object) -> list[dict[str, str]]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise TypeError("a list of mappings is expected")
    return [dict(item) for item in value]

"""The catalogue of error messages whose cause is fixed: outside the Python environment, or one release's known
fault.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tts_doctor.knowledge.load_data import load_folder
from tts_doctor.model.text import Text


@dataclass(frozen=True)
class Message:
    """One message. Groups of `match` may be used in braces in every text, culprit and action.

    So may `consumer`, `built`, `built_version`, `python`, and `installed`: the version of the first distribution that
    the culprits name outright, else of the consumer.
    """

    id: str
    match: tuple[re.Pattern[str], ...]
    """Any of them."""
    also: tuple[re.Pattern[str], ...]
    """All of these must stand in the text as well."""
    unless: re.Pattern[str] | None
    when: tuple[tuple[str, str], ...]
    """Distribution (or `python`) and specifier that its version must satisfy, where it is known."""
    title: Text
    cause: Text
    culprits: tuple[tuple[str, str], ...]
    """Kind and name."""
    repairs: tuple[tuple[tuple[tuple[str, str], ...], ...], ...]
    """Repairs, recommended first: steps of (field, value)."""
    confidence: float
    instead_of: str = ""
    """Another message that is left out where this one, more precise, is found."""
    told: tuple[tuple[str, str], ...] = ()
    """As `when`, but at least one of these versions must be known and satisfy its specifier."""


@lru_cache(maxsize=1)
def messages() -> tuple[Message, ...]:
    """Every message of the catalogue."""
    return tuple(_message(row) for row in load_folder("messages"))


def _message(row: dict[str, Any]) -> Message:
    repairs = [row["fix"], *row.get("or", [])]
    return Message(
        id=row["id"],
        match=tuple(re.compile(pattern, re.M) for pattern in _listed(row["match"])),
        also=tuple(re.compile(pattern, re.M) for pattern in _listed(row.get("also", []))),
        unless=re.compile(row["unless"], re.M) if row.get("unless") else None,
        when=tuple(row.get("when", {}).items()),
        title=Text(*row["title"]),
        cause=Text(*row["cause"]),
        culprits=tuple((kind, name) for kind, name in (entry.split(" ", 1) for entry in row["culprits"])),
        repairs=tuple(tuple(_step(step) for step in _listed(repair)) for repair in repairs),
        confidence=float(row.get("confidence", 0.9)),
        instead_of=row.get("instead_of", ""),
        told=tuple(row.get("told", {}).items()),
    )


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


def _step(text: str | dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """`pin numpy <2`, `env-var NAME=value`, or a mapping of an action's fields."""
    if isinstance(text, dict):
        fields = dict(text)
        if "why" in fields:
            fields["why"], fields["why_zh"] = fields["why"]
        return tuple((str(k), "" if v is None else str(v)) for k, v in fields.items())
    action, _, rest = text.partition(" ")
    if action == "env-var":
        name, mark, value = rest.partition("=")
        return (("action", action), ("target", name), *((("value", value),) if mark else ()))
    target, _, spec = rest.partition(" ")
    return (("action", action), ("target", target), *((("spec", spec),) if spec else ()))

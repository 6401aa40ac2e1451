"""What each fault of a Dockerfile is called and why it is one; and those rules that are data alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tts_doctor.knowledge.load_data import load_data
from tts_doctor.model.dockerfile import Fault
from tts_doctor.model.text import Text


@dataclass(frozen=True)
class TextRule:
    """A pattern in the source of some instructions."""

    id: str
    keywords: tuple[str, ...]
    match: re.Pattern[str]
    unless: re.Pattern[str] | None
    put: str | None
    """Replacement; None where a person has to decide."""


@lru_cache(maxsize=1)
def text_rules() -> tuple[TextRule, ...]:
    """The rules that the table holds whole, in its order."""
    return tuple(_rules())


def fault(rule: str, line: int, detail: str, fixed: bool) -> Fault:
    """The fault in words."""
    row = load_data("dockerfile_faults.yaml")[rule]
    title, why = (Text(*(part.replace("{detail}", detail) for part in row[key])) for key in ("title", "why"))
    return Fault(rule, line, row["severity"], title, why, fixed)


def _rules() -> Iterator[TextRule]:
    for name, row in load_data("dockerfile_faults.yaml").items():
        if "match" in row:
            unless = re.compile(row["unless"]) if "unless" in row else None
            yield TextRule(name, tuple(row["in"]), re.compile(row["match"]), unless, row.get("put"))

"""What a sign looks at: the facts of one patient and, where there is one, the symptom."""

from __future__ import annotations

from dataclasses import dataclass

from tts_doctor.model.facts import Facts
from tts_doctor.model.symptom import Symptom


@dataclass(frozen=True)
class Counterfactual:
    """The command was run once more with one variable changed."""

    variable: str
    before: str | None
    """Its value in the caller's environment; None where it was not set."""
    value: str | None
    """Its value in this run; None where it was unset."""
    succeeded: bool
    """False where the command only failed otherwise than before."""
    outcome: str = ""
    """The last line of that run."""


@dataclass(frozen=True)
class Examination:
    facts: Facts
    symptom: Symptom | None = None
    counterfactuals: tuple[Counterfactual, ...] = ()
    """Only those that changed the outcome."""

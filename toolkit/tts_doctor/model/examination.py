"""What a sign looks at: the facts of one patient and, where there is one, the symptom."""

from __future__ import annotations

from dataclasses import dataclass

from tts_doctor.model.facts import Facts
from tts_doctor.model.symptom import Symptom


@dataclass(frozen=True)
class Examination:
    facts: Facts
    symptom: Symptom | None = None

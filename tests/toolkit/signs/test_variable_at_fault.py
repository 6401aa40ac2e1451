"""What an experiment with one variable says, and what it keeps to itself."""

from __future__ import annotations

from tts_doctor.model.examination import Counterfactual, Examination
from tts_doctor.model.facts import Facts
from tts_doctor.signs import variable_at_fault

BEFORE, AFTER = "postgres://shop:secret@db/shop", "postgresql://shop:secret@db/shop"


def test_a_password_is_set_and_never_shown() -> None:
    run = Counterfactual("DATABASE_URL", BEFORE, AFTER, True, "")
    (found,) = variable_at_fault.find(Examination(Facts(), None, (run,)))
    assert [a.value for a in found.treatment.actions] == [AFTER]
    assert "secret" not in f"{found.title} {found.cause} {found.culprits} {found.evidence}"

"""What a failure tells a search: whom it names, and whether a step got further."""

from __future__ import annotations

import pytest

from tts_doctor.judge_outcome import apart, is_next_of_kind, suspects, written_for
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Distribution, Facts
from tts_doctor.model.finding import Action
from tts_doctor.model.symptom import Error, Frame, Symptom


def failure(message: str, kind: str = "RuntimeError", *files: str) -> Symptom:
    frames = tuple(Frame(file, 1, "f") for file in files)
    return Symptom(message, (Error(kind, message, frames),), exit_code=1)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (failure("the extension a.b needs Sphinx 5"), failure("the extension a.c needs Sphinx 5"), True),
        (failure("the extension a.b needs Sphinx 5"), failure("the extension a.b needs Sphinx 5"), False),
        (failure("the extension a.b needs Sphinx 5"), failure("no such folder"), False),
        (failure("No module named a"), failure("No module named b", "ImportError"), False),
        (failure("No module named a"), Symptom("", exit_code=0), False),
    ],
)
def test_the_same_complaint_about_another_party(before: Symptom, after: Symptom, expected: bool) -> None:
    assert expected is is_next_of_kind(before, after)


def test_suspects_are_named_then_passed_through_then_used() -> None:
    dists = (
        Distribution("sphinxcontrib-x", "1", top_level=("sphinxcontrib",)),
        Distribution("sphinx", "4", top_level=("sphinx",)),
        Distribution("click", "8", top_level=("click",)),
        Distribution("test", "1"),
    )
    symptom = failure("sphinxcontrib.x does not suit this test", "Error", "/v/site-packages/sphinx/app.py")
    facts = Facts(distributions=dists, own_imports=("click",))
    assert ("sphinxcontrib-x", "sphinx", "click") == suspects(Examination(facts, symptom))


def test_a_configuration_is_written_for_the_program_that_reads_it() -> None:
    dists = (Distribution("flake8", "6.0.0", top_level=("flake8",)), Distribution("click", "8", top_level=("click",)))
    symptom = failure("Error code '#' does not match", "ValueError", "/v/site-packages/flake8/options/config.py")
    assert ("flake8",) == written_for(Examination(Facts(distributions=dists), symptom))
    assert ("click", "flake8") == written_for(Examination(Facts(distributions=dists, own_imports=("click",)), symptom))


def test_pins_taken_on_suspicion_come_apart_and_a_planned_pair_does_not() -> None:
    a, b, c = (Action("pin", name, "<2") for name in "abc")
    assert ((a,), (b,), (c,)) == apart((a, b, c))
    assert ((a, b),) == apart((a, b))

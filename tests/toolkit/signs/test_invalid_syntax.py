"""Source that the patient's Python cannot read."""

from __future__ import annotations

import pytest

from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Distribution, Facts, Interpreter, RecordEntry
from tts_doctor.model.finding import Need
from tts_doctor.model.symptom import Error, Frame, Symptom
from tts_doctor.signs.invalid_syntax import find

SITE = "/v/lib/python3.8/site-packages"
KAFKA = Distribution("kafka", "1.3.5", SITE, top_level=("kafka",), records=(RecordEntry("kafka/simple.py"),))
FACTS = Facts(Interpreter(version="3.8.18"), (KAFKA,))


def case(file: str, code: str, kind: str = "SyntaxError") -> Examination:
    return Examination(FACTS, Symptom("", (Error(kind, "invalid syntax", (Frame(file, 54, "", code),)),), exit_code=1))


@pytest.mark.parametrize(
    ("code", "first"),
    [
        ("return self.async", [("uninstall", "kafka", None), ("install", "kafka-python", None)]),
        ("print 'sent'", [("uninstall", "kafka", None), ("install", "kafka-python", None)]),
        ("except IOError, e:", [("uninstall", "kafka", None), ("install", "kafka-python", None)]),
        ("if (n := len(a)) > 10:", [("pin", "kafka", "<1.3.5")]),
        ("async def f():", [("pin", "kafka", "<1.3.5")]),
    ],
)
def test_old_code_wants_a_successor_new_syntax_an_older_release(code: str, first: list[tuple[str, str, str]]) -> None:
    (found,) = find(case(f"{SITE}/kafka/simple.py", code))
    assert [(a.action, a.target, a.spec) for a in found.fallback.actions] == first
    assert [c.name for c in found.culprits] == ["kafka", "python"]
    assert found.need == Need("syntax", "kafka", "kafka/simple.py")


@pytest.mark.parametrize(
    ("file", "kind"), [("/srv/app/main.py", "SyntaxError"), (f"{SITE}/kafka/simple.py", "ValueError")]
)
def test_the_users_own_file_and_other_errors_are_not_judged(file: str, kind: str) -> None:
    assert list(find(case(file, "print 'x'", kind))) == []


def test_without_a_symptom_nothing_is_said() -> None:
    assert list(find(Examination(FACTS))) == []

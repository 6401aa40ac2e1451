"""How findings are asked, merged and ranked."""

from __future__ import annotations

from collections.abc import Iterator

from tts_doctor.diagnose import diagnose
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Culprit, Evidence, Finding, Kind, Severity, Verdict
from tts_doctor.model.symptom import Symptom
from tts_doctor.model.text import Text


def sign(*findings: Finding):  # type: ignore[no-untyped-def]
    def find(case: Examination) -> Iterator[Finding]:
        yield from findings

    return "given", find


def finding(name: str, confidence: float = 0.9, severity: Severity = Severity.ERROR, seen: str = "x") -> Finding:
    culprit = Culprit(Kind.DISTRIBUTION, "numpy")
    return Finding(
        name, Text(name), Text(name), confidence=confidence, severity=severity, culprits=(culprit,),
        evidence=(Evidence("sign", "here", seen),),
    )  # fmt: skip


def test_the_likeliest_cause_comes_first() -> None:
    found = diagnose(Examination(Facts()), None, (sign(finding("a", 0.3), finding("b", 0.9)),))
    assert [f.id for f in found.findings] == ["b", "a"]


def test_a_note_never_comes_before_what_breaks() -> None:
    found = diagnose(Examination(Facts()), None, (sign(finding("note", 0.99, Severity.NOTE), finding("b", 0.1)),))
    assert [f.id for f in found.findings] == ["b", "note"]


def test_two_signs_that_see_one_cause_give_one_finding_with_both_their_evidence() -> None:
    signs = (sign(finding("a", 0.5, seen="one")), sign(finding("a", 0.9, seen="two")))
    (only,) = diagnose(Examination(Facts()), None, signs).findings
    assert (only.confidence, [e.observed for e in only.evidence]) == (0.9, ["two", "one"])


def test_a_crashed_check_reads_as_unknown_not_as_healthy() -> None:
    def crash(case: Examination) -> Iterator[Finding]:
        raise RuntimeError("boom")

    found = diagnose(Examination(Facts()), None, (("crashing", crash),))
    assert [(f.id, f.verdict) for f in found.findings] == [("check-failed-crashing", Verdict.UNKNOWN)]


def test_a_command_that_fails_without_a_finding_is_unknown() -> None:
    assert diagnose(Examination(Facts(), Symptom("", exit_code=1)), None, ()).verdict is Verdict.UNKNOWN


def test_where_the_command_succeeds_nothing_is_said_to_break() -> None:
    found = diagnose(Examination(Facts(), Symptom("", exit_code=0)), None, (sign(finding("a")),))
    assert (found.verdict, found.findings[0].severity) == (Verdict.ABSENT, Severity.NOTE)

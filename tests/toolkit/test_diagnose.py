"""How findings are asked, merged and ranked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tts_doctor.diagnose import diagnose
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Distribution, Facts, RecordEntry
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Severity, Treatment, Verdict
from tts_doctor.model.symptom import Error, Frame, Symptom
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


def pinned(name: str, *culprits: str, spec: str, confidence: float = 0.9) -> Finding:
    action = Action("pin", culprits[0], spec)
    parties = tuple(Culprit(Kind.DISTRIBUTION, c) for c in culprits)
    return replace(finding(name, confidence), culprits=parties, treatment=Treatment((action,)))


def test_a_playbook_and_a_mechanism_that_tell_one_story_are_one_finding() -> None:
    playbook = pinned("werkzeug3", "werkzeug", "flask", spec="<3", confidence=0.95)
    mechanism = pinned("missing-name", "Werkzeug", "flask", spec="<2.4")
    (only,) = diagnose(Examination(Facts()), None, (sign(mechanism, playbook),)).findings
    assert (only.id, [r[0].spec for r in only.treatment.repairs]) == ("werkzeug3", ["<3", "<2.4"])


def test_two_parties_short_of_one_thing_stay_two_findings() -> None:
    findings = (pinned("a", "setuptools", "librosa", spec="<81"), pinned("a", "setuptools", "gunicorn", spec="<81"))
    assert len(diagnose(Examination(Facts()), None, (sign(findings[0]), sign(findings[1]))).findings) == 1


def test_what_is_known_without_the_index_comes_last() -> None:
    own, spare = (Action("pin", "numpy", "<2"),), (Action("pin", "numpy", "<1.24"),)
    given = replace(finding("a"), treatment=Treatment(own), fallback=Treatment(spare))
    bare = replace(finding("b"), fallback=Treatment(spare))
    found = [diagnose(Examination(Facts()), None, (sign(one),)).findings[0] for one in (given, bare)]
    assert [f.treatment.repairs for f in found] == [(own, spare), (spare,)]


SITE = "/v/lib/python3.11/site-packages"
FRAMES = (Frame(f"{SITE}/shop/core.py", 3), Frame(f"{SITE}/parts.py", 9))
PLACES = Facts(
    distributions=tuple(
        Distribution(n, "1.0", site=SITE, top_level=(n,), records=(RecordEntry(p),))
        for n, p in (("shop", "shop/core.py"), ("parts", "parts.py"))
    ),
    own_imports=("shop", "numpy"),
)


def test_where_no_sign_speaks_the_witnesses_are_named_innermost_first() -> None:
    symptom = Symptom("", (Error("AssertionError", "", FRAMES),), exit_code=1)
    (only,) = diagnose(Examination(PLACES, symptom), None, ()).findings
    assert (only.verdict, [c.name for c in only.culprits]) == (Verdict.UNKNOWN, ["parts", "shop", "numpy"])


def test_an_explained_failure_needs_no_witnesses() -> None:
    symptom = Symptom("", (Error("AssertionError", "", FRAMES),), exit_code=1)
    assert [f.id for f in diagnose(Examination(PLACES, symptom), None, (sign(finding("a")),)).findings] == ["a"]

"""Facts and symptom in, diagnosis out. Decides which findings stand and in which order; changes and reads nothing.

A sign that crashes becomes a finding of verdict *unknown*: a crashed check never reads as healthy.
"""

from __future__ import annotations

from dataclasses import replace

from packaging.utils import canonicalize_name

from tts_doctor.errors import IndexUnavailable
from tts_doctor.keep_origins import keep_origins
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Gap
from tts_doctor.model.finding import Action, Checked, Diagnosis, Evidence, Finding, Severity, Treatment, Verdict
from tts_doctor.model.text import Text
from tts_doctor.ports import Index
from tts_doctor.signs import SIGNS, UNEXPLAINED, Sign
from tts_doctor.signs.dependents import with_what_breaks

SEVERITY_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


def diagnose(case: Examination, index: Index | None, signs: tuple[tuple[str, Sign], ...] = SIGNS) -> Diagnosis:
    """Ask every sign, settle what the index can settle, rank. Without `index` the needs stay open (fewer repairs)."""
    findings: list[Finding] = []
    checked: list[Checked] = []
    for name, sign in signs:
        found = _ask(name, sign, case)
        findings += found
        if not found:
            checked.append(Checked(name, Verdict.ABSENT))
    gaps = list(case.facts.gaps)
    settled = [_settle(finding, case, index, gaps) for finding in merge(findings)]
    if not any(f.severity is Severity.ERROR and f.verdict is Verdict.PRESENT for f in settled):
        settled += _ask("unexplained", UNEXPLAINED, case)
    succeeded = None if case.symptom is None else not case.symptom.failed
    if succeeded:
        settled = [_demote(finding) for finding in settled]
    known = case.facts.interpreter
    target = known.executable or (case.symptom.interpreter if case.symptom else "") or known.purelib or "log"
    told = with_what_breaks(case.facts, fold(rank(settled)))
    return Diagnosis(target, told, tuple(checked), tuple(gaps), succeeded)


def _ask(name: str, sign: Sign, case: Examination) -> list[Finding]:
    try:
        return list(sign(case))
    except Exception as error:  # any crash at all must read as unknown, so nothing narrower will do
        return [
            Finding(
                id=f"check-failed-{name}",
                title=Text(f"The check {name} could not be completed", f"检查项 {name} 未能完成"),
                cause=Text(f"{type(error).__name__}: {error}"),
                verdict=Verdict.UNKNOWN,
                severity=Severity.ERROR,
                confidence=0.0,
                evidence=(Evidence(name, "tts-doctor", f"{type(error).__name__}: {error}"[:300]),),
            )
        ]


def _settle(finding: Finding, case: Examination, index: Index | None, gaps: list[Gap]) -> Finding:
    """Complete the treatment from the index, which knows what a real patient's consumer declares.

    So its repairs go before what the sign proposes; for a pasted log after. Last comes what is known without either.
    """
    found: tuple[tuple[Action, ...], ...] = ()
    if finding.need is not None and index is not None:
        from tts_doctor.propose import settle  # a seventh of the start, and of no use without an index

        try:
            found = settle(finding.need, case.facts, index)
        except IndexUnavailable as error:
            gap = Gap("package index", Text(error.en, error.zh))
            if gap not in gaps:
                gaps.append(gap)
    proposed = finding.treatment.repairs
    first = (*proposed, *found) if case.facts.from_text else (*found, *proposed)
    repairs = tuple(dict.fromkeys(keep_origins((*first, *finding.fallback.repairs), case.facts, index)))
    return replace(finding, treatment=Treatment(repairs[0], repairs[1:]) if repairs else Treatment())


def _demote(finding: Finding) -> Finding:
    """The command succeeded, so what seemed to break it is only worth knowing."""
    return replace(finding, severity=Severity.NOTE) if finding.severity is Severity.ERROR else finding


def merge(findings: list[Finding]) -> list[Finding]:
    """One finding for each cause: of two with one id and first culprit the surer stays, with the evidence of both."""
    kept: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        key = finding.id, finding.culprits[0].name if finding.culprits else ""
        other = kept.get(key)
        if other is None:
            kept[key] = finding
            continue
        first, second = (finding, other) if finding.confidence > other.confidence else (other, finding)
        more = tuple(e for e in second.evidence if e not in first.evidence)
        kept[key] = replace(first, evidence=first.evidence + more)
    return list(kept.values())


def fold(findings: list[Finding]) -> list[Finding]:
    """Join findings that tell one story: the same parties and the same first step. The first one's words stay."""
    kept: dict[object, Finding] = {}
    for finding in findings:
        key = _story(finding) or id(finding)
        first = kept.setdefault(key, finding)
        if first is finding:
            continue
        repairs = list(dict.fromkeys([*first.treatment.repairs, *finding.treatment.repairs]))
        kept[key] = replace(
            first,
            evidence=first.evidence + tuple(e for e in finding.evidence if e not in first.evidence),
            treatment=Treatment(repairs[0], tuple(repairs[1:])),
        )
    return list(kept.values())


def _story(finding: Finding) -> tuple[object, ...] | None:
    parties = frozenset(canonicalize_name(c.name) for c in finding.culprits[:2])
    if finding.verdict is not Verdict.PRESENT or not finding.treatment.actions or not parties:
        return None
    step = finding.treatment.actions[0]
    kind = "pin" if step.action in ("pin", "install") else step.action
    return finding.severity, parties, kind, canonicalize_name(step.target)


def rank(findings: list[Finding]) -> list[Finding]:
    """Most likely cause first: breaking before notes, present before unknown, then by confidence."""
    return sorted(
        findings,
        key=lambda f: (SEVERITY_ORDER[f.severity], f.verdict is not Verdict.PRESENT, -f.confidence),
    )

"""Diagnosis -> the published JSON (docs/schema/diagnosis.schema.json). Adds nothing that the diagnosis does not say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tts_doctor.model.finding import Action, Culprit, Diagnosis, Evidence, Finding, Verdict
from tts_doctor.model.gap import Gap
from tts_doctor.render.visible import visible_json

SCHEMA_VERSION = 1


def diagnosis_to_json(diagnosis: Diagnosis, lang: str, ascii_only: bool) -> str:
    """One object; `ascii_only` escapes what is not ASCII, for streams that cannot carry it."""
    return dump(diagnosis_object(diagnosis, lang), ascii_only)


def dump(value: Mapping[str, Any], ascii_only: bool) -> str:
    """Indented JSON."""
    return visible_json(json.dumps(value, ensure_ascii=ascii_only, indent=2))


def diagnosis_object(diagnosis: Diagnosis, lang: str) -> dict[str, Any]:
    """The object before it is written."""
    shown = [f for f in diagnosis.findings if f.verdict is not Verdict.ABSENT]
    ruled_out = [f for f in diagnosis.findings if f.verdict is Verdict.ABSENT]
    checked = [{"sign": c.sign, "verdict": c.verdict.value, "why": c.why} for c in diagnosis.checked]
    checked += [{"sign": f.id, "verdict": f.verdict.value, "why": f.cause.say(lang)} for f in ruled_out]
    return {
        "schema_version": SCHEMA_VERSION,
        "target": diagnosis.target,
        "verdict": diagnosis.verdict.value,
        "findings": [finding_object(f, lang) for f in shown],
        "checked": checked,
        "gaps": [gap_object(g, lang) for g in diagnosis.gaps],
    }


def finding_object(finding: Finding, lang: str) -> dict[str, Any]:
    """One entry of `findings`."""
    return {
        "id": finding.id,
        "title": finding.title.say(lang),
        "verdict": finding.verdict.value,
        "severity": finding.severity.value,
        "confidence": round(finding.confidence, 3),
        "cause": finding.cause.say(lang),
        "culprits": [culprit_object(c) for c in finding.culprits],
        "evidence": [evidence_object(e) for e in finding.evidence],
        "treatment": {
            "actions": [action_object(a, lang) for a in finding.treatment.actions],
            "alternatives": [[action_object(a, lang) for a in repair] for repair in finding.treatment.alternatives],
        },
        "references": list(finding.references),
        "breaks": list(finding.breaks),
    }


def action_object(action: Action, lang: str) -> dict[str, Any]:
    """One step of a repair."""
    return {
        "action": action.action,
        "target": action.target,
        "spec": action.spec,
        "value": action.value,
        "why": action.why.say(lang),
    }


def culprit_object(culprit: Culprit) -> dict[str, Any]:
    """A party of the broken contract."""
    return {
        "kind": culprit.kind.value,
        "name": culprit.name,
        "installed": culprit.installed,
        "wanted": culprit.wanted,
    }


def evidence_object(evidence: Evidence) -> dict[str, Any]:
    """What was seen where."""
    return {
        "sign": evidence.sign,
        "where": evidence.where,
        "observed": evidence.observed,
        "expected": evidence.expected,
    }


def gap_object(gap: Gap, lang: str) -> dict[str, Any]:
    """What could not be examined, and why."""
    return {"what": gap.what, "why": gap.why.say(lang)}

"""Diagnosis -> SARIF 2.1.0, for code scanning services. Adds nothing that the diagnosis does not say.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import hashlib
import re
from typing import Any
from urllib.parse import quote

from tts_doctor import __version__
from tts_doctor.model.finding import Diagnosis, Evidence, Finding, Severity, Verdict
from tts_doctor.render.as_json import action_object, culprit_object, dump
from tts_doctor.render.as_text import action_words, told_gap

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
HOME = "https://pypi.org/project/tts-doctor/"
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
FILE = re.compile(r"(?P<path>[^\s:][^:\n]*\.(?:py|so|pyd|pth|cfg|toml|txt|dist-info/\w+)[\w.]*)(?::(?P<line>\d+))?$")
MOST_LOCATIONS = 20


def diagnosis_to_sarif(diagnosis: Diagnosis, lang: str, ascii_only: bool) -> str:
    """One log with one run; `ascii_only` escapes what is not ASCII."""
    return dump(sarif_object(diagnosis, lang), ascii_only)


def sarif_object(diagnosis: Diagnosis, lang: str) -> dict[str, Any]:
    """The object before it is written."""
    shown = [f for f in diagnosis.findings if f.verdict is not Verdict.ABSENT]
    rules = list(dict.fromkeys(f.id for f in shown))
    examined = diagnosis.verdict is not Verdict.UNKNOWN or bool(shown)
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "tts-doctor",
                        "version": __version__,
                        "informationUri": HOME,
                        "rules": [_rule(rule, shown, lang) for rule in rules],
                    }
                },
                "invocations": [
                    {"executionSuccessful": examined, "toolExecutionNotifications": _gaps(diagnosis, lang)}
                ],
                "results": [_result(f, rules.index(f.id), lang) for f in shown],
                "properties": {"target": diagnosis.target, "verdict": diagnosis.verdict.value},
            }
        ],
    }


def _rule(rule: str, findings: list[Finding], lang: str) -> dict[str, Any]:
    first = next(f for f in findings if f.id == rule)
    found: dict[str, Any] = {"id": rule, "defaultConfiguration": {"level": LEVELS[first.severity]}}
    if first.references:
        found["helpUri"] = first.references[0]
    if sum(f.id == rule for f in findings) == 1:
        found["shortDescription"] = {"text": first.title.say(lang)}
    return found


def _gaps(diagnosis: Diagnosis, lang: str) -> list[dict[str, Any]]:
    return [{"level": "note", "message": {"text": "".join(told_gap(gap, lang))}} for gap in diagnosis.gaps]


def _result(finding: Finding, rule: int, lang: str) -> dict[str, Any]:
    is_open = finding.verdict is Verdict.UNKNOWN
    parts = [finding.title.say(lang), finding.cause.say(lang)]
    parts += [", ".join(action_words(a, lang) for a in finding.treatment.actions)] if finding.treatment.actions else []
    return {
        "ruleId": finding.id,
        "ruleIndex": rule,
        "kind": "open" if is_open else "fail",
        "level": "none" if is_open else LEVELS[finding.severity],
        "message": {"text": "\n\n".join(dict.fromkeys(part for part in parts if part))},
        "locations": _locations(finding),
        "partialFingerprints": {"finding/v1": _fingerprint(finding)},
        "rank": round(100 * finding.confidence, 1),
        "properties": {
            "culprits": [culprit_object(c) for c in finding.culprits],
            "breaks": list(finding.breaks),
            "repairs": [[action_object(a, lang) for a in actions] for actions in finding.treatment.repairs],
        },
    }


def _locations(finding: Finding) -> list[dict[str, Any]]:
    """Files that the evidence names, and the first party by its name."""
    found = [place for item in finding.evidence if (place := _file(item))][:MOST_LOCATIONS]
    named = [{"name": c.name, "kind": "module"} for c in finding.culprits[:1]]
    if not named:
        return found
    return [found[0] | {"logicalLocations": named}, *found[1:]] if found else [{"logicalLocations": named}]


def _file(item: Evidence) -> dict[str, Any] | None:
    match = FILE.match(item.where)
    if match is None:
        return None
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(match["path"])}}
    if match["line"] and int(match["line"]) > 0:
        place["region"] = {"startLine": int(match["line"])}
    return {"physicalLocation": place}


def _fingerprint(finding: Finding) -> str:
    """The same for the same defect, whatever versions and lines move."""
    parties = [c.name for c in finding.culprits]
    return hashlib.sha256("\0".join([finding.id, *parties]).encode("utf-8", "surrogateescape")).hexdigest()[:32]

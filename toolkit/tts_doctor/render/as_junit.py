"""Smoke report -> JUnit XML, for CI: a failure, an error for what is unknown, skipped for what is absent."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from tts_doctor.model.smoke import Check, SmokeReport, State

NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
KINDS = {State.FAILED: "failure", State.UNKNOWN: "error", State.ABSENT: "skipped"}


def smoke_to_junit(report: SmokeReport, lang: str) -> bytes:
    """One suite for each area."""
    total = {"name": "tts-doctor smoke", "time": f"{report.seconds:.3f}"}
    root = ElementTree.Element("testsuites", {**total, **_counts(report.checks)})
    for area in dict.fromkeys(check.area for check in report.checks):
        checks = tuple(check for check in report.checks if check.area == area)
        seconds = sum(check.seconds for check in checks)
        suite = ElementTree.SubElement(
            root, "testsuite", {"name": f"smoke.{area}", "time": f"{seconds:.3f}", **_counts(checks)}
        )
        for check in checks:
            _case(suite, check, lang)
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _case(suite: ElementTree.Element, check: Check, lang: str) -> None:
    found = NO_XML.sub("?", check.found.say(lang))
    name = f"{check.id}: {NO_XML.sub('?', check.title.say(lang))}"
    case = ElementTree.SubElement(
        suite, "testcase", {"classname": f"smoke.{check.area}", "name": name, "time": f"{check.seconds:.3f}"}
    )
    kind = KINDS.get(check.state)
    if kind:
        ElementTree.SubElement(case, kind, {"message": found}).text = found


def _counts(checks: tuple[Check, ...]) -> dict[str, str]:
    counts = {"tests": str(len(checks))}
    for state, kind in ((State.FAILED, "failures"), (State.UNKNOWN, "errors"), (State.ABSENT, "skipped")):
        counts[kind] = str(sum(check.state is state for check in checks))
    return counts

"""Which installed distributions a finding takes down with it: those that need what is broken, step by step.

Goes by what metadata requires; extras and optional imports do not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from packaging.utils import canonicalize_name

from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Finding, Kind, Severity, Verdict
from tts_doctor.parse.requires import wanted_by


def with_what_breaks(facts: Facts, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings with `breaks` filled in."""
    needed = _needed_by(facts)
    return tuple(replace(f, breaks=_broken_by(facts, needed, f)) for f in findings)


def _broken_by(facts: Facts, needed: Mapping[str, set[str]], finding: Finding) -> tuple[str, ...]:
    """None for notes, for what is unknown, and where no party is installed."""
    if finding.verdict is not Verdict.PRESENT or finding.severity is Severity.NOTE:
        return ()
    first = finding.need.consumer if finding.need else _consumer(facts, needed, finding)
    if not facts.get(first):
        return ()
    found = {first}
    waiting = [first]
    while waiting:
        fresh = needed.get(waiting.pop(), set()) - found
        found |= fresh
        waiting += fresh
    return (first, *sorted(found - {first}))


def _consumer(facts: Facts, needed: Mapping[str, set[str]], finding: Finding) -> str:
    """The only party, or the one that requires another; empty where that cannot be told."""
    parties = [canonicalize_name(c.name) for c in finding.culprits if c.kind is Kind.DISTRIBUTION]
    parties = [name for name in parties if facts.get(name)]
    users = [name for name in parties if any(name in needed.get(other, ()) for other in parties)]
    if users:
        return users[0]
    return parties[0] if len(set(parties)) == 1 else ""


def _needed_by(facts: Facts) -> Mapping[str, set[str]]:
    """Canonical name -> those that require it outright on this Python and platform."""
    found: dict[str, set[str]] = {}
    for dist in facts.distributions:
        for wanted in wanted_by(dist.requires, facts.interpreter):
            found.setdefault(wanted.name, set()).add(dist.key)
    return found

"""Counts what the fault tests tried, for one table at the end of the run."""

from __future__ import annotations

from collections import Counter

TRIALS: Counter[tuple[str, str]] = Counter()
"""(fault, state of the patient afterwards) -> trials."""


def count(fault: str, outcome: str) -> None:
    """One trial, and which of the two rightful states it ended in; the third kind fails its test."""
    TRIALS[fault, outcome] += 1

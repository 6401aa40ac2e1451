"""Needs in, repairs out: which versions of the provider, or of the consumer, settle a broken contract.

Pure but for the questions that it asks of the `Index` port.
"""

from __future__ import annotations

from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Action, Need
from tts_doctor.ports import Index


def settle(need: Need, facts: Facts, index: Index) -> tuple[tuple[Action, ...], ...]:
    """Repairs of `need`, the smallest change first. Empty where the index knows none. Raises IndexUnavailable."""
    return ()

"""An offered repair and its place among others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Action, Need
from tts_doctor.ports import Index
from tts_doctor.propose.look import Look


@dataclass(frozen=True)
class Question:
    """A need with what is needed to answer it."""

    need: Need
    facts: Facts
    index: Index
    look: Look


@dataclass(frozen=True)
class Offer:
    """A repair with its price."""

    actions: tuple[Action, ...]
    asked_for: int
    """How many distributions of the user's own choice it moves."""
    changes: int
    """How many distributions are likely to move."""
    order: int
    """Between equals: 0 the provider, 1 the consumer forward, 2 the consumer back, 3 what is only a guess."""


def offer(actions: Iterable[Action], facts: Facts, changes: int, order: int) -> Offer:
    """An offer whose price is read from the patient."""
    steps = tuple(actions)
    installed = [facts.get(a.target.partition("[")[0]) for a in steps]
    asked = sum(1 for a, dist in zip(steps, installed, strict=True) if dist and dist.requested and "[" not in a.target)
    return Offer(steps, asked, changes, order)


def ranked(offers: Iterable[Offer], most: int) -> tuple[tuple[Action, ...], ...]:
    """The repairs, cheapest first, each once."""
    ordered = sorted(offers, key=lambda o: (max(o.order, 1), o.asked_for, o.changes, o.order))
    seen: dict[tuple[tuple[str, str, str | None], ...], tuple[Action, ...]] = {}
    for each in ordered:
        seen.setdefault(tuple((a.action, a.target, a.spec) for a in each.actions), each.actions)
    return tuple(seen.values())[:most]

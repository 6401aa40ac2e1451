"""Bounds that metadata does not tell, added to a lock where they can hold. Never a reason to change the list."""

from __future__ import annotations

from collections.abc import Iterable

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tts_doctor.knowledge.bounds import bounds_for
from tts_doctor.model.lock import ListLine, Question
from tts_doctor.model.playbook import Bound
from tts_doctor.ports import Resolver

ROUNDS = 5
Pins = tuple[tuple[str, str], ...]


def bounds_of_pinned(lines: Iterable[ListLine]) -> tuple[Bound, ...]:
    """What the exact versions of a list are known to need, before anything is resolved."""
    exact = [line for line in lines if line.specifier.startswith("==") and not line.specifier.endswith("*")]
    found = [b for line in exact for b in bounds_for(line.name, line.specifier.lstrip("="))]
    return tuple(dict.fromkeys(found))


def bounds_in(pins: Pins) -> tuple[Bound, ...]:
    """What these versions are known to need of each other and of whatever else may come in."""
    return tuple(dict.fromkeys(bound for name, version in pins for bound in bounds_for(name, version)))


def violated(bound: Bound, pins: Pins) -> bool:
    """Whether the provider is there and outside the bound."""
    version = dict(pins).get(canonicalize_name(bound.provider))
    return version is not None and not SpecifierSet(bound.bound).contains(version, prereleases=True)


def choose_bounds(question: Question, pins: Pins, resolver: Resolver) -> tuple[tuple[Bound, ...], tuple[Bound, ...]]:
    """Bounds that can hold together with a list that resolves to `pins`, and those that it rules out."""
    held: list[Bound] = []
    broken: list[Bound] = []
    for _ in range(ROUNDS):
        new = [bound for bound in bounds_in(pins) if bound not in held and bound not in broken]
        wanted = [bound for bound in new if violated(bound, pins)]
        held += [bound for bound in new if bound not in wanted]
        if not wanted or resolver.expired():
            break
        for group in [wanted, *([bound] for bound in wanted)] if len(wanted) > 1 else [wanted]:
            lines = (*question.constraints, *(f"{bound.provider}{bound.bound}" for bound in (*held, *group)))
            answer = resolver.answer([Question(question.python, question.lines, lines)])[0]
            if answer.ok:
                held += [bound for bound in group if bound not in held]
                pins = answer.pins
                if group is wanted:
                    break
            elif len(group) == 1 and not answer.unfinished:
                broken.append(group[0])
    return tuple(held), tuple(broken)

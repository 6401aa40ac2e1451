"""Moves the consumer to versions that no longer need, or do not yet need, what is missing."""

from __future__ import annotations

from collections.abc import Callable

from packaging.utils import canonicalize_name

from tts_doctor.knowledge.stdlib import removed
from tts_doctor.model.finding import Action
from tts_doctor.model.text import Text
from tts_doctor.propose.candidates import (
    Shelf,
    installed_release,
    nearest,
    parsed,
    requirements,
    shelf,
    short_upper,
    trimmed,
    unmet,
)
from tts_doctor.propose.offer import Offer, Question, offer
from tts_doctor.propose.provider import what

Test = Callable[[int], bool]


def move_consumer(question: Question, *, back: bool = True) -> list[Offer]:
    """Offers of newer (and with `back` of older) versions of the consumer; none where its files do not show the use."""
    need = question.need
    if not need.consumer or not need.module:
        return []
    stock = shelf(need.consumer, question.facts, question.index)
    if not stock.versions or not stock.installed or stock.assumed:
        return []
    test = _test(question, stock)
    if test is None:
        return []
    found: list[Offer] = []
    above = list(stock.above)
    newer = nearest(above, test, above[-1:])
    newer = _confirm(question, stock, newer)
    if newer is not None:
        spec = f">={trimmed(stock.versions[newer])}"
        beyond = parsed(stock.versions[newer]).major + 1
        if need.consumer in question.facts.own_imports and parsed(stock.versions[-1]).major >= beyond:
            # the user's own code was written for it as it is: the fewer series away the better
            found.append(_offer(question, stock, newer, f"{spec},<{beyond}", 1))
        found.append(_offer(question, stock, newer, spec, 1))
    if back:
        older = nearest(list(stock.below), test)
        if older is not None:
            bad = stock.versions[older + 1]
            found.append(_offer(question, stock, older, f"<{short_upper(bad, stock.versions[older])}", 2))
    return found


def use_of(question: Question) -> Callable[[str, str], bool | None]:
    """Whether the consumer's file uses what is missing, in a version of a distribution; None where it is not there."""
    need, look = question.need, question.look

    def uses(name: str, version: str) -> bool | None:
        if need.kind == "keyword":
            return look.passes_keyword(name, version, need.consumer_file, need.name, need.detail)
        if need.kind == "member":
            return look.mentions(name, version, need.consumer_file, need.name)
        if need.kind == "syntax":
            readable = look.parses(name, version, need.consumer_file)
            return None if readable is None else not readable
        return look.uses(name, version, need.consumer_file, need.module, need.name)

    return uses


def _test(question: Question, stock: Shelf) -> Test | None:
    """Whether the version at a place does without it; None where the installed version is not seen to need it."""
    need, ask = question.need, use_of(question)

    def uses(version: str) -> bool | None:
        return ask(stock.name, version)

    here = installed_release(stock, question.index)
    if not here or not need.consumer_file or uses(here) is not True:
        return None
    gone = removed(what(need), question.facts.interpreter.minor) if need.kind == "python" else None
    stand_in = gone.replacement if gone else ""

    def test(place: int) -> bool:
        version = stock.versions[place]
        if uses(version) is not True:
            return True
        asked = requirements(question.index.requires(stock.name, version), question.facts) if stand_in else ()
        return any(canonicalize_name(r.name) == stand_in for r in asked)

    return test


def _confirm(question: Question, stock: Shelf, place: int | None) -> int | None:
    """The place, or a later one, where no other file took the use over (where few enough files make that readable)."""
    need, look = question.need, question.look
    if place is None or need.kind in ("keyword", "member", "python"):
        return place
    places = list(range(place, len(stock.versions)))
    return nearest(
        places,
        lambda p: look.uses_anywhere(stock.name, stock.versions[p], need.module, need.name) is not True,
        [place, len(stock.versions) - 1],
    )


def _offer(question: Question, stock: Shelf, place: int, spec: str, order: int) -> Offer:
    version = stock.versions[place]
    lacking = unmet(stock.name, version, question.facts, question.index)
    word, word_zh = ("no longer uses", "不再使用") if order == 1 else ("does not yet use", "尚未使用")
    why = Text(
        f"{stock.name} {version} {word} {what(question.need)}",
        f"{stock.name} {version} {word_zh} {what(question.need)}",
    )
    return offer([Action("pin", stock.name, spec, why=why)], question.facts, 1 + len(lacking), order)

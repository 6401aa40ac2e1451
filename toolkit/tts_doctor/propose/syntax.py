"""Moves a distribution to releases whose file the patient's Python can read."""

from __future__ import annotations

from tts_doctor.model.finding import Action
from tts_doctor.model.text import Text
from tts_doctor.propose.candidates import installed_release, nearest, shelf, short_upper, trimmed, unmet
from tts_doctor.propose.offer import Offer, Question, offer


def settle_syntax(question: Question) -> list[Offer]:
    """Offers of the nearest newer and older releases for `Need(kind="syntax")`: the file is valid there, or gone.

    Empty where the index has the installed release otherwise than it lies here: then the file was changed.
    """
    need, facts, look = question.need, question.facts, question.look
    stock = shelf(need.consumer, facts, question.index)
    here = installed_release(stock, question.index)
    if not here or look.parses(stock.name, here, need.consumer_file) is not False:
        return []

    def good(place: int) -> bool:
        return look.parses(stock.name, stock.versions[place], need.consumer_file) is not False

    python = ".".join(map(str, facts.interpreter.minor))
    found = []
    newer = nearest(list(stock.above), good)
    older = nearest(list(stock.below), good)
    for place, order in ((newer, 1), (older, 2)):
        if place is None:
            continue
        version = stock.versions[place]
        spec = f">={trimmed(version)}" if order == 1 else f"<{short_upper(stock.versions[place + 1], version)}"
        why = Text(
            f"{stock.name} {version} is written for Python {python}", f"{stock.name} {version} 适用于 Python {python}"
        )
        changes = 1 + len(unmet(stock.name, version, facts, question.index))
        found.append(offer([Action("pin", stock.name, spec, why=why)], facts, changes, order))
    return found

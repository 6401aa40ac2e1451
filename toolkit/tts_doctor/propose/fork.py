"""The fork that lives on under the same import name, where no release of the consumer does: `pynose` for `nose`.

A namesake proves nothing. It must be newer than the consumer's last release, have the consumer's package, and do
without what is missing; that it serves is for the command to show.
"""

from __future__ import annotations

from collections.abc import Iterator

from tts_doctor.knowledge.import_names import namesakes
from tts_doctor.knowledge.impostors import impostor
from tts_doctor.model.finding import Action
from tts_doctor.model.text import Text
from tts_doctor.propose.candidates import shelf
from tts_doctor.propose.consumer import use_of
from tts_doctor.propose.offer import Offer, Question, offer

MOST = 3


def settle_fork(question: Question) -> list[Offer]:
    """Offers that put a fork in the consumer's place; none where its files do not show the use."""
    need, facts = question.need, question.facts
    dist = facts.get(need.consumer) if need.consumer else None
    if dist is None or dist.is_private or not need.consumer_file:
        return []
    uses = use_of(question)
    own = shelf(dist.key, facts, question.index)
    ended = own.uploaded[-1] if own.uploaded else ""
    away = Action("uninstall", dist.key, why=Text("no release of it does without that", "它的任何版本都离不开该项"))
    found = []
    for name in _names(question, dist.key):
        stock = shelf(name, facts, question.index)
        newest = stock.versions[-1] if stock.versions else ""
        if not newest or (ended and stock.uploaded[-1] <= ended):
            continue
        if not question.look.has_module(name, newest, _top(question)) or uses(name, newest):
            continue
        why = Text(f"lives on where {dist.name} ended, under the same import name", f"{dist.name} 的后继，导入名相同")
        found.append(offer([away, Action("install", name, why=why)], facts, 2, 3))
    return found


def _names(question: Question, key: str) -> Iterator[str]:
    top = _top(question)
    names = [n for n in namesakes(top) if n != key and not question.facts.get(n) and impostor(n, top) is None]
    yield from names[:MOST]


def _top(question: Question) -> str:
    return question.need.consumer_file.split("/", 1)[0].removesuffix(".py")

"""Settles what the patient's Python has no longer, or not yet: a newer consumer, a stand-in, another Python."""

from __future__ import annotations

from tts_doctor.knowledge.stdlib import added_in, removed
from tts_doctor.model.finding import Action
from tts_doctor.model.text import Text
from tts_doctor.propose.candidates import shelf
from tts_doctor.propose.consumer import move_consumer
from tts_doctor.propose.offer import Offer, Question, offer


def settle_python(question: Question) -> list[Offer]:
    """Offers for `Need(kind="python")`: `module` (and `name`) of the standard library is missing."""
    need, facts = question.need, question.facts
    dotted = ".".join(part for part in (need.module, need.name) if part)
    gone = removed(dotted, facts.interpreter.minor)
    since = added_in(dotted)
    too_old = since is not None and since > facts.interpreter.minor
    offers = move_consumer(question, back=too_old)
    if gone is not None and gone.replacement and not facts.get(gone.replacement):
        stock = shelf(gone.replacement, facts, question.index)
        if stock.versions:
            why = Text(
                f"{gone.replacement} brings back {gone.name}, which Python {_shown(gone.since)} removed",
                f"{gone.replacement} 带回 Python {_shown(gone.since)} 已移除的 {gone.name}",
            )
            offers.append(offer([Action("install", gone.replacement, why=why)], facts, 1, 1))
    if gone is not None and gone.since > (3, 0):
        then = _shown(gone.since)
        spec, why = f"<{then}", Text(f"Python {then} removed {gone.name}", f"Python {then} 移除了 {gone.name}")
    elif too_old and since is not None:
        then = _shown(since)
        spec, why = f">={then}", Text(f"{dotted} came with Python {then}", f"Python {then} 才有 {dotted}")
    else:
        return offers
    return [*offers, offer([Action("change-python", "python", spec, why=why)], facts, 1, 3)]


def _shown(minor: tuple[int, int]) -> str:
    return f"{minor[0]}.{minor[1]}"

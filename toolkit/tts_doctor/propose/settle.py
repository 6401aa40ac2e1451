"""One need, its repairs: move the provider to where it has what is missing, or the consumer to where it can do without.

Decides which kind of search answers which need; the smallest change comes first: what the user asked for stays, few
distributions move, the provider rather than the consumer.
"""

from __future__ import annotations

from tts_doctor.knowledge.import_names import distributions_for
from tts_doctor.knowledge.impostors import impostor
from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Action, Need
from tts_doctor.ports import Index
from tts_doctor.propose.binary import settle_binary
from tts_doctor.propose.candidates import shelf
from tts_doctor.propose.consumer import move_consumer
from tts_doctor.propose.fork import settle_fork
from tts_doctor.propose.look import Look
from tts_doctor.propose.offer import Offer, Question, ranked
from tts_doctor.propose.owner import settle_owner
from tts_doctor.propose.plugin import settle_plugin
from tts_doctor.propose.provider import install_provider, move_provider
from tts_doctor.propose.python import settle_python
from tts_doctor.propose.sibling import settle_sibling
from tts_doctor.propose.symbols import settle_symbols
from tts_doctor.propose.syntax import settle_syntax

MOST_REPAIRS = 6
FORKED = frozenset({"name", "module", "keyword", "member", "python", "syntax"})
"""Needs of a consumer that its fork may not have."""


def settle(need: Need, facts: Facts, index: Index) -> tuple[tuple[Action, ...], ...]:
    """Repairs of `need`, the smallest change first. Empty where the index knows none. Raises IndexUnavailable."""
    question = Question(need, facts, index, Look(index, facts.interpreter.minor))
    offers = _offers(question)
    if need.kind in FORKED and not any(_is_forward(a, need.consumer) for o in offers for a in o.actions):
        offers = [*offers, *settle_fork(question)]
    return ranked(offers, MOST_REPAIRS)


def _is_forward(action: Action, consumer: str) -> bool:
    return action.target == consumer and (action.spec or "").startswith(">")


def _offers(question: Question) -> list[Offer]:
    need, facts = question.need, question.facts
    if need.kind == "abi":
        return settle_binary(question)
    if need.kind == "symbol":
        return settle_symbols(question)
    if need.kind == "owner":
        return settle_owner(question)
    if need.kind == "sibling":
        return settle_sibling(question)
    if need.kind == "plugin":
        return settle_plugin(question)
    if need.kind == "syntax":
        return settle_syntax(question)
    if need.kind == "python":
        return settle_python(question)
    if need.provider == "python":
        return move_consumer(question, back=False)
    provider = need.provider or _provider_of(need.module, facts)
    stock = shelf(provider, facts, question.index) if provider else None
    if stock is None or not stock.versions:
        return []
    if not facts.get(provider) and not (facts.from_text and need.kind == "name"):
        return [] if impostor(provider, need.module) else install_provider(question, stock)
    found = move_provider(question, stock)
    # Where the provider already has it, the trouble lies elsewhere and moving the consumer is no answer either.
    if not found and stock.assumed:
        return found
    # Going back helps a consumer that is too new for a provider, not one that others left behind.
    forward = bool(found) and all((a.spec or "").startswith(("<", "==")) for o in found for a in o.actions)
    return [*found, *move_consumer(question, back=not forward)]


def _provider_of(module: str, facts: Facts) -> str:
    known = distributions_for(module)
    return next((d for d in known if facts.get(d)), known[0] if known else "")

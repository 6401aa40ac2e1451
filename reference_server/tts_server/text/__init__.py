"""The text front end: any text in, clauses to be read aloud out, each with the pause behind it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterator, List, Tuple

from tts_server.text.normalise import normalise
from tts_server.text.tables import PAUSES

PARTS = re.compile("([^{0}]+)([{0}]?)".format("".join(map(re.escape, PAUSES))))


@dataclass(frozen=True)
class Clause:
    """`text` holds no punctuation; `pause`: seconds of silence behind it."""

    text: str
    pause: float


def clauses(text: str, limit: int) -> Tuple[Clause, ...]:
    """The clauses of a text, none over `limit` characters; empty where nothing can be said."""
    found: List[Clause] = []
    for phrase, mark in PARTS.findall(normalise(text)):
        pieces = list(_pieces(phrase, limit))
        found += [Clause(piece, 0.0) for piece in pieces[:-1]]
        found += [Clause(piece, PAUSES.get(mark, 0.0)) for piece in pieces[-1:]]
    return tuple(found)


def _pieces(phrase: str, limit: int) -> Iterator[str]:
    """A phrase cut where it is too long: at a blank where there is one, else near equal lengths."""
    while len(phrase) > limit:
        blank = phrase.rfind(" ", limit // 2, limit)
        # A last piece of one or two characters would sound lost.
        cut = blank if blank > 0 else min(limit, (len(phrase) + 1) // 2 if len(phrase) < 2 * limit else limit)
        yield phrase[:cut].strip()
        phrase = phrase[cut:].strip()
    if phrase.strip():
        yield phrase.strip()

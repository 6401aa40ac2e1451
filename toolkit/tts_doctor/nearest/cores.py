"""Questions about one Python: does the list resolve with these lines relaxed, and if not, which few lines forbid it?

Generators: they yield batches of questions and are sent the answers, so that several Pythons can be asked at once.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass

from tts_doctor.model.lock import Core, ListLine, Question, Resolution
from tts_doctor.parse.resolver_message import mentioned

Asking = Generator[tuple[Question, ...], Sequence[Resolution], Core]
MANY = 6


@dataclass(frozen=True)
class Problem:
    """The list on one Python."""

    python: str
    lines: tuple[ListLine, ...]
    constraints: tuple[str, ...]
    active: frozenset[int]
    """Lines whose marker holds here."""
    free: frozenset[int]
    """Those of them that may be relaxed: with a version, and not held by the user."""

    def question(self, relaxed: Iterable[int] = (), instead: dict[int, str] | None = None) -> Question:
        """The whole list with some lines without version; `instead` replaces lines by other texts."""
        chosen = frozenset(relaxed)
        other = instead or {}
        texts = tuple(
            other.get(i) or (line.relaxed if i in chosen else line.text) for i, line in enumerate(self.lines)
        )
        return Question(self.python, texts, self.constraints)

    def part(self, kept: Iterable[int], named: Iterable[int]) -> Question:
        """Of the list only `kept`, as published, and `named`, without version unless they are held."""
        whole = frozenset(kept)
        shown = sorted(whole | frozenset(named))
        texts = tuple(
            self.lines[i].text if i in whole or i not in self.free else self.lines[i].relaxed for i in shown
        )
        return Question(self.python, texts, self.constraints)


def find_core(problem: Problem, relaxed: frozenset[int], message: str, known: Iterable[frozenset[int]] = ()) -> Asking:
    """A minimal core among the lines not relaxed, given the refusal's words; `known` cores of other Pythons go first.

    Sound: a core is refused together with the bare names around it alone, so the whole list is refused with it too.
    """
    around = _named(problem, message)
    kept = (problem.free & around) - relaxed
    answer = (yield (problem.part(kept, around),))[0]
    if answer.ok or answer.unfinished:  # the words left something out
        around, kept = problem.active, problem.free - relaxed
        answer = (yield (problem.question(relaxed),))[0]
        if answer.unfinished:
            return Core((), "")
    words = answer.message
    for core in known:
        if core and core <= kept and len(core) < len(kept):
            answer = (yield (problem.part(core, around),))[0]
            if answer.refused:
                kept, words = core, answer.message
                break
    while len(kept) > 1:  # whether another version of a single line would do shows when the list is asked without it
        smaller = yield from _shrink(problem, kept, around)
        if smaller is None:
            break
        kept, words = smaller
    return Core(tuple(sorted(kept)), words, problem.part(kept, around))


def _shrink(
    problem: Problem, kept: frozenset[int], around: frozenset[int]
) -> Generator[tuple[Question, ...], Sequence[Resolution], tuple[frozenset[int], str] | None]:
    """A smaller set that is still refused, None where there is none with one line fewer."""
    tries = [kept - {line} for line in sorted(kept)]
    if len(kept) > MANY:
        ordered = sorted(kept)
        half = len(ordered) // 2
        quick = [frozenset(ordered[:half]), frozenset(ordered[half:])]
        answers = yield tuple(problem.part(t, around) for t in quick)
        refused = [(t, a.message) for t, a in zip(quick, answers, strict=True) if a.refused]
        if refused:
            return refused[0]
    for start in range(0, len(tries), MANY):
        batch = tries[start : start + MANY]
        answers = yield tuple(problem.part(t, around) for t in batch)
        for smaller, answer in zip(batch, answers, strict=True):
            if answer.refused:
                named = smaller & _named(problem, answer.message)
                if named != smaller:
                    again = (yield (problem.part(named, around),))[0]
                    if again.refused:
                        return named, again.message
                return smaller, answer.message
    return None


def _named(problem: Problem, message: str) -> frozenset[int]:
    names = mentioned(message)
    return frozenset(i for i in problem.active if problem.lines[i].name in names)

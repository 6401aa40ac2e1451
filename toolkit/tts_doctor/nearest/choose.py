"""Versions for the lines that must change: each in turn the nearest release with which the whole list resolves.

A range is asked in place of single versions: whether any release in it will do is one question, so the nearest of many
is found by halving, and no release between it and what was asked can do.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from tts_doctor.model.lock import Question, Resolution
from tts_doctor.nearest.cores import Problem
from tts_doctor.nearest.versions import Side, distance, place, same_release, sides
from tts_doctor.ports import Resolver

Steps = Generator[tuple[Question, ...], Sequence[Resolution], None]


@dataclass(frozen=True)
class Choice:
    """Versions by line, and the whole solution."""

    versions: tuple[tuple[int, str], ...]
    pins: tuple[tuple[str, str], ...]
    steps: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.steps)


@dataclass(frozen=True)
class _Found:
    version: str
    answer: Resolution


def choose(
    problem: Problem, relaxed: frozenset[int], first: Resolution, resolver: Resolver
) -> Generator[tuple[Question, ...], Sequence[Resolution], Choice]:
    """Nearest versions for `relaxed`, of which `first` is some solution."""
    fixed: dict[int, str] = {}
    answer = first
    steps: list[int] = []
    for index in sorted(relaxed):
        line = problem.lines[index]
        releases = resolver.releases(line.name, problem.python)
        rest = relaxed - set(fixed) - {index}
        found = None
        if not resolver.expired():
            found = yield from _nearest(_Line(problem, index, fixed, rest), releases)
        if found is None:  # no release of the list will do, or there is no time: what the resolver itself chose
            found = _Found(answer.version(line.name), answer)
        fixed[index] = line.pinned(found.version)
        answer = found.answer
        steps.append(distance(line, found.version, releases))
    versions = tuple((index, text.rpartition("==")[2]) for index, text in fixed.items())
    return Choice(versions, answer.pins, tuple(steps))


@dataclass(frozen=True)
class _Line:
    """One line whose version is sought, while `fixed` stand and `rest` are open."""

    problem: Problem
    index: int
    fixed: dict[int, str]
    rest: frozenset[int]

    def ask(self, specifier: str) -> Question:
        text = self.problem.lines[self.index].within(specifier)
        return self.problem.question(self.rest, {**self.fixed, self.index: text})


Sought = Generator[tuple[Question, ...], Sequence[Resolution], _Found | None]


def _nearest(line: _Line, releases: Sequence[str]) -> Sought:
    published = line.problem.lines[line.index]
    same = same_release(published, releases)
    if same:
        answer = (yield (line.ask(f"=={same}"),))[0]
        if answer.ok:
            return _Found(same, answer)
    above, below = sides(published, releases)
    start, width = 0, 1
    while start < max(len(above.versions), len(below.versions)):
        open_sides = [side for side in (above, below) if start < len(side.versions)]
        ends = [min(start + width, len(side.versions)) for side in open_sides]
        questions = tuple(line.ask(side.within(start, end)) for side, end in zip(open_sides, ends, strict=True))
        answers = yield questions
        best: tuple[int, _Found] | None = None
        for side, answer in zip(open_sides, answers, strict=True):
            if answer.ok:
                found = yield from _closest(line, side, start, answer)
                if best is None or found[0] < best[0]:
                    best = found
        if best is not None:
            return best[1]
        start, width = start + width, width * 3
    return None


def _closest(
    line: _Line, side: Side, start: int, answer: Resolution
) -> Generator[tuple[Question, ...], Sequence[Resolution], tuple[int, _Found]]:
    """Index and version of the nearest release from `start` on, of which `answer` holds one."""
    name = line.problem.lines[line.index].name
    version = answer.version(name)
    end = place(side.versions, version, side.above)
    low = start
    while low < end:
        # downwards the resolver has taken the newest first: one question for all that lie nearer settles most
        middle = (low + end + 1) // 2 if side.above else end
        nearer = (yield (line.ask(side.within(low, middle)),))[0]
        if nearer.ok:
            version, answer = nearer.version(name), nearer
            end = place(side.versions, version, side.above)
        elif middle == end:
            break
        else:
            low = middle
    return end, _Found(version, answer)

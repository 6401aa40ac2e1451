"""The search over Pythons and cores, best bound first: the first list that resolves at its own bound is the optimum."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from tts_doctor.model.lock import Core, Question, RequirementList, Resolution
from tts_doctor.model.text import Text
from tts_doctor.nearest.alone import cannot_be_met
from tts_doctor.nearest.choose import Choice, choose
from tts_doctor.nearest.cores import Problem, find_core
from tts_doctor.nearest.hitting_set import cost, minimum_hitting_sets
from tts_doctor.parse.marker import holds
from tts_doctor.ports import Reporter, Resolver

SIDE_BY_SIDE = 2
MOST_ALTERNATIVES = 4
MOST_TRIES = 12
IMPOSSIBLE = 1 << 20


@dataclass(frozen=True)
class Wish:
    """What the user asks of the search."""

    pythons: tuple[str, ...]
    keep: frozenset[str] = frozenset()
    """Canonical names that must not change."""
    weights: Mapping[str, int] = field(default_factory=dict)
    """Canonical name -> what a change of it costs; 1 where silent."""


@dataclass(frozen=True)
class Solved:
    """A Python on which the list can be had, with the lines to relax and versions for them."""

    python: str
    relaxed: frozenset[int]
    choice: Choice
    cost: int


@dataclass(frozen=True)
class Outcome:
    """`best` is None where no Python will do (or time ran out before one was found)."""

    best: Solved | None
    others: tuple[Solved, ...] = ()
    """Lists on the same Python that cost as much."""
    cores: Mapping[str, tuple[Core, ...]] = field(default_factory=dict)
    """What was found on each Python that was looked at."""
    proven: bool = True
    """The number of changes is certainly the least."""
    python: str = ""
    """Without `best`: the Python whose cores tell most plainly why."""
    stuck: tuple[Core, ...] = ()
    """Without `best`: those of its cores that no change of versions settles."""


@dataclass
class _State:
    """One Python while it is searched."""

    problem: Problem
    weights: Mapping[int, int]
    cores: list[Core] = field(default_factory=list)
    bound: int = 0
    dead: bool = False
    """Impossible here, or given up."""
    solved: tuple[frozenset[int], Resolution] | None = None
    doubtful: bool = False
    """A question about it was not answered in time."""
    hints: tuple[frozenset[int], ...] = ()

    def sets(self) -> list[frozenset[int]]:
        found = minimum_hitting_sets([frozenset(c.lines) for c in self.cores], self.weights)
        self.bound = cost(found[0], self.weights) if found else IMPOSSIBLE
        self.dead = not found
        return found

    @property
    def order(self) -> tuple[int, int]:
        return self.bound, -int(self.problem.python.split(".")[1])


T = TypeVar("T")
Walk = Generator[tuple[Question, ...], Sequence[Resolution], None]


def search(listed: RequirementList, wish: Wish, resolver: Resolver, say: Reporter) -> Outcome:
    """The nearest satisfiable list over the wished Pythons. Raises IndexUnavailable."""
    states = [_state(listed, python, wish) for python in wish.pythons]
    winner = _race(states, resolver, say)
    if not resolver.confirm([c.question for s in states for c in s.cores if c.question is not None]):
        states = [_state(listed, python, wish) for python in wish.pythons]
        winner = _race(states, resolver, say)
    cores = {state.problem.python: tuple(state.cores) for state in states}
    proven = winner is not None and not winner.doubtful and not _cheaper(states, winner)
    winner = winner or _rescue(states, resolver)
    if winner is None or winner.solved is None:
        return _without_hope(states, cores, resolver)
    solutions = _solutions(winner, resolver) if proven else [winner.solved]
    chosen: list[Solved] = []
    for relaxed, answer in solutions[:MOST_ALTERNATIVES]:
        choice = _drive(choose(winner.problem, relaxed, answer, resolver), resolver)
        chosen.append(Solved(winner.problem.python, relaxed, choice, cost(relaxed, winner.weights)))
    chosen.sort(key=lambda solved: solved.choice.total)
    cores[winner.problem.python] = tuple(winner.cores)
    return Outcome(chosen[0], tuple(chosen[1:]), cores, proven)


def _without_hope(states: list[_State], cores: dict[str, tuple[Core, ...]], resolver: Resolver) -> Outcome:
    """Nothing was found: what stands in the way on the Python that comes nearest."""
    state = min(states, key=lambda s: (len(s.cores), -int(s.problem.python.split(".")[1])))
    python = state.problem.python
    proven = all(s.dead and not s.doubtful for s in states)
    stuck = cannot_be_met(state.problem, resolver)
    if stuck:
        others = [c for c in state.cores if c.lines and not any(set(s.lines) <= set(c.lines) for s in stuck)]
        cores[python] = (*stuck, *others) or cores[python]
    return Outcome(None, (), cores, proven, python, stuck)


def _state(listed: RequirementList, python: str, wish: Wish) -> _State:
    lines = listed.lines
    active = frozenset(i for i, line in enumerate(lines) if holds(line.marker, python))
    free = frozenset(i for i in active if lines[i].name and lines[i].specifier and lines[i].name not in wish.keep)
    problem = Problem(python, lines, tuple(c.text for c in listed.constraints), active, free)
    return _State(problem, {i: wish.weights.get(lines[i].name, 1) for i in free})


def _race(states: list[_State], resolver: Resolver, say: Reporter) -> _State | None:
    """Advance the Pythons with the best bounds until one is solved at the least bound of all."""
    walks = {id(state): _walk(state) for state in states}
    waiting: dict[int, tuple[Question, ...]] = {}
    while not resolver.expired():
        alive = sorted((s for s in states if not s.dead), key=lambda s: s.order)
        if not alive:
            return None
        if alive[0].solved:
            return alive[0]
        going = [s for s in alive if not s.solved and s.bound == alive[0].bound][:SIDE_BY_SIDE]
        for state in going:
            if id(state) not in waiting:
                waiting[id(state)] = next(walks[id(state)])
        answers = resolver.answer([q for s in going for q in waiting[id(s)]])
        taken = 0
        for state in going:
            mine = answers[taken : taken + len(waiting[id(state)])]
            taken += len(mine)
            _share(state, states)
            known = len(state.cores)
            try:
                waiting[id(state)] = walks[id(state)].send(mine)
            except StopIteration:
                waiting.pop(id(state), None)
            if len(state.cores) > known and state.cores[-1].lines:
                say.step(_progress(state))
    return None


def _progress(state: _State) -> Text:
    python, count = state.problem.python, len(state.cores)
    lines = " + ".join(state.problem.lines[i].text for i in state.cores[-1].lines)
    return Text(
        f"Python {python}, conflict {count}: {lines}",
        f"Python {python}，冲突 {count}：{lines}",
    )


def _share(state: _State, states: list[_State]) -> None:
    """Cores of other Pythons are worth a first try here."""
    state.hints = tuple(dict.fromkeys(frozenset(c.lines) for s in states if s is not state for c in s.cores))


def _walk(state: _State) -> Walk:
    """Questions until this Python is solved at its bound, or found impossible."""
    while True:
        sets = state.sets()
        if not sets:
            return
        answer = (yield (state.problem.question(sets[0]),))[0]
        if answer.ok:
            state.solved = sets[0], answer
            return
        if answer.unfinished:
            state.doubtful = state.dead = True
            return
        yield from _learn(state, sets[0], answer)
        if state.dead:
            return


def _learn(state: _State, relaxed: frozenset[int], answer: Resolution) -> Walk:
    core = yield from find_core(state.problem, relaxed, answer.message, state.hints)
    if not core.lines and not core.message:  # no answer in time
        state.doubtful = state.dead = True
        return
    state.cores.append(core)
    state.sets()


def _solutions(state: _State, resolver: Resolver) -> list[tuple[frozenset[int], Resolution]]:
    """Every choice of lines that costs as little as the first, as far as time allows."""
    assert state.solved is not None
    found = [state.solved]
    least = state.bound
    for _ in range(MOST_TRIES):
        known = {relaxed for relaxed, _ in found}
        todo = [s for s in state.sets() if s not in known][:SIDE_BY_SIDE]
        if not todo or state.bound > least or len(found) >= MOST_ALTERNATIVES or resolver.expired():
            break
        answers = resolver.answer([state.problem.question(s) for s in todo])
        for relaxed, answer in zip(todo, answers, strict=True):
            if answer.ok:
                found.append((relaxed, answer))
            elif not answer.unfinished:
                _drive(_learn(state, relaxed, answer), resolver)
            else:
                return found
    return found


def _rescue(states: list[_State], resolver: Resolver) -> _State | None:
    """Out of time: some list that resolves on the most promising Python, however many lines it changes."""
    for state in sorted((s for s in states if s.doubtful or not s.dead), key=lambda s: (len(s.cores), s.order))[:2]:
        relaxed = frozenset(i for core in state.cores for i in core.lines) & state.problem.free
        for attempt in (relaxed, state.problem.free):
            answer = resolver.answer([state.problem.question(attempt)])[0]
            if answer.ok:
                state.solved = _fewer(state.problem, attempt, answer, resolver)
                return state
    return None


def _fewer(
    problem: Problem, relaxed: frozenset[int], answer: Resolution, resolver: Resolver
) -> tuple[frozenset[int], Resolution]:
    """One line after the other as published again, where that still resolves; what is not cached is not asked."""
    for line in sorted(relaxed):
        tried = resolver.answer([problem.question(relaxed - {line})])[0]
        if tried.ok:
            relaxed, answer = relaxed - {line}, tried
    return relaxed, answer


def _cheaper(states: list[_State], winner: _State) -> bool:
    """Whether a Python that was given up for lack of time might need fewer changes."""
    return any(s.doubtful and len(s.cores) < winner.bound for s in states)


def _drive(walk: Generator[tuple[Question, ...], Sequence[Resolution], T], resolver: Resolver) -> T:
    """Answer a generator's questions until it returns."""
    try:
        questions = next(walk)
        while True:
            questions = walk.send(resolver.answer(questions))
    except StopIteration as ended:
        return ended.value  # type: ignore[no-any-return]


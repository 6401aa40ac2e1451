"""Tries repairs in copies of the patient, cheapest first, until the command runs. Never touches the patient itself.

A best-first search: a node is a copy of the environment with some actions applied, in which the command still fails,
but otherwise than before: progress, since repairs cascade. What fails as before is thrown away. The first success is
kept while cheaper ones are still thinkable; steps that turn out needless are left out at the end.
"""

from __future__ import annotations

import contextlib
import heapq
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count, zip_longest

from tts_doctor.diagnose import diagnose
from tts_doctor.effects.changed_versions import versions_on_disk
from tts_doctor.effects.read_trial import read_trial
from tts_doctor.effects.transaction import Transaction, Trial
from tts_doctor.effects.try_variables import changed as changed_environment
from tts_doctor.errors import DoctorError, IndexUnavailable, InstallError
from tts_doctor.judge_outcome import apart, changed_names, collisions, is_next_of_kind, signature, suspects, written_for
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Action, Diagnosis
from tts_doctor.model.receipt import Changed
from tts_doctor.model.request import ExamineRequest
from tts_doctor.model.symptom import Symptom
from tts_doctor.model.text import Text
from tts_doctor.plan_repairs import (
    ASKED_PRICE,
    PACKAGE_ACTIONS,
    Repair,
    Wishes,
    looks_pinned,
    nearest,
    plan_repairs,
    price_of,
    target_of,
    targets,
    within_series,
)
from tts_doctor.ports import Index, Reporter
from tts_doctor.propose import fallbacks, older_series

BETTER_TRIES = 3
"""Trials spent on something cheaper once one repair is known to work."""
BETTER_SECONDS = 60.0
MOST_ATTEMPTS = 40
DAMAGE_PRICE = 6.0
FALLBACK_PRICE = 3.5
"""Asking the index without a cause costs so much, and comes after the two cheapest repairs of known causes."""
KNOWN_LEAD = 3.0
"""Taken off the turn of what follows a step of a known cause that led on: guesses about the start come later."""
STRIDE = 4.0
"""Taken off the turn of what follows a step after which the same complaint names the next party."""
MOVES_VERSIONS = frozenset({"pin", "install", "uninstall"})
Outcome = tuple[frozenset[Changed], frozenset[Action]]
DEEPEST = 8
"""Steps of one repair: faults hide behind faults, but not for ever."""


@dataclass(frozen=True)
class State:
    """A copy of the environment, what was done to it, and how the command ends in it."""

    trial: Trial
    steps: tuple[tuple[Action, ...], ...]
    """One repair each; the actions of one belong together."""
    case: Examination
    price: float
    seen: frozenset[tuple[str, str]]
    """The failures on the way here: meeting one again is no progress."""
    lead: float = 0.0
    """How much sooner than by its price it is followed up."""
    known: bool = True
    """Whether every step treated a known cause."""

    @property
    def actions(self) -> tuple[Action, ...]:
        return tuple(action for step in self.steps for action in step)

    @property
    def solved(self) -> bool:
        return self.case.symptom is not None and not self.case.symptom.failed


@dataclass(frozen=True)
class Attempt:
    """One thing that was tried, for the report where nothing helps."""

    actions: tuple[Action, ...]
    outcome: str


@dataclass
class Search:
    """One search; `deadline` is of the monotonic clock."""

    transaction: Transaction
    request: ExamineRequest
    wishes: Wishes
    index: Index | None
    say: Reporter
    deadline: float
    only: str = ""
    """The id of the one finding that may be treated; empty: every one."""
    attempts: list[Attempt] = field(default_factory=list)
    _heap: list[tuple[float, int, State, Repair | None]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)
    _failures: set[tuple[str, ...]] = field(default_factory=set)
    _outcomes: set[Outcome] = field(default_factory=lambda: {(frozenset(), frozenset())})
    _vain: set[tuple[tuple[Action, ...], ...]] = field(default_factory=set)
    """Steps after which the command still failed."""
    _judged: set[str] = field(default_factory=set)

    def run(self, case: Examination) -> State | None:
        """The cheapest working state that was found, or None."""
        start = State(self.transaction.fork(None), (), case, 0.0, frozenset({signature(case.symptom)}))
        self._expand(start)
        best: State | None = None
        better_until, tries = self.deadline, BETTER_TRIES
        while self._heap and time.monotonic() < better_until and tries > 0 and len(self.attempts) < MOST_ATTEMPTS:
            price, _, state, repair = heapq.heappop(self._heap)
            guess = repair is None or repair.finding == "search"
            if best is not None and (price + state.lead >= best.price - 0.5 or (guess and best.known)):
                continue
            if repair is None:
                self._expand_fallbacks(state)
                continue
            if best is not None:
                tries -= 1
            child = self._try(state, repair)
            if child is None:
                continue
            if not child.solved:
                self._expand(child)
            elif best is None or child.price < best.price:
                if best is None:
                    better_until = min(self.deadline, time.monotonic() + BETTER_SECONDS)
                best = child
        return self._without_needless(case, best) if best else None

    def _push(self, price: float, state: State, repair: Repair | None) -> None:
        turn = state.price + price - state.lead
        heapq.heappush(self._heap, (turn, next(self._numbers), state, repair))

    def _expand(self, state: State) -> None:
        if len(state.steps) >= DEEPEST:
            return
        diagnosis = diagnose(state.case, self.index)
        if self.only:
            diagnosis = replace(diagnosis, findings=tuple(f for f in diagnosis.findings if f.id == self.only))
        self._learn_pins(targets(diagnosis))
        repairs = plan_repairs(diagnosis, (), state.case.facts, self.wishes)
        for repair in repairs:
            self._push(repair.price, state, repair)
        if not self.only:
            likely = sorted(repair.price for repair in repairs)[:2]
            self._push(max([FALLBACK_PRICE, *likely]), state, None)

    def _learn_pins(self, names: frozenset[str]) -> None:
        """Count as asked for what somebody holds below the version that an installer would have chosen."""
        if self.wishes.marks_tell or self.index is None:
            return
        facts, index = self.transaction.facts, self.index
        for name in names - self._judged:
            self._judged.add(name)
            with contextlib.suppress(IndexUnavailable):
                if looks_pinned(name, facts, index):
                    self.wishes = replace(self.wishes, asked=self.wishes.asked | {name})

    def _expand_fallbacks(self, state: State) -> None:
        if self.index is None or state.case.symptom is None:
            return
        self.say.step(
            Text("no known cause helped: asking the index what else could", "已知原因均无效：正在向软件源查询其他可能")
        )
        try:
            moved = fallbacks(state.case.facts, self.index, suspects(state.case))
            older = older_series(state.case.facts, self.index, written_for(state.case))
            found = tuple(repair for pair in zip_longest(moved, older) for repair in pair if repair)
        except IndexUnavailable:
            return
        empty = Diagnosis("")
        for repair in plan_repairs(empty, found, state.case.facts, self.wishes):
            self._push(repair.price, state, repair)

    def _try(self, state: State, repair: Repair) -> State | None:
        key = (str(id(state.trial)), *map(str, repair.actions))
        if key in self._failures:
            return None
        self._failures.add(key)
        self.say.step(Text(f"trying: {spoken(repair.actions)}", f"尝试：{spoken(repair.actions)}"))
        steps = (*state.steps, repair.actions)
        trial = self.transaction.fork(state.trial)
        problem = self._apply(trial, repair.actions)
        if problem:
            self.attempts.append(Attempt(state.actions + repair.actions, problem))
            self.transaction.discard(trial)
            return None
        outcome = self._outcome(trial, steps)
        if outcome in self._outcomes:
            self.transaction.discard(trial)  # another way to what was examined already
            return None
        self._outcomes.add(outcome)
        child = self._examine(trial, steps, state, repair.finding != "search")
        if not child.solved:
            self._vain.add(steps)
        if child.solved or signature(child.case.symptom) not in state.seen:
            self.attempts.append(
                Attempt(state.actions + repair.actions, "works" if child.solved else "fails otherwise")
            )
            return child
        self.attempts.append(Attempt(state.actions + repair.actions, "fails as before"))
        self.transaction.discard(trial)
        return None

    def _outcome(self, trial: Trial, steps: tuple[tuple[Action, ...], ...]) -> Outcome:
        """What the copy is after all steps: which versions differ, and what else was done that no version tells."""
        other = (a for step in steps for a in step if a.action not in MOVES_VERSIONS or a.value is not None)
        return frozenset(versions_on_disk(trial.pairs, self.transaction.sites)), frozenset(other)

    def _apply(self, trial: Trial, actions: tuple[Action, ...]) -> str:
        """Why it could not be applied, or an empty string. Holds as much as the solver lets it hold."""
        if not any(a.action not in {"env-var"} for a in actions):
            return ""
        problem = ""
        named = {target_of(action) for action in actions if action.action in PACKAGE_ACTIONS}
        keep = self.wishes.keep
        held = keep | (self.wishes.asked - named)
        exact = actions
        if self.index is not None:
            with contextlib.suppress(IndexUnavailable):
                exact = nearest(actions, self.index)
        for steps, hold, kept in dict.fromkeys((
            (exact, "all", keep), (exact, "none", held), (actions, "all", keep), (actions, "none", held),
            (within_series(actions), "none", keep), (actions, "none", keep),
        )):  # fmt: skip
            try:
                self.transaction.apply(trial, steps, hold, tuple(kept))
                return ""
            except InstallError as error:
                problem = error.en
        return problem

    def _examine(
        self, trial: Trial, steps: tuple[tuple[Action, ...], ...], parent: State, known: bool = False
    ) -> State:
        actions = tuple(action for step in steps for action in step)
        environ = environment_with(self.request.environ, actions)
        symptom = self._symptom(trial, environ)
        facts = read_trial(self.transaction, trial, environ, symptom)
        price = self._price(actions, facts)
        case = Examination(facts, symptom, () if symptom.failed else parent.case.counterfactuals)
        lead = max(KNOWN_LEAD * known, parent.lead + STRIDE * is_next_of_kind(parent.case.symptom, symptom))
        return State(trial, steps, case, price, parent.seen | {signature(symptom)}, lead, parent.known and known)

    def _symptom(self, trial: Trial, environ: dict[str, str]) -> Symptom:
        """How the command ends in the copy; what it changes there itself is not part of the repair."""
        from tts_doctor.parse.symptom import read_symptom

        request = self.request
        ran = self.transaction.rehearse(trial, request.command, environ, request.cwd, request.timeout, request.up)
        return read_symptom(ran.output, request.command, ran.exit_code, ran.seconds, request.python)

    def _price(self, actions: tuple[Action, ...], facts: Facts) -> float:
        """What the changes cost, now that they are known: every distribution that differs, asked ones dearer, and new
        damage dearest: two distributions written over each other work by chance.
        """
        names = changed_names(self.transaction.facts, facts)
        asked = names & self.wishes.asked
        other = sum(price_of(a, facts, self.wishes) for a in actions if a.action not in PACKAGE_ACTIONS)
        same = sum(0.3 for a in actions if a.action in PACKAGE_ACTIONS)
        damage = collisions(facts) - collisions(self.transaction.facts)
        return other + same + min(len(names), 12) * 0.6 + ASKED_PRICE * len(asked) + DAMAGE_PRICE * len(damage)

    def _without_needless(self, case: Examination, best: State) -> State:
        """Leave out each step without which the command runs too."""
        best = replace(best, steps=tuple(part for step in best.steps for part in apart(step)))
        index = 0
        while len(best.steps) > 1 and index < len(best.steps) and time.monotonic() < self.deadline:
            steps = best.steps[:index] + best.steps[index + 1 :]
            if steps in self._vain:
                index += 1
                continue
            actions = tuple(action for step in steps for action in step)
            self.say.step(Text(f"is less enough? {spoken(actions)}", f"更少的改动是否足够？{spoken(actions)}"))
            trial = self.transaction.fork(None)
            start = State(trial, (), case, 0.0, frozenset())
            try:
                child = None if self._apply(trial, actions) else self._examine(trial, steps, start)
            except DoctorError:
                child = None
            if child is not None and child.solved and child.price <= best.price:
                best = child
                continue
            self.transaction.discard(trial)
            index += 1
        return best


def environment_with(environ: dict[str, str], actions: tuple[Action, ...]) -> dict[str, str]:
    return changed_environment(environ, {a.target: a.value for a in actions if a.action == "env-var"})


def spoken(actions: tuple[Action, ...]) -> str:
    """`pin werkzeug<3, unset PYTHONPATH`."""
    words = []
    for a in actions:
        if a.action == "env-var":
            words.append(f"unset {a.target}" if a.value is None else f"{a.target}={a.value}")
        else:
            spec = a.spec if a.action != "patch" else ""
            words.append(f"{a.action} {a.target}{spec or ''}")
    return ", ".join(words)

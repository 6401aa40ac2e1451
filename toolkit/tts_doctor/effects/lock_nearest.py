"""The list as it stands or the nearest that resolves: the pure search, driven by uv, and its outcome in words."""

from __future__ import annotations

from tts_doctor.effects.lock_resolver import UvResolver
from tts_doctor.model.lock import Alternative, LockRequest, Nearest
from tts_doctor.model.text import Text
from tts_doctor.nearest import Wish, search
from tts_doctor.nearest.explain import changes_of, conflicts_in, despair_of, proof_of
from tts_doctor.nearest.search import Outcome
from tts_doctor.ports import Reporter

MORE_ROUNDS = 2
"""With nothing in the cache the first search may end before it has fetched what it needs."""


def find_nearest(request: LockRequest, resolver: UvResolver, say: Reporter) -> Nearest:
    """The best over the request's Pythons; `resolves` is False where none was found. Raises IndexUnavailable."""
    nearest = _nearest(request, resolver, say)
    for _ in range(MORE_ROUNDS if request.nearest else 0):
        if nearest.resolves or nearest.optimal:
            break
        say.step(Text("nothing found yet; going on", "尚未找到，继续搜索"))
        resolver.renew()
        nearest = _nearest(request, resolver, say)
    if not nearest.resolves and nearest.optimal and resolver.distrust():
        again = _nearest(request, resolver, say)  # a refusal of everything deserves a second look
        nearest = again if again.resolves or again.optimal else nearest
    return nearest


def _nearest(request: LockRequest, resolver: UvResolver, say: Reporter) -> Nearest:
    listed = request.listed
    outcome = search(listed, Wish(request.pythons, request.keep, dict(request.weights)), resolver, say)
    if outcome.best is None:
        return _hopeless(request, outcome)
    best = outcome.best
    changed = dict(best.choice.versions)
    texts = tuple(line.pinned(changed[i]) if i in changed else line.text for i, line in enumerate(listed.lines))
    fits = request.nearest or not changed
    others = tuple(Alternative(changes_of(listed.lines, o, outcome), o.python) for o in outcome.others)
    return Nearest(
        python=best.python,
        requirements=texts if fits else tuple(line.text for line in listed.lines),
        pins=best.choice.pins if fits else (),
        changes=changes_of(listed.lines, best, outcome),
        conflicts=conflicts_in(listed.lines, outcome.cores.get(best.python, ()), best.python),
        alternatives=others,
        optimal=outcome.proven,
        proof=proof_of(listed.lines, best, outcome, request.pythons),
        resolves=fits,
    )


def _hopeless(request: LockRequest, outcome: Outcome) -> Nearest:
    """No Python will do: what stands in the way on the one that comes nearest."""
    lines = request.listed.lines
    python = outcome.python
    cores = outcome.cores.get(python, ())
    return Nearest(
        python=python,
        requirements=tuple(line.text for line in lines),
        pins=(),
        conflicts=conflicts_in(lines, cores, python),
        optimal=outcome.proven,
        proof=despair_of(lines, outcome),
        resolves=False,
    )

"""Repairs to try when no mechanism explains a failure: what has usually moved too far, or not far enough.

Guesses, cheapest first; every one of them has to be proven by the command that failed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from packaging.utils import canonicalize_name

from tts_doctor.errors import IndexUnavailable
from tts_doctor.model.facts import Distribution, Facts
from tts_doctor.model.finding import Action
from tts_doctor.model.text import Text
from tts_doctor.ports import Index
from tts_doctor.propose.candidates import (
    Shelf,
    parsed,
    release_date,
    requirements,
    shelf,
    short_upper,
    trimmed,
    unmet,
)

MOST_CONSUMERS = 4
MOST_PROVIDERS = 12
MINOR_STEPS = (1, 2, 4, 8)
Repair = tuple[Action, ...]


def fallbacks(facts: Facts, index: Index, consumers: Sequence[str]) -> tuple[Repair, ...]:
    """Repairs to try for the distributions named, innermost of the traceback first. Raises IndexUnavailable.

    For each: upgrade it; hold its direct providers as of its date; the previous major of a provider that is newer.
    """
    named = dict.fromkeys(canonicalize_name(c) for c in consumers)
    present = [d for d in (facts.get(n) for n in named) if d is not None and d.version][:MOST_CONSUMERS]
    rows = [list(_of_one(dist, facts, index, set(named))) for dist in present]
    mixed = [repair for row in zip_longest(*rows) for repair in row if repair is not None]
    seen: dict[tuple[tuple[str, str | None], ...], Repair] = {}
    for repair in mixed:
        seen.setdefault(tuple((a.target, a.spec) for a in repair), repair)
    return tuple(seen.values())


def older_series(facts: Facts, index: Index, names: Sequence[str]) -> tuple[Repair, ...]:
    """For each distribution, used by the user's own code: earlier series, which that may be written for.

    The major version before, then one, two, four and eight minor versions back. Raises IndexUnavailable.
    """
    rows = []
    for name in dict.fromkeys(map(canonicalize_name, names)):
        dist = facts.get(name)
        if dist is not None and dist.version:
            stock = shelf(dist.key, facts, index)
            rows.append([(_ending_with(dist.key, stock, place),) for place in _earlier(stock)])
    return tuple(repair for row in zip_longest(*rows) for repair in row if repair is not None)


def _earlier(stock: Shelf) -> list[int]:
    """Places of the last release of earlier series, in the order of trying."""
    last_of_minor: dict[tuple[int, int], int] = {}
    now = parsed(stock.installed)
    for place in stock.below:
        version = parsed(stock.versions[place])
        if (version.major, version.minor) != (now.major, now.minor):
            last_of_minor.setdefault((version.major, version.minor), place)
    minors = list(last_of_minor.values())
    major = _last_of_previous_major(stock)
    steps = [minors[n - 1] for n in MINOR_STEPS if n <= len(minors)]
    return list(dict.fromkeys([*([] if major is None else [major]), *steps]))


def _ending_with(key: str, stock: Shelf, last: int) -> Action:
    """The pin whose newest version is the one at `last`."""
    return Action(
        "pin",
        key,
        _up_to(stock, last),
        why=Text(
            f"{stock.versions[last]} is the last of an earlier series", f"{stock.versions[last]} 是较早系列的最后一版"
        ),
    )


def _up_to(stock: Shelf, last: int) -> str:
    """The specifier whose newest version is the one at `last`; the index may list none after it."""
    after = stock.versions[last + 1 : last + 2]
    return f"<{short_upper(after[0], stock.versions[last])}" if after else f"<={stock.versions[last]}"


def _of_one(dist: Distribution, facts: Facts, index: Index, named: set[str]) -> Iterator[Repair]:
    date = release_date(dist.key, dist.version, index)
    providers = _providers(dist, facts, index, named)
    held = list(_held(dist, providers, date, facts, index)) if date else []
    # A provider that stands in the traceback too is the likelier half of the broken contract.
    yield from (repair for name, repair in held if name in named)
    yield from _upgrade(dist, facts, index)
    yield from (repair for name, repair in held if name not in named)
    as_released = dict(held)  # of two repairs of one provider the last, which goes back to the consumer's date
    if len(as_released) > 1:
        yield tuple(action for repair in as_released.values() for action in repair)


def _providers(dist: Distribution, facts: Facts, index: Index, named: set[str]) -> list[Distribution]:
    lines = dist.requires or index.requires(dist.key, dist.version)
    names = dict.fromkeys(canonicalize_name(r.name) for r in requirements(lines, facts))
    found = [d for d in (facts.get(n) for n in [*names, *(n for n in named if n != dist.key)]) if d and d.version]
    return list(dict.fromkeys(found))[:MOST_PROVIDERS]


def _upgrade(dist: Distribution, facts: Facts, index: Index) -> Iterator[Repair]:
    """The nearest newer release that accepts the rest as it is, and the newest."""
    stock = shelf(dist.key, facts, index)
    above = list(stock.above)
    if not above:
        return
    newest = stock.versions[above[-1]]
    major = parsed(dist.version).release[:1]
    same = [p for p in above if parsed(stock.versions[p]).release[:1] == major]
    near = stock.versions[same[-1]] if same else ""
    if near and near != newest:
        bound = short_upper(stock.versions[same[-1] + 1], near)
        yield (
            Action(
                "pin",
                dist.key,
                f">{dist.version},<{bound}",
                why=Text(f"{near} is the last of its major version", f"{near} 是该主版本的最后一版"),
            ),
        )
    cost = len(unmet(dist.key, newest, facts, index))
    note = Text("the newest release", "最新版")
    if cost:
        note = Text(
            f"the newest release ({cost} of its requirements would move too)", f"最新版（另有 {cost} 项依赖会变动）"
        )
    yield (Action("pin", dist.key, f">={trimmed(newest)}", why=note),)


def _held(
    dist: Distribution, providers: Sequence[Distribution], date: str, facts: Facts, index: Index
) -> Iterator[tuple[str, Repair]]:
    """Each provider that was uploaded after the consumer, back to what there was then; the farthest moved first."""
    moved: list[tuple[int, int, str, Shelf, int]] = []
    for provider in providers:
        try:
            stock = shelf(provider.key, facts, index)
        except IndexUnavailable:
            continue
        then = stock.as_of(date)
        if then is None or then >= stock.place:
            continue
        now, before = parsed(provider.version), parsed(stock.versions[then])
        majors = now.major - before.major
        moved.append((-majors, then - stock.place, provider.key, stock, then))
    for majors, _, key, stock, then in sorted(moved, key=lambda m: m[:3]):
        before_version = stock.versions[then]
        if majors < 0:
            last = _last_of_previous_major(stock)
            if last is not None and last > then:
                yield key, (_ending_with(key, stock, last),)
        why = Text(
            f"{before_version} was current when {dist.name} {dist.version} was released",
            f"{before_version} 是 {dist.name} {dist.version} 发布时的最新版",
        )
        yield key, (Action("pin", key, _up_to(stock, then), why=why),)


def _last_of_previous_major(stock: Shelf) -> int | None:
    major = parsed(stock.installed).major
    places = [p for p in stock.below if parsed(stock.versions[p]).major < major]
    return places[0] if places else None

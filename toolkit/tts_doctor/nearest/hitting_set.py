"""Minimum-cost hitting sets: the cheapest choices of lines that meet every core. Exact; knows nothing of packages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

Set = frozenset[int]


def minimum_hitting_sets(cores: Iterable[Set], weights: Mapping[int, int], limit: int = 64) -> list[Set]:
    """All of least total weight (1 where `weights` is silent), at most `limit`; [empty set] where there is no core.

    Empty where a core is empty: nothing can meet it.
    """
    wanted = _minimal(cores)
    if any(not core for core in wanted):
        return []
    best = [sum(weights.get(min(core, key=lambda i: weights.get(i, 1)), 1) for core in wanted)]
    found: dict[Set, int] = {}
    _search(wanted, frozenset(), 0, frozenset(), weights, best, found)
    least = [s for s, cost in found.items() if cost == best[0] and not _redundant(s, wanted)]
    return list(islice(sorted(least, key=sorted), limit))


def cost(chosen: Set, weights: Mapping[int, int]) -> int:
    """Total weight."""
    return sum(weights.get(i, 1) for i in chosen)


def _minimal(cores: Iterable[Set]) -> list[Set]:
    ordered = sorted(set(cores), key=lambda core: (len(core), sorted(core)))
    kept: list[Set] = []
    for core in ordered:
        if not any(smaller <= core for smaller in kept):
            kept.append(core)
    return kept


def _search(
    cores: Sequence[Set], chosen: Set, spent: int, banned: Set, weights: Mapping[int, int], best: list[int],
    found: dict[Set, int],
) -> None:  # fmt: skip
    open_cores = [core - banned for core in cores if not core & chosen]
    if spent + _disjoint_bound(open_cores, weights) > best[0]:
        return
    if not open_cores:
        best[0] = min(best[0], spent)
        found[chosen] = spent
        return
    core = min(open_cores, key=len)
    refused = banned
    for line in sorted(core):
        _search(cores, chosen | {line}, spent + weights.get(line, 1), refused, weights, best, found)
        refused = refused | {line}


def _disjoint_bound(cores: Sequence[Set], weights: Mapping[int, int]) -> int:
    """A lower bound: cores that share no line must each be paid for."""
    used: Set = frozenset()
    total = 0
    for core in sorted(cores, key=len):
        if not core:
            return 1 << 30
        if not core & used:
            used |= core
            total += min(weights.get(i, 1) for i in core)
    return total


def _redundant(chosen: Set, cores: Sequence[Set]) -> bool:
    """A line of weight 0 that meets nothing of its own."""
    return any(all(core & (chosen - {line}) for core in cores) for line in chosen)

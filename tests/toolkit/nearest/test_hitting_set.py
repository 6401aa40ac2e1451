"""The exact solver against plain enumeration."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tts_doctor.nearest.hitting_set import cost, minimum_hitting_sets

TABLE = [
    ([], {}, [set()]),
    ([{1}], {}, [{1}]),
    ([{1, 2}, {2, 3}], {}, [{2}]),
    ([{1, 2}], {}, [{1}, {2}]),
    ([{1, 2}], {1: 3}, [{2}]),
    ([{1, 2}, {3, 4}], {2: 2, 4: 2}, [{1, 3}]),
    ([{1}, {1, 2}, {3}], {}, [{1, 3}]),
    ([set(), {1}], {}, []),
]


@pytest.mark.parametrize(("cores", "weights", "expected"), TABLE, ids=range(len(TABLE)))
def test_table(cores: list[set[int]], weights: dict[int, int], expected: list[set[int]]) -> None:
    """All of least cost, in a fixed order."""
    assert minimum_hitting_sets([frozenset(c) for c in cores], weights) == [frozenset(e) for e in expected]


@given(
    st.lists(st.frozensets(st.integers(0, 6), min_size=1, max_size=4), max_size=6),
    st.dictionaries(st.integers(0, 6), st.integers(1, 3)),
)
def test_agrees_with_enumeration(cores: list[frozenset[int]], weights: dict[int, int]) -> None:
    """The very sets that trying every subset finds."""
    every = [frozenset(c) for size in range(8) for c in combinations(range(7), size)]
    meeting = [s for s in every if all(s & core for core in cores)]
    least = min(cost(s, weights) for s in meeting)
    expected = {s for s in meeting if cost(s, weights) == least}

    assert set(minimum_hitting_sets(cores, weights, limit=1000)) == expected

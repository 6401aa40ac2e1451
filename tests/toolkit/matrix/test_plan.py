"""Cells of grids: which, in which order, in which parts."""

from __future__ import annotations

import pytest

from tts_doctor.matrix.plan import MOST_JOBS, cells_of, github_matrix, lines_of, shard, specifier, with_axes
from tts_doctor.model.lock import ListLine
from tts_doctor.model.matrix import Axis, Grid

GRID = Grid("g", ("3.8", "3.10"), (Axis("numpy", ("1.23", "2.0")), Axis("scipy", ("1.9.3", "*"))))
MODELSCOPE = ListLine("modelscope[audio]>=1", "modelscope", "modelscope", "[audio]", ">=1")


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1.26", "==1.26.*"), ("2", "==2.*"), ("1.26.4", "==1.26.4"), ("2023.10", "==2023.10.*"), ("<2", "<2"), ("*", "")],
)
def test_a_value_of_an_axis_is_a_series_a_release_or_a_specifier(value: str, expected: str) -> None:
    assert specifier(value) == expected


def test_the_last_axis_varies_fastest() -> None:
    labels = [cell.label for cell in cells_of([GRID])]
    assert len(labels) == 8
    assert labels[:3] == ["3.8 numpy=1.23 scipy=1.9.3", "3.8 numpy=1.23 scipy=*", "3.8 numpy=2.0 scipy=1.9.3"]


def test_a_cell_asks_for_its_pins_and_the_rest_of_the_list() -> None:
    """An axis takes the place of a line's version; its extras stay."""
    axes = (Axis("modelscope", ("1.9",)), Axis("numpy", ("*",)))
    grid = Grid("g", ("3.10",), axes, (MODELSCOPE, ListLine("six", "six")))
    (cell,) = cells_of([grid])
    assert [line.text for line in lines_of(cell)] == ["modelscope==1.9.*", "numpy", "modelscope[audio]", "six"]
    assert next(line.text for line in lines_of(cell, ["modelscope"])) == "numpy"
    assert cell.names == ("modelscope", "numpy", "six")


def test_a_cell_is_the_same_question_in_any_matrix() -> None:
    """Its key depends on what it asks, not on its neighbours; another date is another question."""
    alone = Grid("g", ("3.10",), (Axis("numpy", ("2.0",)), Axis("scipy", ("*",))))
    (cell,) = cells_of([alone])
    assert cell.key in {c.key for c in cells_of([GRID])}
    assert cell.key not in {c.key for c in cells_of([GRID], "2024-01-01")}


def test_axes_of_the_command_line_replace_those_of_the_file() -> None:
    grid = with_axes(GRID, [Axis("scipy", ("1.5",)), Axis("numba", ("0.53",))])
    assert [(a.name, a.values) for a in grid.axes] == [
        ("numpy", ("1.23", "2.0")), ("scipy", ("1.5",)), ("numba", ("0.53",)),
    ]  # fmt: skip


@pytest.mark.parametrize("count", [1, 2, 3, 8, 11])
def test_shards_hold_every_cell_once(count: int) -> None:
    cells = cells_of([GRID])
    parts = [shard(cells, number, count) for number in range(1, count + 1)]
    assert tuple(cell for part in parts for cell in part) == cells
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_github_gets_a_job_for_each_cell_and_never_too_many() -> None:
    rows = github_matrix(cells_of([GRID]))["include"]
    assert rows[0] == {"name": "3.8 numpy=1.23 scipy=1.9.3", "python": "3.8", "shard": "1/8"}
    many = Grid("g", ("3.8", "3.10"), (Axis("numpy", tuple(f"1.{n}" for n in range(200))),))
    rows = github_matrix(cells_of([many]))["include"]
    assert (len(rows), rows[128]["python"]) == (MOST_JOBS, "3.10")
    assert rows[0]["name"].endswith("and 1 more")

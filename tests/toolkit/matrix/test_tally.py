"""Rows and columns of a matrix: the last axis across, the others down; without axes the Pythons across."""

from __future__ import annotations

from tts_doctor.matrix.plan import cells_of
from tts_doctor.matrix.tally import tables
from tts_doctor.model.matrix import Axis, Grid

PYTHONS = ("3.8", "3.10")


def shape(*axes: Axis) -> list[tuple[str, str, str, tuple[str, ...], tuple[str, ...]]]:
    found = tables(cells_of([Grid("g", PYTHONS, axes)]), {})
    return [(t.python, t.down, t.across, t.columns, tuple(name for name, _ in t.rows)) for t in found]


def test_each_python_has_its_table() -> None:
    a, b, c = Axis("a", ("1", "2")), Axis("b", ("3",)), Axis("c", ("5", "6"))
    expected = ("a / b", "c", ("5", "6"), ("1 / 3", "2 / 3"))
    assert shape(a, b, c) == [("3.8", *expected), ("3.10", *expected)]


def test_one_axis_has_one_row() -> None:
    assert shape(Axis("a", ("1", "2")))[0] == ("3.8", "", "a", ("1", "2"), ("",))


def test_without_axes_the_pythons_are_one() -> None:
    assert shape() == [("", "", "Python", PYTHONS, ("",))]

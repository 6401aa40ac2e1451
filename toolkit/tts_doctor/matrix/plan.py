"""Grids -> cells, in the order in which one proves most about the next. Asks nobody whether they can exist."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from tts_doctor.model.lock import ListLine
from tts_doctor.model.matrix import Axis, Cell, Grid

SERIES = re.compile(r"\d+(\.\d+)?")
MOST_JOBS = 256
"""GitHub refuses a longer matrix: https://docs.github.com/en/actions/reference/workflow-syntax-for-github-actions"""


def specifier(value: str) -> str:
    """`1.26` -> `==1.26.*`, `1.26.4` -> `==1.26.4`, `<2` as it is, `*` -> empty."""
    if value == "*":
        return ""
    if value[0] in "<>=!~":
        return value
    return f"=={value}.*" if SERIES.fullmatch(value) else f"=={value}"


def pin_line(name: str, value: str) -> ListLine:
    """An axis' value as a line of a list."""
    spec = specifier(value)
    return ListLine(f"{name}{spec}", name, written=name, specifier=spec)


def cells_of(grids: Sequence[Grid], as_of: str = "") -> tuple[Cell, ...]:
    """Every cell once."""
    found: dict[str, Cell] = {}
    for grid in grids:
        names = {axis.name for axis in grid.axes}
        rest = tuple(_beside(line, names) for line in grid.lines if line.name not in names or line.extras)
        for python in grid.pythons:
            for values in product(*(axis.values for axis in grid.axes)):
                pins = tuple((axis.name, value) for axis, value in zip(grid.axes, values, strict=True))
                cell = Cell(grid.name, python, pins, rest, grid.imports, grid.smoke, grid.resolve_only, as_of)
                found.setdefault(cell.key, cell)
    return tuple(found.values())


def _beside(line: ListLine, axes: set[str]) -> ListLine:
    """A line beside the axes: of a distribution that has one, the extras are kept and the version is the axis'."""
    return replace(line, text=line.relaxed, specifier="") if line.name in axes else line


def lines_of(cell: Cell, without: Sequence[str] = ()) -> tuple[ListLine, ...]:
    """What the cell asks of a resolver; the axes `without` are left out."""
    return (*(pin_line(name, value) for name, value in cell.pins if name not in without), *cell.lines)


def shard(cells: Sequence[Cell], number: int, count: int) -> tuple[Cell, ...]:
    """Part `number` (from 1) of `count`, each a stretch of neighbours: they prove most about each other."""
    ends = [round(len(cells) * n / count) for n in range(count + 1)]
    return tuple(cells[ends[number - 1] : ends[number]])


def github_matrix(cells: Sequence[Cell]) -> dict[str, list[dict[str, str]]]:
    """`strategy.matrix` of a workflow: one job for each cell, or for each stretch of cells where there are too many."""
    count = min(MOST_JOBS, len(cells))
    rows = []
    for number in range(1, count + 1):
        part = shard(cells, number, count)
        pythons = " ".join(dict.fromkeys(cell.python for cell in part))
        name = part[0].label if len(part) == 1 else f"{part[0].label} and {len(part) - 1} more"
        rows.append({"name": name, "python": pythons, "shard": f"{number}/{count}"})
    return {"include": rows}


def with_axes(grid: Grid, axes: Sequence[Axis]) -> Grid:
    """The grid with these axes in place of its own of the same names, and added to the others."""
    own = {axis.name: axis for axis in grid.axes} | {axis.name: axis for axis in axes}
    return replace(grid, axes=tuple(own.values()))

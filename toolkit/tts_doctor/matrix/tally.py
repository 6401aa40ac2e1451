"""Results counted, and rows and columns for tables. Judges nothing again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tts_doctor.model.matrix import Basis, Cell, Found, State


@dataclass(frozen=True)
class Tally:
    """How many cells of each state and basis."""

    cells: int
    states: tuple[tuple[str, int], ...]
    bases: tuple[tuple[str, int], ...]
    left: int
    """Cells without a result."""

    def of(self, state: State) -> int:
        return dict(self.states).get(state.value, 0)


def tally(cells: Sequence[Cell], results: Mapping[str, Found]) -> Tally:
    """Counted over the cells of this matrix alone."""
    found = [results[cell.key] for cell in cells if cell.key in results]
    states, bases = Counter(f.state for f in found), Counter(f.basis for f in found)
    return Tally(
        len(cells),
        tuple((s.value, states[s]) for s in State if states[s]),
        tuple((b.value, bases[b]) for b in Basis if bases[b]),
        len(cells) - len(found),
    )


@dataclass(frozen=True)
class Table:
    """One grid on one Python: the last axis across, the others down; without axes the Pythons across."""

    grid: str
    python: str
    """Empty where the Pythons are across."""
    across: str
    down: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Found | None, ...]], ...]


def tables(cells: Sequence[Cell], results: Mapping[str, Found]) -> tuple[Table, ...]:
    """In the order of the cells."""
    groups: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        groups.setdefault((cell.grid, cell.python if cell.pins else ""), []).append(cell)
    return tuple(_table(grid, python, rows, results) for (grid, python), rows in groups.items())


def _table(grid: str, python: str, cells: Sequence[Cell], results: Mapping[str, Found]) -> Table:
    names = [name for name, _ in _axes(cells[0])]
    lines: dict[str, dict[str, Found | None]] = {}
    columns: dict[str, None] = {}
    for cell in cells:
        *others, column = [value for _, value in _axes(cell)]
        row = " / ".join(others)
        columns.setdefault(column)
        lines.setdefault(row, {})[column] = results.get(cell.key)
    return Table(
        grid, python, names[-1], " / ".join(names[:-1]), tuple(columns),
        tuple((row, tuple(found.get(column) for column in columns)) for row, found in lines.items()),
    )  # fmt: skip


def _axes(cell: Cell) -> tuple[tuple[str, str], ...]:
    return cell.pins or (("Python", cell.python),)

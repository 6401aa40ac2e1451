"""A matrix as words, JSON, Markdown and plain rows. Adds nothing that the results do not say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tts_doctor.matrix.tally import Table, tables, tally
from tts_doctor.model.matrix import Basis, Cell, Found, State
from tts_doctor.model.text import Text
from tts_doctor.render.page import Line, line

SCHEMA_VERSION = 1
STATES: Mapping[State, Text] = {
    State.WORKS: Text("works", "可用"),
    State.CONFLICT: Text("metadata conflict", "元数据冲突"),
    State.BROKEN: Text("metadata allow it, and it fails", "元数据允许但失败"),
    State.RESOLVES: Text("metadata allow it, not run", "元数据允许，未运行"),
    State.UNKNOWN: Text("unknown", "未知"),
}
BASES: Mapping[Basis, Text] = {
    Basis.RUN: Text("run", "实际运行"),
    Basis.METADATA: Text("metadata, asked for this cell", "元数据（逐格查询）"),
    Basis.PART: Text("metadata, a part of it was refused", "元数据（其部分版本已被拒绝）"),
    Basis.BOUND: Text("a proven bound", "已证明的版本界限"),
    Basis.CAUSE: Text("the cause found in another cell", "另一格中查明的原因"),
    Basis.SAME: Text("equal to another cell", "与另一格完全相同"),
}
MARKS = {
    State.WORKS: "✓",
    State.CONFLICT: "·",
    State.BROKEN: "✗",
    State.RESOLVES: "○",
    State.UNKNOWN: "?",
}
STYLE = {State.WORKS: "good", State.CONFLICT: "dim", State.BROKEN: "bad", State.RESOLVES: "dim", State.UNKNOWN: "warn"}
KNOWN_BY = Text("known by:", "依据：")
MOST_TOLD = 20


def matrix_lines(
    cells: Sequence[Cell], results: Mapping[str, Found], folder: str, lang: str
) -> Iterator[Line]:
    """Counts, then each cause once with how many cells it takes down."""
    counts = tally(cells, results)
    total = Text(f"{counts.cells} cells", f"{counts.cells} 个格子")
    yield line((total.say(lang), "strong"))
    for state in State:
        if counts.of(state):
            yield line((f"{MARKS[state]} {counts.of(state)} ", STYLE[state]), STATES[state].say(lang), indent=2)
    yield line(KNOWN_BY.say(lang))
    for basis, number in counts.bases:
        yield line(f"{number} ", BASES[Basis(basis)].say(lang), indent=2)
    causes = list(_causes(cells, results, lang))
    if causes:
        yield line(Text("what breaks, though metadata allow it:", "元数据允许但失败的原因：").say(lang))
    for number, said, repair, where in causes[:MOST_TOLD]:
        yield line((f"✗ {number} ", "bad"), said, indent=2, hang=4)
        yield line((where, "dim"), indent=6, hang=2)
        if repair:
            yield line("→ ", (repair, "code"), indent=6, hang=2)
    if len(causes) > MOST_TOLD:
        more = len(causes) - MOST_TOLD
        yield line((Text(f"and {more} more", f"另有 {more} 项").say(lang), "dim"), indent=2)
    yield line((Text(f"page: {folder}/index.html", f"页面：{folder}/index.html").say(lang), "dim"))


def matrix_object(cells: Sequence[Cell], results: Mapping[str, Found], lang: str) -> dict[str, Any]:
    """The JSON object."""
    counts = tally(cells, results)
    return {
        "schema_version": SCHEMA_VERSION,
        "cells": [_cell_object(cell, results[cell.key], lang) for cell in cells if cell.key in results],
        "states": dict(counts.states),
        "bases": dict(counts.bases),
        "left": counts.left,
    }


def matrix_to_markdown(cells: Sequence[Cell], results: Mapping[str, Found], lang: str) -> str:
    """One table for each grid and Python, then the causes."""
    counts = tally(cells, results)
    key = ", ".join(f"{MARKS[s]} {STATES[s].say(lang)}: {counts.of(s)}" for s in State if counts.of(s))
    known = "; ".join(f"{number} {BASES[Basis(basis)].say(lang)}" for basis, number in counts.bases)
    rows = [key, "", f"{KNOWN_BY.say(lang)} {known}. {_when(results, lang)}".strip(), ""] if known else [key, ""]
    for table in tables(cells, results):
        rows += [*_markdown_table(table), ""]
    causes = list(_causes(cells, results, lang))
    if causes:
        head = Text("| cells | cause | for example | repair |", "| 格子数 | 原因 | 例如 | 修复 |")
        rows += [head.say(lang), "|---|---|---|---|"]
    for number, said, repair, where in causes:
        rows.append(f"| {number} | {_escaped(said)} | {_escaped(where)} | {f'`{repair}`' if repair else '-'} |")
    return "\n".join(rows).rstrip() + "\n"


def plain_rows(cells: Sequence[Cell], results: Mapping[str, Found]) -> Iterator[dict[str, Any]]:
    """Flat rows for tables and data frames; versions are lists of `name==version`."""
    for cell in cells:
        found = results.get(cell.key)
        if found is None:
            continue
        yield {
            "grid": cell.grid,
            "python": cell.python,
            "asked": " ".join(f"{name}={value}" for name, value in cell.pins),
            "state": found.state.value,
            "basis": found.basis.value,
            "proof": found.proof,
            "stage": found.stage,
            "why": found.why.en,
            "finding": found.finding,
            "culprits": " ".join(f"{name}=={version}" for name, version in found.culprits),
            "repair": found.repair,
            "repaired": found.repaired,
            "versions": " ".join(f"{name}=={version}" for name, version in found.resolved),
            "seconds": found.seconds,
            "time": found.time,
        }


def _cell_object(cell: Cell, found: Found, lang: str) -> dict[str, Any]:
    return {
        "grid": cell.grid,
        "python": cell.python,
        "with": dict(cell.pins),
        "state": found.state.value,
        "basis": found.basis.value,
        "proof": found.proof,
        "stage": found.stage,
        "why": found.why.say(lang),
        "finding": found.finding,
        "culprits": [{"name": name, "version": version} for name, version in found.culprits],
        "repair": found.repair,
        "repaired": found.repaired,
        "versions": [f"{name}=={version}" for name, version in found.resolved],
        "output": found.output,
        "seconds": found.seconds,
        "time": found.time,
    }


def _causes(
    cells: Sequence[Cell], results: Mapping[str, Found], lang: str
) -> Iterator[tuple[int, str, str, str]]:
    """(cells, words, repair, label of the first) of what breaks, most cells first."""
    groups: dict[object, list[tuple[Cell, Found]]] = {}
    for cell in cells:
        found = results.get(cell.key)
        if found is not None and found.state is State.BROKEN:
            parties = frozenset(name for name, _ in found.culprits)
            groups.setdefault((found.finding or found.why.say(lang), parties), []).append((cell, found))
    for group in sorted(groups.values(), key=len, reverse=True):
        cell, first = next(((c, f) for c, f in group if f.basis is Basis.RUN), group[0])
        yield len(group), first.why.say(lang), first.repair, f"{cell.grid}: {cell.label}"


def _when(results: Mapping[str, Found], lang: str) -> str:
    """The days on which the first and the last result were found."""
    days = sorted({found.time[:10] for found in results.values() if found.time})
    if not days:
        return ""
    first, last = days[0], days[-1]
    if first == last:
        return Text(f"Found on {first}.", f"得出于 {first}。").say(lang)
    return Text(f"Found from {first} to {last}.", f"得出于 {first} 至 {last}。").say(lang)


def _markdown_table(table: Table) -> Iterator[str]:
    yield f"**{table.grid}, Python {table.python}**" if table.python else f"**{table.grid}**"
    yield ""
    corner = f"{table.down} ↓ {table.across} →" if table.down else table.across
    yield f"| {corner} | " + " | ".join(table.columns) + " |"
    yield "|---|" + ":-:|" * len(table.columns)
    for name, row in table.rows:
        yield f"| {name} | " + " | ".join(MARKS[found.state] if found else "" for found in row) + " |"


def _escaped(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())

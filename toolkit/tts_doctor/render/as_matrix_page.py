"""A matrix as one self-contained page: the template with the results in it as data. Loads nothing from elsewhere."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from tts_doctor.model.matrix import Basis, Cell, Found, State
from tts_doctor.render.as_matrix import BASES, MARKS, STATES

HOLE = "/*DATA*/null"


def matrix_page(template: str, cells: Sequence[Cell], results: Mapping[str, Found], as_of: str, lang: str) -> str:
    """The page; every text that differs by language is there in both."""
    data = {
        "lang": lang,
        "asOf": as_of,
        "states": {s.value: {"mark": MARKS[s], "en": STATES[s].en, "zh": STATES[s].zh} for s in State},
        "bases": {b.value: {"en": BASES[b].en, "zh": BASES[b].zh} for b in Basis},
        "grids": {cell.grid: _method(cell) for cell in cells},
        "cells": [_row(cell, results[cell.key]) for cell in cells if cell.key in results],
    }
    # "</script>" in a value would end the script, and "<!--" would open a comment
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return template.replace(HOLE, text)


def _method(cell: Cell) -> dict[str, Any]:
    """What is done in each cell of the grid."""
    if cell.resolve_only:
        return {"asks": True}
    return {"ran": shlex.join(cell.smoke), "imports": ", ".join(cell.imports or cell.names)}


def _row(cell: Cell, found: Found) -> dict[str, Any]:
    """Short keys, and nothing that is empty: a page may hold thousands."""
    row = {
        "g": cell.grid,
        "p": cell.python,
        "w": [list(pin) for pin in cell.pins],
        "s": found.state.value,
        "b": found.basis.value,
        "o": found.proof,
        "t": found.stage,
        "y": found.why.en,
        "z": found.why.zh if found.why.zh != found.why.en else "",
        "f": found.finding,
        "c": " ".join(f"{name} {version}" for name, version in found.culprits),
        "r": found.repair,
        "d": found.repaired,
        "v": " ".join(f"{name}=={version}" for name, version in found.resolved),
        "x": found.output,
        "n": found.seconds,
        "m": found.time,
    }
    return {key: value for key, value in row.items() if value not in ("", 0, 0.0, [])}

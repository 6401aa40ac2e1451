"""Writes a matrix' results as files: CSV, Parquet, and whatever else was rendered. Decides nothing about them."""

from __future__ import annotations

import csv
import importlib
import io
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from tts_doctor.effects.write_lock import write_lock
from tts_doctor.model.text import Text
from tts_doctor.ports import Reporter


def read_template() -> str:
    """The page without its data."""
    return files("tts_doctor.render").joinpath("matrix_page.html").read_text("utf-8")


def export(folder: str, rows: Sequence[Mapping[str, Any]], texts: Mapping[str, str], say: Reporter) -> None:
    """cells.csv, cells.parquet (with pyarrow) and `texts` (file name -> content). Raises UsageError."""
    for name, text in {"cells.csv": _csv(rows), **texts}.items():
        write_lock(str(Path(folder, name)), text)
    try:
        pyarrow = importlib.import_module("pyarrow")
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError:
        say.note(Text(
            "no cells.parquet: it needs pyarrow (pip install 'tts-doctor[matrix]')",
            "未生成 cells.parquet：需要 pyarrow（pip install 'tts-doctor[matrix]'）",
        ))  # fmt: skip
        return
    if rows:
        table = pyarrow.Table.from_pylist(list(rows))
        parquet.write_table(table, str(Path(folder, "cells.parquet")), compression="zstd")


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()

"""Keeps a matrix' results in SQLite: one transaction a cell, so that a kill loses at most what was running.

Decides nothing about cells. A result is written once; only what is unknown is ever replaced.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from types import TracebackType

from tts_doctor.effects.cannot_write import cannot_write
from tts_doctor.effects.matrix_task import from_plain, to_plain
from tts_doctor.errors import UsageError
from tts_doctor.model.matrix import Cell, Found

FILE = "results.sqlite"
COLUMNS = tuple(field.name for field in fields(Found))
SCHEMA = f"""
CREATE TABLE IF NOT EXISTS cells (
  key TEXT PRIMARY KEY, grid TEXT, python TEXT, pins TEXT, {", ".join(f"{name}" for name in COLUMNS if name != "key")}
) WITHOUT ROWID
"""


class Store:
    """The results of one folder; use as a context manager. One run at a time: the folder is locked meanwhile."""

    def __init__(self, folder: str) -> None:
        self._path = Path(folder, FILE)

    def __enter__(self) -> Store:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self._path.parent / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            folder = self._path.parent
            raise UsageError(f"{folder}: another run is at work", f"{folder}：另一次运行正在进行") from None
        except OSError as error:
            path = self._path
            raise cannot_write(path, error) from None
        self._data = _open(self._path)
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self._data.close()
        os.close(self._lock)

    def results(self) -> dict[str, Found]:
        """Key -> result."""
        return dict(_read(self._data))

    def record(self, cell: Cell, found: Found) -> None:
        """On disk when this returns."""
        row = {name: _cell_value(value) for name, value in to_plain(found).items()}
        row |= {"grid": cell.grid, "python": cell.python, "pins": json.dumps(cell.pins)}
        names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
        with self._data:
            self._data.execute(f"INSERT OR REPLACE INTO cells ({names}) VALUES ({marks})", row)


def read_results(folder: str) -> dict[str, Found]:
    """What another run left there. Raises UsageError where there is nothing."""
    path = Path(folder, FILE)
    if not path.is_file():
        raise UsageError(f"{folder} holds no {FILE}", f"{folder} 中没有 {FILE}")
    data = _open(path)
    try:
        return dict(_read(data))
    finally:
        data.close()


def _open(path: Path) -> sqlite3.Connection:
    try:
        data = sqlite3.connect(path)
        data.row_factory = sqlite3.Row
        data.execute("PRAGMA journal_mode=WAL")
        data.execute("PRAGMA synchronous=FULL")
        data.execute(SCHEMA)
    except sqlite3.DatabaseError as error:
        raise UsageError(f"{path} is not a file of results: {error}", f"{path} 不是结果文件：{error}") from None
    return data


def _cell_value(value: object) -> object:
    return value if isinstance(value, str | float) else json.dumps(value, ensure_ascii=False)


def _read(data: sqlite3.Connection) -> Iterator[tuple[str, Found]]:
    for row in data.execute(f"SELECT {', '.join(COLUMNS)} FROM cells"):
        plain = {name: row[name] for name in COLUMNS}
        for name in ("why", "resolved", "culprits", "core"):
            plain[name] = json.loads(plain[name])
        yield row["key"], from_plain(plain)

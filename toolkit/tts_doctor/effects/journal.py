"""The state folder: one folder for each transaction, written so that a crash at any moment can be told and repaired.

`begin.json` (and its copy) exist while a transaction is unfinished and are on disk before anything is touched;
`receipt.json` is the commit point: with it a transaction is finished forward, without it everything is put back. Every
file is written beside and renamed. This module decides nothing about patients; `recover.py` does.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import IO

from tts_doctor.effects.clone import cannot
from tts_doctor.effects.state_folder import BEGIN, TRANSACTIONS
from tts_doctor.effects.state_folder import state_folder as state_folder
from tts_doctor.effects.swap import sync_folder
from tts_doctor.errors import TransactionError
from tts_doctor.parse.plain_data import json_of

RECEIPT = "receipt.json"


def write_json(path: Path, data: object) -> None:
    """Replace the file `path` as a whole, lasting. Raises OSError."""
    partial = path.with_name(f"{path.name}.part")
    with partial.open("w", encoding="utf-8") as stream:
        json.dump(data, stream, indent=1)  # in ASCII: names of files need not be UTF-8
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(path)
    sync_folder(str(path.parent))


def read_json(path: Path) -> object:
    """None where the file is missing, cut off or no JSON."""
    try:
        return json_of(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


@dataclass(frozen=True)
class Journal:
    """One transaction's folder."""

    folder: Path

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def store(self) -> str:
        """Where the originals of changed files lie."""
        return str(self.folder / "files")

    def begin(self, data: object) -> None:
        """On disk, twice, before anything is touched. Raises OSError."""
        for name in BEGIN:
            write_json(self.folder / name, data)

    def begun(self) -> dict[str, object]:
        """What `begin` wrote; empty where the transaction is finished or never began."""
        for name in BEGIN:
            data = read_json(self.folder / name)
            if isinstance(data, dict):
                return data
        return {}

    @property
    def never_began(self) -> bool:
        """No begin record was ever written: nothing was touched. One that cannot be read just now does not count."""
        return not any(os.path.lexists(self.folder / name) for name in BEGIN)

    def write(self, name: str, data: object) -> None:
        """A further fact of this transaction, `name` without suffix. Raises OSError."""
        write_json(self.folder / f"{name}.json", data)

    def read(self, name: str) -> object:
        """None where it was not written."""
        return read_json(self.folder / f"{name}.json")

    def drop(self, name: str) -> None:
        (self.folder / f"{name}.json").unlink(missing_ok=True)

    def steps(self) -> list[str]:
        """Names of the written `step-NNN`, oldest first."""
        return sorted(p.stem for p in self.folder.glob("step-*.json"))

    @property
    def committed(self) -> bool:
        return (self.folder / RECEIPT).exists()

    def finish(self) -> None:
        """Nothing is left to do for this transaction."""
        for name in BEGIN:
            (self.folder / name).unlink(missing_ok=True)

    def remove(self) -> None:
        """Forget it altogether, the receipt first and the begin record last: a crash in between forgets it again."""
        for entry in sorted(self.folder.iterdir(), key=lambda e: (e.name in BEGIN, e.name != RECEIPT)):
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        self.folder.rmdir()


def new_journal(state: str) -> Journal:
    """Raises TransactionError."""
    try:
        folder = Path(state, TRANSACTIONS, secrets.token_hex(4))
        folder.mkdir(parents=True)
    except OSError as error:
        raise cannot("no journal can be written", "无法写入事务日志", error) from error
    return Journal(folder)


def now() -> str:
    """The time, so fine that receipts sort in the order in which they were written."""
    return datetime.now(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")


def journals(state: str) -> Iterator[Journal]:
    """Every transaction of the state folder, oldest first."""
    folder = Path(state, TRANSACTIONS)
    if folder.is_dir():
        aged = [(_age(entry), entry) for entry in folder.iterdir() if entry.is_dir()]
        yield from (Journal(entry) for _, entry in sorted(aged))


def _age(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except FileNotFoundError:  # another process has just finished it
        return 0.0


@dataclass
class Lock:
    """Exclusive while it is held; the kernel releases it when the process dies."""

    streams: list[IO[str]]

    def release(self) -> None:
        for stream in self.streams:
            stream.close()
        self.streams = []


def acquire(state: str, roots: tuple[str, ...], what: str) -> Lock:
    """The lock of every root. Raises TransactionError that says who holds it."""
    lock = Lock([])
    for root in sorted(roots):
        name = hashlib.sha256(os.fsencode(root)).hexdigest()[:16]
        try:
            path = Path(state, "locks", f"{name}.lock")
            path.parent.mkdir(parents=True, exist_ok=True)
            stream = path.open("a+", encoding="utf-8", errors="surrogateescape")
        except OSError as error:
            lock.release()
            raise cannot("no lock can be taken", "无法加锁", error) from error
        lock.streams.append(stream)
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stream.seek(0)
            holder = stream.read().strip() or "another process"
            lock.release()
            raise TransactionError(
                f"{root} is being treated by {holder}", f"{root} 正被 {holder} 处理",
                hint_en="Wait until it ends.", hint_zh="请等待其结束。",
            ) from None  # fmt: skip
        except OSError as error:  # a file system without locks
            lock.release()
            raise cannot("no lock can be taken", "无法加锁", error) from error
        with contextlib.suppress(OSError):  # words for whoever comes meanwhile; a full disk has no room for them
            stream.truncate(0)
            os.write(stream.fileno(), os.fsencode(f"process {os.getpid()} ({what})\n"))
    return lock

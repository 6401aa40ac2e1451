"""Brings an unfinished transaction to one of its two ends, from what the disk says. Also after a crash.

With a receipt a transaction is finished forward, without one everything is put back. Works for a running process's own
transaction and for a dead one's alike, can be repeated, and never deletes the tree that was the patient's original
before the receipt exists.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection
from dataclasses import dataclass

from tts_doctor.effects.changes import from_json, take_before
from tts_doctor.effects.clone import remove_tree, siblings
from tts_doctor.effects.journal import Journal, acquire, journals
from tts_doctor.effects.steps import revert
from tts_doctor.effects.swap import inode, put_back
from tts_doctor.errors import DoctorError, RestoreError, TransactionError

ABANDONED = 60.0
"""Seconds after which a journal that never began is somebody's crash and not somebody's start."""


@dataclass(frozen=True)
class Unfinished:
    """A transaction that a crash left behind. `restored`: put back; else its end was kept and only tidied up."""

    id: str
    patient: str
    time: str
    restored: bool


def roots_in(journal: Journal) -> tuple[tuple[str, int], ...]:
    """Path and inode number of every original folder of an unfinished transaction. Raises TransactionError."""
    roots = journal.begun().get("roots")
    if roots is None and journal.never_began:
        return ()
    with contextlib.suppress(TypeError, KeyError, ValueError, OverflowError):
        if isinstance(roots, list):
            return tuple((str(r["path"]), int(r["inode"])) for r in roots)
    raise TransactionError(f"the journal {journal.folder} cannot be read", f"无法读取事务日志 {journal.folder}")


def restore_trees(journal: Journal) -> None:
    """Every original folder is in its place with its original files. Raises RestoreError, saying where they lie."""
    try:
        for root, original in roots_in(journal):
            # where there is nothing of ours either, the user has removed or rebuilt the environment since
            if not put_back(root, original, journal.id) and siblings(root, journal.id):
                raise RestoreError(f"the original of {root} was not found", f"未找到 {root} 的原件")
        for name in sorted(p.stem for p in journal.folder.glob("sync-*.json")):
            data = journal.read(name)
            if isinstance(data, dict):
                take_before(from_json(data["changes"]), str(data["root"]), journal.store)
            journal.drop(name)
    except (OSError, TransactionError, ValueError, KeyError, TypeError) as error:
        raise _restore_failed(journal, str(error)) from error


def roll_back(journal: Journal) -> None:
    """Everything is as it was before the transaction began. Raises RestoreError, saying where the originals lie."""
    restore_trees(journal)
    try:
        for name in reversed(journal.steps()):
            revert(journal, name)
        _remove_clones(journal)
        journal.remove()
    except (OSError, TransactionError, ValueError, KeyError, TypeError) as error:
        raise _restore_failed(journal, str(error)) from error


def roll_forward(journal: Journal) -> None:
    """The receipt stands: what the transaction replaced goes. Raises RestoreError."""
    try:
        _remove_clones(journal)
        for path in journal.folder.glob("sync-*.json"):
            path.unlink()
        journal.finish()
    except (OSError, TransactionError) as error:
        raise _restore_failed(journal, str(error)) from error


def _remove_clones(journal: Journal) -> None:
    for root, original in roots_in(journal):
        for path in siblings(root, journal.id):
            if inode(path) != original or journal.committed:
                remove_tree(path)


def _restore_failed(journal: Journal, why: str) -> RestoreError:
    where = ", ".join(path for root, _ in _readable_roots(journal) for path in siblings(root, journal.id)) or "-"
    return RestoreError(
        f"could not restore everything: {why}; originals: {where} and {journal.folder}",
        f"未能完全恢复：{why}；原件位于 {where} 与 {journal.folder}",
        hint_en="Remove the obstacle; the next call tries again.", hint_zh="排除障碍后，下次调用会再次尝试。",
    )  # fmt: skip


def unfinished(state: str) -> tuple[Unfinished, ...]:
    """What `recover` would deal with; changes nothing."""
    found = []
    for journal in journals(state):
        begun = journal.begun()
        if begun and _abandoned(state, journal):
            found.append(_describe(journal, begun))
    return tuple(found)


def recover(state: str, roots: Collection[str] = ()) -> tuple[Unfinished, ...]:
    """Finish or put back every transaction whose process is gone; with `roots` only those that concern one of them.

    Raises RestoreError.
    """
    done = []
    for journal in journals(state):
        if journal.never_began:
            _forget_if_old(journal)
        elif not roots or any(root in roots for root, _ in _readable_roots(journal)):
            found = _end(state, journal)
            done += [found] if found else []
    return tuple(done)


def _end(state: str, journal: Journal) -> Unfinished | None:
    """None where its process lives, or somebody else has ended it by now."""
    try:
        lock = acquire(state, tuple(root for root, _ in _readable_roots(journal)), "recovering")
    except DoctorError:
        return None
    try:
        begun = journal.begun()
        if journal.never_began:
            return None
        found = _describe(journal, begun)
        if journal.committed:
            roll_forward(journal)
        else:
            roll_back(journal)
        return found
    finally:
        lock.release()


def _forget_if_old(journal: Journal) -> None:
    with contextlib.suppress(OSError):
        if not journal.committed and time.time() - journal.folder.stat().st_mtime > ABANDONED:
            journal.remove()


def _readable_roots(journal: Journal) -> tuple[tuple[str, int], ...]:
    try:
        return roots_in(journal)
    except TransactionError:
        return ()


def _abandoned(state: str, journal: Journal) -> bool:
    try:
        acquire(state, tuple(root for root, _ in _readable_roots(journal)), "looking").release()
    except DoctorError:
        return False
    return True


def _describe(journal: Journal, begun: dict[str, object]) -> Unfinished:
    return Unfinished(journal.id, str(begun.get("patient")), str(begun.get("time")), not journal.committed)

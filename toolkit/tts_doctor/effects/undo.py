"""Takes a kept treatment back, byte for byte, as a transaction of its own; and lists what was done.

Refuses where files changed since, unless forced. An undo has a receipt too and can be undone.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from tts_doctor.effects.changes import Change, conflicts, from_json, take_before
from tts_doctor.effects.clone import cannot
from tts_doctor.effects.journal import Journal, journals, state_folder
from tts_doctor.effects.receipts import receipt_of, standing
from tts_doctor.effects.recover import recover
from tts_doctor.effects.steps import Step, read_step, stands_against
from tts_doctor.effects.transaction import Transaction
from tts_doctor.errors import RestoreError, UsageError
from tts_doctor.model.facts import Facts
from tts_doctor.model.receipt import Receipt, Verification

SHOWN = 5


def history(env: Mapping[str, str]) -> tuple[Receipt, ...]:
    """Every receipt of this user, oldest first; one that cannot be read is left out. Raises TransactionError."""
    found = [receipt for journal in journals(state_folder(env)) if (receipt := receipt_of(journal))]
    return tuple(sorted(found, key=lambda r: r.time))


def undo(env: Mapping[str, str], receipt_id: str = "", force: bool = False, patient: str = "") -> Receipt:
    """Take back the treatment `receipt_id`, or the last one of `patient` that still stands; returns that one's receipt.

    Without either, the last one, unless several environments have one. Raises UsageError (none, several, or already
    undone), RestoreError (changed since), TransactionError.
    """
    state = state_folder(env)
    recover(state)
    journal, receipt = _choose(state, receipt_id, patient)
    trees = _trees(journal)
    steps = [read_step(journal, name) for name in journal.steps()]
    if not force:
        _refuse_where_changed(trees, steps, receipt)
    with Transaction(Facts(), receipt.patient, tuple(root for root, _ in trees), ("undo", receipt.id), env) as tx:
        trial = tx.fork()
        try:
            for root, changes in trees:
                take_before(changes, tx.inside(trial, root), journal.store)
            for step in reversed(steps):
                _copy_contents(step, journal, tx.journal)
                if not stands_against(step):
                    tx.perform(trial, step.inverse)
        except OSError as error:
            raise cannot("cannot restore in the copy", "无法在副本中恢复", error) from error
        tx.commit(trial)
        return tx.keep((), None, Verification(), "undone", receipt.id)


def _choose(state: str, receipt_id: str, patient: str) -> tuple[Journal, Receipt]:
    kept = {journal.id: (journal, receipt) for journal in journals(state) if (receipt := receipt_of(journal))}
    stand = standing(receipt for _, receipt in kept.values())
    if receipt_id:
        if receipt_id not in kept:
            raise UsageError(f"no receipt {receipt_id}", f"没有回执 {receipt_id}", hint_en="tts-doctor history",
                             hint_zh="tts-doctor history")  # fmt: skip
        if receipt_id not in {receipt.id for receipt in stand}:
            raise UsageError(f"{receipt_id} is already undone", f"{receipt_id} 已撤销")
        return kept[receipt_id]
    found = [r for r in stand if not r.undoes and patient in ("", r.patient) and os.path.lexists(r.patient)]
    if not found:
        raise UsageError("nothing to undo", "没有可撤销的处理")
    if len({receipt.patient for receipt in found}) > 1:
        listed = ", ".join(f"{receipt.id} ({receipt.patient})" for receipt in found[-SHOWN:])
        raise UsageError(
            f"several environments were treated: {listed}", f"处理过多个环境：{listed}",
            hint_en="Name the receipt: tts-doctor undo RECEIPT", hint_zh="请指明回执：tts-doctor undo RECEIPT",
        )  # fmt: skip
    return kept[found[-1].id]


def _trees(journal: Journal) -> tuple[tuple[str, tuple[Change, ...]], ...]:
    data = journal.read("changes")
    try:
        if not isinstance(data, list):
            raise TypeError("no list")
        return tuple((str(item["root"]), from_json(item["changes"])) for item in data)
    except (KeyError, TypeError, ValueError) as error:
        raise RestoreError(
            f"the list of changes of {journal.id} cannot be read; the originals lie in {journal.store}",
            f"无法读取 {journal.id} 的更改清单；原件位于 {journal.store}",
        ) from error


def _refuse_where_changed(
    trees: tuple[tuple[str, tuple[Change, ...]], ...], steps: list[Step], receipt: Receipt
) -> None:
    found = [f"{root}/{path}" for root, changes in trees for path in conflicts(changes, root)]
    found += [why for step in steps if (why := stands_against(step))]
    if found:
        shown = ", ".join(found[:SHOWN]) + (f" (+{len(found) - SHOWN})" if len(found) > SHOWN else "")
        raise RestoreError(
            f"changed since {receipt.id}: {shown}; nothing was restored",
            f"自 {receipt.id} 以来已被更改：{shown}；未恢复任何内容",
            hint_en=f"tts-doctor undo --force {receipt.id}", hint_zh=f"tts-doctor undo --force {receipt.id}",
        )  # fmt: skip


def _copy_contents(step: Step, source: Journal, target: Journal) -> None:
    """The new transaction can take its steps back by itself."""
    Path(target.store).mkdir(parents=True, exist_ok=True)
    for node in (step.before, step.after):
        if node is not None and Path(source.store, node.content).exists():
            shutil.copyfile(f"{source.store}/{node.content}", f"{target.store}/{node.content}")

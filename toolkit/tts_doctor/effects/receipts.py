"""The receipts of a state folder: which of them stand, and which go because nothing can be undone with them any more.

Never removes what `undo` would still take back, nor an unfinished transaction.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable

from tts_doctor.effects.journal import Journal, journals
from tts_doctor.model.receipt import Receipt
from tts_doctor.model.receipt import from_json as receipt_from_json

KEPT_SECONDS = 30 * 86400.0
"""How long what can no longer be undone stays: an environment that is gone may only not be mounted."""
KEPT_UNDONE = 20
"""Of what was undone since so many stay at most, with the originals that lie with them."""


def receipt_of(journal: Journal) -> Receipt | None:
    """None where there is none, or one that cannot be read."""
    data = journal.read("receipt")
    try:
        return receipt_from_json(data) if isinstance(data, dict) else None
    except (KeyError, TypeError, ValueError):
        return None


def standing(receipts: Iterable[Receipt]) -> tuple[Receipt, ...]:
    """Those whose changes are in place, oldest first: what was undone stands again once the undoing is undone."""
    gone: set[str] = set()
    found = []
    for receipt in sorted(receipts, key=lambda r: r.time, reverse=True):
        if receipt.id not in gone:
            gone.add(receipt.undoes)
            found.append(receipt)
    return tuple(reversed(found))


def prune(state: str) -> None:
    """Remove the receipts that are spent, with their originals; what cannot be removed now waits for the next call."""
    ended = [(j, r) for j in journals(state) if j.committed and j.never_began and (r := receipt_of(j))]
    stands = {receipt.id for receipt in standing(receipt for _, receipt in ended)}
    undone = sorted((receipt.time, receipt.id) for _, receipt in ended if receipt.id not in stands)
    excess = {ident for _, ident in undone[: max(0, len(undone) - KEPT_UNDONE)]}
    for journal, receipt in ended:
        with contextlib.suppress(OSError):
            useless = receipt.id not in stands or not os.path.lexists(receipt.patient)
            old = time.time() - journal.folder.stat().st_mtime > KEPT_SECONDS
            if receipt.id in excess or (useless and old):
                journal.remove()

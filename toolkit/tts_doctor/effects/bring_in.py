"""Brings one clone into its root's place: by exchange, or file by file where no folder can be renamed.

The way back is `recover.restore_trees`.
"""

from __future__ import annotations

from pathlib import Path

from tts_doctor.effects.changes import compare, store_originals, take_after, to_json
from tts_doctor.effects.journal import Journal
from tts_doctor.effects.swap import NOT_RENAMABLE, exchange, sync_folder

SHARED = "bin"
"""A scripts folder that is a root of its own: other programs write there too, so only our files are replaced."""


def bring_in(journal: Journal, number: int, root: str, clone: str) -> None:
    """Afterwards `root` has the clone's files. Raises OSError, half-way where files are replaced one by one."""
    if Path(root).name != SHARED:
        try:
            exchange(root, clone, journal.id)
        except OSError as error:
            if error.errno not in NOT_RENAMABLE:
                raise
        else:
            sync_folder(str(Path(root).parent))
            return
    changes = compare(root, clone)
    store_originals(changes, root, journal.store)
    journal.write(f"sync-{number}", {"root": root, "changes": to_json(changes)})
    take_after(changes, root, clone)

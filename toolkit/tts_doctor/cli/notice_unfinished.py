"""After a crash: whatever verb comes next says that a treatment was left unfinished, and offers to put it back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tts_doctor.errors import TransactionError
from tts_doctor.model.text import Text
from tts_doctor.ports import Reporter

if TYPE_CHECKING:
    from tts_doctor.effects.recover import Unfinished

QUESTION = Text("Put everything back as it was (as tts-doctor undo does)?", "是否全部还原（等同于 tts-doctor undo）？")


def notice_unfinished(environ: Mapping[str, str], say: Reporter, restore: bool = False) -> tuple[Unfinished, ...]:
    """Settle what a crash left where the user consents or `restore` says so; returns what was settled.

    Raises RestoreError where putting back fails.
    """
    from tts_doctor.effects.state_folder import may_be_unfinished, state_folder

    try:
        state = state_folder(environ)
    except TransactionError:
        return ()  # no state folder, hence no transaction
    if not may_be_unfinished(state):
        return ()
    from tts_doctor.effects.recover import recover, unfinished

    found = unfinished(state)
    for item in found:
        say.note(
            Text(
                f"a treatment of {item.patient} was cut off at {item.time}",
                f"{item.time} 对 {item.patient} 的修复被中断",
            )
        )
    if not found:
        return ()
    if not restore and not say.confirm(QUESTION):
        return ()
    settled = recover(state)
    for item in settled:
        restored = Text(f"{item.patient} is as it was before", f"{item.patient} 已恢复原状")
        kept = Text(f"{item.patient}: its repair was complete and stays", f"{item.patient}：修复已完成，予以保留")
        say.note(restored if item.restored else kept)
    return settled

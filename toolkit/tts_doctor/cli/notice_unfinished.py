"""Whatever verb comes next after a crash: say that a treatment was left unfinished, and offer to put everything back."""

from __future__ import annotations

from collections.abc import Mapping

from tts_doctor.errors import TransactionError
from tts_doctor.model.text import Text
from tts_doctor.ports import Reporter


def notice_unfinished(environ: Mapping[str, str], say: Reporter, restore: bool = False) -> bool:
    """Settle what a crash left where the user consents or `restore` says so; True where something was settled.

    Raises RestoreError where putting back fails.
    """
    from tts_doctor.effects.journal import state_folder
    from tts_doctor.effects.recover import recover, unfinished

    try:
        state = state_folder(environ)
    except TransactionError:
        return False  # no state folder, hence no transaction
    found = unfinished(state)
    for item in found:
        say.note(
            Text(
                f"a treatment of {item.patient} was cut off at {item.time}",
                f"{item.time} 对 {item.patient} 的修复被中断",
            )
        )
    if not found:
        return False
    if not restore and not say.confirm(Text("Put everything back as it was?", "是否全部还原？")):
        say.note(Text("tts-doctor undo puts everything back", "tts-doctor undo 可全部还原"))
        return False
    for item in recover(state):
        ended = Text(f"{item.patient} is as it was before", f"{item.patient} 已恢复原状")
        say.note(ended if item.restored else Text(f"{item.patient}: finished", f"{item.patient}：已完成"))
    return True

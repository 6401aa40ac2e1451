"""Where the tool keeps what it did to patients, and whether a transaction may lie there unfinished.

Every verb asks, so nothing else is loaded for it. Decides nothing about what lies there; `journal` and `recover` do.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from tts_doctor.effects.scratch import is_private, temporary_place

BEGIN = ("begin.json", "begin.copy.json")
"""One of them lies in the folder of every transaction that has not ended."""
TRANSACTIONS = "transactions"


def state_folder(environ: Mapping[str, str]) -> str:
    """$TTS_DOCTOR_STATE, $XDG_STATE_HOME/tts-doctor or ~/.local/state/tts-doctor; a temporary one where none is usable.

    It exists afterwards. Raises TransactionError.
    """
    wanted = [environ.get("TTS_DOCTOR_STATE", "")]
    if wanted == [""]:
        state, home = environ.get("XDG_STATE_HOME", ""), environ.get("HOME", "")
        wanted = [f"{state}/tts-doctor" if state else "", f"{home}/.local/state/tts-doctor" if home else ""]
        place = temporary_place()
        wanted.append(f"{place}/tts-doctor-{os.geteuid()}" if place else "")
    last = OSError("no folder to write to")
    for folder in wanted:
        if folder.startswith("/"):
            try:
                Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
                own = Path(folder).stat().st_uid in (os.geteuid(), 0) and os.access(folder, os.W_OK | os.X_OK)
                if own and (len(wanted) == 1 or folder != wanted[-1] or is_private(folder)):
                    return folder
            except OSError as error:
                last = error
    from tts_doctor.effects.clone import cannot

    raise cannot("no state folder can be written", "状态目录不可写", last)


def may_be_unfinished(state: str) -> bool:
    """Whether any transaction has a record of its begin."""
    try:
        names = os.listdir(os.path.join(state, TRANSACTIONS))
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return any(os.path.lexists(os.path.join(state, TRANSACTIONS, name, begin)) for name in names for begin in BEGIN)

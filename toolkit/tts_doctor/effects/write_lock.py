"""Puts a lock in its place in one step: a failure leaves what was there."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from tts_doctor.effects.cannot_write import cannot_write


def write_lock(path: str, text: str) -> None:
    """Write through a sibling file and rename. Raises UsageError where the place cannot be written."""
    target = Path(path).resolve()
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, target.stat().st_mode & 0o777 if target.exists() else 0o644)
            os.replace(temporary, target)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise cannot_write(path, error) from None

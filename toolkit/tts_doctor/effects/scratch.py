"""Temporary folders that do not outlive a killed process for long: the next one that needs a folder removes them.

Each holds a lock file that its process keeps locked; the kernel lets go of it when the process dies, in whatever
container that was. Decides nothing about what lies in them, and touches no folder of another user.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PREFIX = "tts-doctor-tmp-"
LOCK = ".owner"
SETTLED = 60.0
"""Seconds after which a folder that nobody has locked is no longer just being made."""


@contextlib.contextmanager
def scratch_folder() -> Iterator[str]:
    """A fresh private folder under $TMPDIR, gone afterwards. Raises OSError where none can be made."""
    _sweep(tempfile.gettempdir())
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as folder:
        handle = os.open(os.path.join(folder, LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield folder
        finally:
            os.close(handle)


def _sweep(place: str) -> None:
    """Remove the folders whose processes are gone."""
    with contextlib.suppress(OSError), os.scandir(place) as entries:
        for entry in entries:
            if entry.name.startswith(PREFIX) and entry.is_dir(follow_symlinks=False):
                with contextlib.suppress(OSError):
                    _remove_if_stale(entry)


def _remove_if_stale(entry: os.DirEntry[str]) -> None:
    status = entry.stat(follow_symlinks=False)
    if status.st_uid != os.geteuid() or time.time() - status.st_mtime < SETTLED:
        return
    lock = Path(entry.path, LOCK)
    if not lock.is_file():
        shutil.rmtree(entry.path)
        return
    handle = os.open(lock, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails where its process lives
        shutil.rmtree(entry.path)
    finally:
        os.close(handle)

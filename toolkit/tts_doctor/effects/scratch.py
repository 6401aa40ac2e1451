"""Temporary folders that do not outlive a killed process for long: the next one that needs a folder removes them.

Each holds a lock file that its process keeps locked; the kernel lets go of it when the process dies, in whatever
container that was. Decides nothing about what lies in them, and touches no folder of another user.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tts_doctor.errors import DoctorError

PREFIX = "tts-doctor-tmp-"
LOCK = ".owner"
SHARED_MEMORY = "/dev/shm"
SETTLED = 60.0
"""Seconds after which a folder that nobody has locked is no longer just being made."""


def temporary_place() -> str:
    """Python's folder for temporary files, else the shared memory that a read-only container has; '' without either."""
    try:
        return tempfile.gettempdir()
    except FileNotFoundError:
        return SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK | os.X_OK) else ""


def is_private(folder: str) -> bool:
    """Whether a folder with a name that others can foretell is ours alone, and no link of theirs."""
    try:
        status = os.lstat(folder)
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o022


@contextlib.contextmanager
def scratch_folder() -> Iterator[str]:
    """A fresh private folder under $TMPDIR, gone afterwards. Raises DoctorError where none can be made, OSError."""
    place = temporary_place()
    if not place:
        raise DoctorError(
            "there is no folder for temporary files that can be written",
            "没有可写的临时文件夹",
            hint_en="set TMPDIR to one, or mount one: docker run --tmpfs /tmp",
            hint_zh="请设置 TMPDIR，或挂载一个：docker run --tmpfs /tmp",
        )
    _sweep(place)
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=place, ignore_cleanup_errors=True) as folder:
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

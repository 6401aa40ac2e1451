"""What tells whether a file or folder is still the one that was read: device, inode, size and time of change."""

from __future__ import annotations

import hashlib
import marshal
import os
from collections.abc import Iterable

State = tuple[int, int, int, int]


def file_state(path: str) -> State | None:
    """None where there is no such file."""
    try:
        return state_of(os.stat(path))
    except (OSError, ValueError):
        return None


def state_of(status: os.stat_result) -> State:
    """The same of a status."""
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def fingerprint(states: Iterable[State | None]) -> bytes:
    """One short value for many states, in their order."""
    plain = 2  # of marshal's formats the last that writes equal values alike, whoever else refers to them
    return hashlib.blake2b(marshal.dumps(list(states), plain), digest_size=20).digest()

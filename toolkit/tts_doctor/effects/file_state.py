"""What tells whether a file or folder is still the one that was read: device, inode, size and both times of change.

The time of the last change of the inode cannot be set by any program: what is written in place and given back its old
time of modification differs all the same.
"""

from __future__ import annotations

import hashlib
import marshal
import os
from collections.abc import Iterable

State = tuple[int, int, int, int, int]
CHANGED = 4
"""Where in a state the time stands at which the inode changed, in nanoseconds since 1970."""


def file_state(path: str) -> State | None:
    """None where there is no such file."""
    try:
        return state_of(os.stat(path))
    except (OSError, ValueError):
        return None


def state_of(status: os.stat_result) -> State:
    """The same of a status."""
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def fingerprint(states: Iterable[State | str | None]) -> bytes:
    """One short value for many states, in their order."""
    plain = 2  # of marshal's formats the last that writes equal values alike, whoever else refers to them
    return hashlib.blake2b(marshal.dumps(list(states), plain), digest_size=20).digest()

"""Reads regular files, bounded: never waits on a pipe, never fills the memory, follows no loop of links."""

from __future__ import annotations

import os
import stat

METADATA_LIMIT = 1 << 20
RECORD_LIMIT = 48 << 20


def read_bytes(path: str, limit: int = METADATA_LIMIT) -> bytes:
    """At most `limit` bytes of a regular file. Raises OSError, also for what is no regular file."""
    return read_with_status(path, limit)[0]


def read_with_status(path: str, limit: int) -> tuple[bytes, os.stat_result]:
    """The same, and what the open file's status said."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, "not a regular file", path)
        parts: list[bytes] = []
        left = limit
        while left > 0 and (chunk := os.read(handle, min(left, status.st_size + 1 if not parts else 1 << 20))):
            parts.append(chunk)
            left -= len(chunk)
            if limit - left == status.st_size:
                break
        return (parts[0] if len(parts) == 1 else b"".join(parts)), status
    finally:
        os.close(handle)


def read_text(path: str, limit: int = METADATA_LIMIT) -> str | None:
    """The same as text (UTF-8, wrong bytes replaced); None where there is no such file or it cannot be read."""
    try:
        return read_bytes(path, limit).decode("utf-8", "replace")
    except (OSError, ValueError):
        return None

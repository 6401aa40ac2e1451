"""A folder of cached values, shared between runs and processes, bounded in size.

Decides where a value lies and which go first when there is too much; never what a value means. A cache that cannot be
written is no error: everything is then fetched anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from tts_doctor.effects.scratch import is_private, temporary_place

DEFAULT_LIMIT = 500 * 1024 * 1024
SWEEP_EVERY = 3600.0


def cache_folder(environ: Mapping[str, str]) -> Path:
    """$TTS_DOCTOR_CACHE, else tts-doctor under $XDG_CACHE_HOME, else ~/.cache, else a private temporary folder."""
    if environ.get("TTS_DOCTOR_CACHE"):
        return Path(environ["TTS_DOCTOR_CACHE"])
    xdg = environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(xdg):
        return Path(xdg) / "tts-doctor"
    home = environ.get("HOME", "")
    if os.path.isabs(home) and os.path.isdir(home):
        return Path(home) / ".cache" / "tts-doctor"
    folder = f"{temporary_place() or os.devnull}/tts-doctor-cache-{os.geteuid()}"
    with contextlib.suppress(OSError):
        os.mkdir(folder, 0o700)
    return Path(folder) if is_private(folder) else Path(os.devnull, "none")


class DiskCache:
    """Values by key under one folder: bytes in, bytes out, the least recently used swept beyond `limit` bytes."""

    def __init__(self, folder: Path, limit: int = DEFAULT_LIMIT) -> None:
        self.folder = folder
        self.limit = limit

    def path(self, kind: str, key: str) -> Path:
        name = hashlib.sha256(key.encode()).hexdigest()
        return self.folder / kind / name[:2] / name[2:]

    def get(self, kind: str, key: str) -> bytes | None:
        """The value, or None; reading it counts as use."""
        path = self.path(kind, key)
        try:
            value = path.read_bytes()
        except OSError:
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return value

    def put(self, kind: str, key: str, value: bytes) -> None:
        """Store the value atomically; where that cannot be done, not at all."""
        path = self.path(kind, key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(value)
                os.replace(temporary, path)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(temporary)
                raise
        except OSError:
            return

    def sweep(self, *, now: bool = False) -> None:
        """Delete the least recently used values beyond the limit; at most once an hour unless `now`."""
        mark = self.folder / ".swept"
        try:
            if not now and mark.exists() and time.time() - mark.stat().st_mtime < SWEEP_EVERY:
                return
            mark.touch()
        except OSError:
            return
        entries = []
        for root, _, names in os.walk(self.folder):
            for name in names:
                path = os.path.join(root, name)
                with contextlib.suppress(OSError):
                    state = os.stat(path)
                    entries.append((state.st_mtime, state.st_size, path))
        total = sum(size for _, size, _ in entries)
        for _, size, path in sorted(entries):
            if total <= self.limit:
                break
            with contextlib.suppress(OSError):
                os.unlink(path)
                total -= size

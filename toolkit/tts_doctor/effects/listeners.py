"""Who listens where, from /proc. Decides nothing; asks no process and no port."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from tts_doctor.model.deployment import Listener

TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
LISTENS = "0A"
SOCKET = re.compile(r"socket:\[(\d+)\]")


def listeners() -> tuple[Listener, ...]:
    """Every listening port of this machine, by number; without /proc none."""
    ports = listening_sockets()
    holders = sockets_of(pid for pid in os.listdir("/proc") if pid.isdigit()) if ports else {}
    owner = {inode: pid for pid, inodes in sorted(holders.items(), reverse=True) for inode in inodes}
    found = {port: owner.get(inode, 0) for inode, port in ports.items()}
    return tuple(Listener(port, pid, _command(pid) if pid else "") for port, pid in sorted(found.items()))


def listening_sockets() -> dict[int, int]:
    """Socket number -> port."""
    found = {}
    for table in TABLES:
        try:
            rows = Path(table).read_text("ascii").splitlines()[1:]
        except OSError:
            continue
        for fields in (row.split() for row in rows):
            if fields[3] == LISTENS:
                found[int(fields[9])] = int(fields[1].rpartition(":")[2], 16)
    return found


def sockets_of(pids: Iterable[int | str]) -> dict[int, set[int]]:
    """Process -> numbers of the sockets that it has open, as far as this user may look."""
    found: dict[int, set[int]] = {}
    for pid in pids:
        with suppress(OSError):
            for descriptor in os.scandir(f"/proc/{pid}/fd"):
                with suppress(OSError):  # closed meanwhile: the others tell all the same
                    if match := SOCKET.fullmatch(os.readlink(descriptor.path)):
                        found.setdefault(int(pid), set()).add(int(match[1]))
    return found


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()[:200]
    except OSError:
        return ""

"""Counts the processes below a supervisor that wait for connections, and those of them that end.

Knows a worker by the listening socket that it holds, so helpers that come and go do not count. Decides nothing.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from tts_doctor.effects.listeners import listening_sockets, sockets_of
from tts_doctor.effects.supervise import descendants

STEP = 0.1


@dataclass
class Workers:
    """What was seen so far, one look after the other."""

    known: set[int] = field(default_factory=set)
    new: set[int] = field(default_factory=set)
    """Seen once: a child that is about to become another program holds its parent's sockets for a moment."""
    most: int = 0
    ended: int = 0
    ports: list[int] = field(default_factory=list)

    def look(self, root: int) -> None:
        """At the tree below `root`, now."""
        listening, alive = listening_sockets(), descendants(root)
        tree = {pid: held & set(listening) for pid, held in sockets_of(alive).items()}
        holders = {pid for pid, held in tree.items() if held}
        self.ports = sorted({listening[number] for pid in holders for number in tree[pid]})
        parents = {pid: _parent(pid) for pid in holders}
        workers = holders - set(parents.values()) if len(holders) > 1 else set()
        workers = {pid for pid in workers if parents[pid] not in self.known}  # a worker's child is no other worker
        # by its process: what it holds is read while it opens and closes, and may be missed in one look
        self.ended += len(self.known - alive)
        self.known = self.known & alive | workers & self.new
        self.new = workers - self.known
        self.most = max(self.most, len(self.known), min(len(holders), 1))


class Watching:
    """Looks again and again, beside what else is done; `workers` is right once it is left."""

    def __init__(self, root: int) -> None:
        self.workers = Workers()
        self._root = root
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Watching:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(STEP):
            self.workers.look(self._root)


def _parent(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/stat", "rb") as stream:
            return int(stream.read().rpartition(b")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return 0

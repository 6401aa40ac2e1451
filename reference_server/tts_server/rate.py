"""How often one client may ask: a token bucket for each. Decides who waits, and how long."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import Tuple

from tts_server.errors import ApiError

CLIENTS = 10_000
"""So many are remembered; the one longest silent is forgotten first."""


class Rate:
    """`each_minute` requests for each client in the long run, and as many at once; 0: as many as they like."""

    def __init__(self, each_minute: float) -> None:
        self.each_minute = each_minute
        self._buckets: OrderedDict[str, Tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, client: str) -> None:
        """Raises ApiError (429) that says when to come again."""
        if not self.each_minute:
            return
        now, most = time.monotonic(), max(1.0, self.each_minute)
        with self._lock:
            left, then = self._buckets.pop(client, (most, now))
            left = min(most, left + (now - then) * self.each_minute / 60)
            self._buckets[client] = (left - 1 if left >= 1 else left, now)
            if len(self._buckets) > CLIENTS:
                self._buckets.popitem(last=False)
        if left < 1:
            wait = int((1 - left) * 60 / self.each_minute) + 1
            raise ApiError(429, "too_many_requests", "Too many requests from this client.", retry_after=wait)

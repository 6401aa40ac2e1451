"""What Redis holds of a job: its items, what came of each, and whether anybody still wants it.

Each item has one outcome, and the first one counts: whoever speaks an item twice changes nothing. Speaks nothing.
"""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

import redis
from redis.backoff import ExponentialBackoff
from redis.exceptions import BusyLoadingError, ConnectionError, TimeoutError
from redis.retry import Retry

from tts_server.script import Script, packed, unpacked

OPEN = "tts:jobs"
"""Jobs that are not finished, by the time of their making."""
TRIES = 5
"""So often an item may be begun; what ends every worker ends here."""


@dataclass(frozen=True)
class State:
    """`outcomes`: an item's number to the code of what went wrong, empty where its sound is there."""

    number: str
    total: int
    format: str
    created: float
    cancelled: bool
    begun: bool
    outcomes: Dict[int, str]

    @property
    def status(self) -> str:
        if len(self.outcomes) == self.total:
            return "done"
        if self.cancelled:
            return "cancelled"
        return "running" if self.begun else "queued"

    @property
    def ended(self) -> bool:
        return self.status in ("done", "cancelled")


@dataclass(frozen=True)
class Item:
    script: Script
    format: str
    tries: int


class Store:
    """All methods raise redis.RedisError where Redis stays away for longer than `patience` seconds or so."""

    def __init__(self, url: str, keep_seconds: float, patience: float = 0.0) -> None:
        self._keep = int(keep_seconds)
        retry = Retry(ExponentialBackoff(cap=1, base=0.1), int(patience))
        self._redis: Any = redis.Redis.from_url(
            url, socket_connect_timeout=2, socket_timeout=10, retry=retry,
            retry_on_error=[ConnectionError, TimeoutError, BusyLoadingError],
        )  # fmt: skip

    def create(self, scripts: Sequence[Script], format: str) -> str:
        """Lay a job down, whole or not at all; nothing speaks it yet. Returns its number."""
        number, now = uuid.uuid4().hex, time.time()
        job, items = _keys(number, "", ":items")
        until = int(now) + self._keep
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(job, mapping={"total": len(scripts), "format": format, "created": now, "until": until})
            pipe.hset(items, mapping={index: json.dumps(packed(script)) for index, script in enumerate(scripts)})
            pipe.expireat(job, until)
            pipe.expireat(items, until)
            pipe.zadd(OPEN, {number: now})
            pipe.execute()
        return number

    def state(self, number: str) -> Optional[State]:
        """None where there is no such job, or no longer."""
        job, outcomes, begun = _keys(number, "", ":outcomes", ":begun")
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.hgetall(job)
            pipe.hgetall(outcomes)
            pipe.exists(begun)
            about, found, started = pipe.execute()
        if not about:
            return None
        return State(
            number, int(about[b"total"]), about[b"format"].decode(), float(about[b"created"]), b"cancelled" in about,
            bool(started), {int(index): code.decode() for index, code in sorted(found.items(), key=_number)},
        )  # fmt: skip

    def cancel(self, number: str) -> None:
        """What is not yet begun will not be."""
        job = _keys(number, "")[0]
        # A job that has expired meanwhile must not come back without its end.
        if self._redis.exists(job):
            self._redis.hset(job, "cancelled", 1)
            self._redis.expireat(job, int(self._redis.hget(job, "until")))
        self._redis.zrem(OPEN, number)

    def take(self, number: str, index: int) -> Optional[Item]:
        """An item to be spoken now; None where it is spoken, cancelled or gone."""
        job, items, outcomes, begun, tries = _keys(number, "", ":items", ":outcomes", ":begun", ":tries")
        about, script = self._redis.hgetall(job), self._redis.hget(items, index)
        if not about or script is None or b"cancelled" in about or self._redis.hexists(outcomes, index):
            return None
        until = int(about[b"until"])
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(begun, index, time.time())
            pipe.hincrby(tries, index, 1)
            pipe.expireat(begun, until)
            pipe.expireat(tries, until)
            count = pipe.execute()[1]
        return Item(unpacked(json.loads(script)), about[b"format"].decode(), count)

    def finish(self, number: str, index: int, sound: bytes, code: str = "") -> None:
        """Note an item's sound, or the code of what went wrong; nothing where it has an outcome."""
        job, sounds, outcomes = _keys(number, "", ":sounds", ":outcomes")
        until = self._redis.hget(job, "until")
        if until is None:
            return
        with self._redis.pipeline(transaction=True) as pipe:
            if not code:
                pipe.hsetnx(sounds, index, sound)
                pipe.expireat(sounds, int(until))
            pipe.hsetnx(outcomes, index, code)
            pipe.expireat(outcomes, int(until))
            pipe.execute()

    def sound(self, number: str, index: int) -> bytes:
        found: Optional[bytes] = self._redis.hget(_keys(number, ":sounds")[0], index)
        return found or b""

    def lost(self, queue: str, seconds: float) -> Iterator[Tuple[str, List[int]]]:
        """Items that nobody holds: no outcome, no message waits, not begun within so many seconds.

        A worker that is killed between taking a message from Redis and noting that it has it leaves such items.
        """
        if not self._redis.set(f"{OPEN}:swept", 1, nx=True, px=int(seconds * 500)) or self._redis.llen(queue):
            return
        now = time.time()
        for name in self._redis.zrangebyscore(OPEN, 0, now - seconds):
            state = self.state(name.decode())
            if state is None or state.ended:
                self._redis.zrem(OPEN, name)
                continue
            begun = self._redis.hgetall(_keys(state.number, ":begun")[0])
            missing = [index for index in range(state.total) if index not in state.outcomes]
            idle = [index for index in missing if float(begun.get(b"%d" % index, 0)) < now - seconds]
            if idle:
                yield state.number, idle


def _keys(number: str, *ends: str) -> List[str]:
    return [f"tts:job:{number}{end}" for end in ends]


def _number(pair: Tuple[bytes, bytes]) -> int:
    return int(pair[0])

"""Engine processes behind a bounded queue: who may wait, who speaks, who is killed and replaced.

The web process holds no model. A process that dies costs its request nothing: another is asked for the same text, and
what was already delivered is skipped. A process that exceeds the deadline is killed; the one that stands by takes its
place.
"""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
from collections import deque
from typing import Any, Deque, Dict, Iterator, List, Optional

from tts_server import frames
from tts_server.child import Child, Late
from tts_server.errors import ApiError, EngineError
from tts_server.script import Script, packed

LOG = logging.getLogger("tts_server")
STANDING_BY = 1
START_SECONDS = 900
"""The first start fetches the voice."""
ATTEMPTS = 5
PAUSES = (1, 2, 5, 10, 30)
"""Seconds before another start after one that failed."""


class Job:
    """One script on its way: read `pieces` once; `cancel` when nobody listens any more."""

    def __init__(self, script: Script, deadline: float) -> None:
        self.wish = {"script": packed(script)}
        self.until = time.monotonic() + deadline
        self.cancelled = threading.Event()
        self.events: queue.Queue[Any] = queue.Queue()
        self.delivered = 0
        self.cpu = 0.0

    def pieces(self) -> Iterator[bytes]:
        """int16 samples as they come. Raises ApiError (504), EngineError."""
        while True:
            event = self.events.get()
            if event is None:
                return
            if isinstance(event, Exception):
                raise event
            yield event

    def cancel(self) -> None:
        self.cancelled.set()


class Pool:
    def __init__(self, engine: str, processes: int, waiting: int, deadline: float) -> None:
        self.engine, self.processes, self.waiting, self.deadline = engine, processes, waiting, deadline
        self.about: Dict[str, Any] = {}
        self.reason = ""
        self.restarts = 0
        self.working = 0
        self._jobs: Deque[Job] = deque()
        self._ready: List[Child] = []
        self._all: List[Child] = []
        self._starting = 0
        self._failures = 0
        self._closed = False
        self._change = threading.Condition()

    def start(self) -> None:
        threading.Thread(target=self._keep, name="keeper", daemon=True).start()
        for number in range(self.processes):
            threading.Thread(target=self._serve, name=f"speaker-{number}", daemon=True).start()

    def stop(self) -> None:
        """Kill every process; what waits is answered with an error."""
        with self._change:
            self._closed = True
            children, self._all, self._ready = self._all, [], []
            jobs = list(self._jobs)
            self._jobs.clear()
            self._change.notify_all()
        for job in jobs:
            job.events.put(ApiError(503, "shutting_down", "The server is stopping.", retry_after=5))
        for child in children:
            child.kill()

    def submit(self, script: Script) -> Job:
        """Raises ApiError: 503 where no voice is ready, 429 where too many wait; both say when to come again."""
        job = Job(script, self.deadline)
        self.check()
        with self._change:
            if len(self._jobs) >= self.waiting + max(0, self.processes - self.working):
                raise ApiError(429, "too_busy", "Too many requests are waiting.", retry_after=2)
            self._jobs.append(job)
            self._change.notify_all()
        return job

    def check(self) -> Dict[str, Any]:
        """What the voice says of itself. Raises ApiError (503) where none is ready."""
        with self._change:
            state = self._state()
        if state == "failed":
            raise ApiError(503, "engine_missing", "No voice is ready; GET /health says why.", retry_after=30)
        if state == "starting":
            raise ApiError(503, "engine_starting", "The voice is being prepared.", retry_after=5)
        return self.about

    def state(self) -> Dict[str, Any]:
        """`status`: starting, ready, busy (all processes speak) or failed, with the voice or the reason."""
        with self._change:
            status = self._state()
            told: Dict[str, Any] = {"status": status, "queued": len(self._jobs), "processes": len(self._all)}
            if status in ("starting", "failed") and self.reason:
                told["reason"] = self.reason
            about = {key: value for key, value in self.about.items() if value}
        return {**told, **about} if status in ("ready", "busy") else told

    def memory(self) -> int:
        with self._change:
            children = list(self._all)
        return sum(child.memory for child in children)

    @property
    def queued(self) -> int:
        return len(self._jobs)

    def _state(self) -> str:
        if self.about and (self._ready or self.working or not self._failures):
            return "busy" if self.working >= self.processes else "ready"
        return "failed" if self._failures else "starting"

    def _keep(self) -> None:
        """Replace what died; start what is missing."""
        while True:
            with self._change:
                if self._closed:
                    return
                for child in [child for child in self._ready if not child.alive]:
                    self._forget(child)
                missing = self.processes + STANDING_BY - len(self._all) - self._starting
                # The first one alone: it may have to prepare the voice, and may say why it cannot.
                if not self.about:
                    missing = min(missing, 1 - self._starting)
                self._starting += max(0, missing)
            for _ in range(missing):
                threading.Thread(target=self._add, daemon=True).start()
            time.sleep(0.1)

    def _add(self) -> None:
        child: Optional[Child] = None
        try:
            child = Child(self.engine)
            child.wait_ready(START_SECONDS)
        except (EngineError, Late, OSError) as error:
            if child is not None:
                child.kill()
            LOG.error("engine: %s", error or "it did not start in time")
            with self._change:
                self.reason = str(error) or "the engine did not start in time"
                self._failures += 1
                pause = PAUSES[min(self._failures, len(PAUSES)) - 1]
            time.sleep(pause)
            with self._change:
                self._starting -= 1
            return
        with self._change:
            self._starting -= 1
            self._failures = 0
            self.about = child.about
            if self._closed:
                child.kill()
                return
            self._all.append(child)
            self._ready.append(child)
            self._change.notify_all()
        if child.about.get("fallback"):
            LOG.warning("engine: %s", child.about["fallback"])

    def _forget(self, child: Child) -> None:
        self.restarts += 1
        for found in (self._ready, self._all):
            if child in found:
                found.remove(child)
        child.kill()

    def _serve(self) -> None:
        while True:
            with self._change:
                while not self._jobs and not self._closed:
                    self._change.wait()
                if self._closed:
                    return
                job = self._jobs.popleft()
                self.working += 1
            try:
                self._speak(job)
            except Exception as error:
                LOG.exception("pool")
                job.events.put(EngineError(type(error).__name__))
            finally:
                with self._change:
                    self.working -= 1

    def _speak(self, job: Job) -> None:
        late = ApiError(504, "deadline", f"The speech was not ready within {self.deadline:g} seconds.")
        for _ in range(ATTEMPTS):
            child = self._take(job)
            if child is None:
                job.events.put(None if job.cancelled.is_set() else late)
                return
            try:
                self._relay(child, job)
            except (EOFError, OSError):
                with self._change:
                    self._forget(child)
                continue
            except Late:
                with self._change:
                    self._forget(child)
                job.events.put(late)
                return
            with self._change:
                if child in self._all:
                    self._ready.append(child)
                self._change.notify_all()
            return
        job.events.put(EngineError(f"{ATTEMPTS} engine processes died over one text"))

    def _take(self, job: Job) -> Optional[Child]:
        """A living process, the last one used first: its memory is warm. None at the job's deadline."""
        with self._change:
            while not self._closed and not job.cancelled.is_set():
                while self._ready:
                    child = self._ready.pop()
                    if child.alive:
                        return child
                    self._forget(child)
                left = job.until - time.monotonic()
                if left <= 0:
                    return None
                self._change.wait(min(left, 0.5))
        return None

    def _relay(self, child: Child, job: Job) -> None:
        skip = job.delivered
        stopped = False
        for kind, body in child.ask(job.wish, job.until):
            if kind == frames.FAILED:
                job.events.put(EngineError(body.decode("utf-8", "replace")))
            elif kind == frames.END:
                job.cpu = float(json.loads(body)["cpu"])
                job.events.put(None)
            elif job.cancelled.is_set():
                if not stopped:
                    child.stop_answer()
                    stopped = True
            else:
                fresh = body[skip:]
                skip = max(0, skip - len(body))
                if fresh:
                    job.delivered += len(fresh)
                    job.events.put(fresh)

"""`tts-server worker`: speaks the items of jobs with engine processes of its own until it is stopped.

Any number of them on any machines may share one Redis. An engine process that dies or takes too long costs its item
nothing or a code; a worker that dies leaves its items to the others.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import redis
from celery import Celery
from celery.exceptions import Reject
from kombu.exceptions import OperationalError
from prometheus_client import start_http_server

from tts_server.api.speech import measured
from tts_server.audio import encode
from tts_server.errors import ApiError, EngineError
from tts_server.jobs import tasks
from tts_server.jobs.store import TRIES, Item, Store
from tts_server.logs import LOG
from tts_server.metrics import Metrics
from tts_server.pool import Job, Pool
from tts_server.settings import Settings

PATIENCE = 30
"""Seconds for which a spoken item waits for a broker that restarts."""
AGAIN = 2.0
GRACE = 10.0
"""Seconds beyond an item's own after which whoever began it is taken for dead."""


@dataclass(frozen=True)
class Worker:
    pool: Pool
    store: Store
    app: Celery
    seconds: float
    metrics: Metrics

    def speak(self, number: str, index: int) -> None:
        """One message's work. Reject: it shall come again."""
        try:
            item = self.store.take(number, index)
            if item is not None:
                self._say(number, index, item)
        except redis.RedisError as error:
            LOG.error("broker: %s", type(error).__name__)
            time.sleep(AGAIN)
            raise Reject(requeue=True) from error

    def _say(self, number: str, index: int, item: Item) -> None:
        code, sound = "", b""
        try:
            if item.tries > TRIES:
                raise EngineError(f"{TRIES} workers ended over one text")
            rate, began = int(self.pool.about["sample_rate"]), time.monotonic()
            samples = b"".join(measured(self._submit(item), self.metrics, rate, began))
            sound = encode(samples, rate, item.format)
            code = "" if samples else "unspeakable_text"
        except ApiError as error:
            if error.status == 503:
                raise Reject(requeue=True) from error
            code = error.code
        except EngineError as error:
            LOG.error("engine: %s", error)
            code = "engine_failed"
        self.store.finish(number, index, sound, code)
        self.metrics.items.labels(code or "spoken").inc()
        LOG.info("item", extra={"more": {"job": number, "item": index, "code": code}})

    def _submit(self, item: Item) -> Job:
        until = time.monotonic() + self.seconds
        while True:
            try:
                return self.pool.submit(item.script)
            except ApiError:
                # The voice is being started anew.
                if time.monotonic() > until:
                    raise
                time.sleep(0.5)

    def sweep(self, over: threading.Event) -> None:
        """Send again what nobody holds, until `over`."""
        age = self.seconds + GRACE
        while not over.wait(min(5.0, age / 2)):
            self.metrics.refresh()
            try:
                for number, items in self.store.lost(tasks.QUEUE, age):
                    LOG.warning("sent again", extra={"more": {"job": number, "items": len(items)}})
                    tasks.send(self.app, number, items)
            except (redis.RedisError, OperationalError, OSError) as error:
                LOG.error("broker: %s", type(error).__name__)


def work(url: str, engine: str, wanted: Settings, metrics_port: int) -> int:
    """Speak until SIGTERM, then end what is begun; Prometheus may ask at `metrics_port` unless it is 0.

    Raises EngineError where there is no voice.
    """
    processes, seconds = wanted.processes, wanted.item_seconds
    pool = Pool(engine, processes, processes, seconds)
    pool.start()
    try:
        while pool.state()["status"] == "starting":
            time.sleep(0.1)
        if pool.state()["status"] == "failed":
            raise EngineError(pool.reason)
        app = tasks.make(url)
        metrics = Metrics(pool)
        worker = Worker(pool, Store(url, wanted.keep, PATIENCE), app, seconds, metrics)
        if metrics_port:
            start_http_server(metrics_port, registry=metrics.registry)
        app.task(worker.speak, name=tasks.TASK)
        over = threading.Event()
        sweeper = threading.Thread(target=worker.sweep, args=(over,), daemon=True)
        sweeper.start()
        # Threads only wait here: the engine processes speak.
        celery = app.Worker(pool="threads", concurrency=processes, loglevel="WARNING")
        celery.start()
        over.set()
        return int(celery.exitcode or 0)
    finally:
        pool.stop()

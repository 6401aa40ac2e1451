"""Prometheus metrics, right whether one web process answers or several.

Counted where requests are answered: engine processes hold no state. Where PROMETHEUS_MULTIPROC_DIR names a folder,
processes keep their figures there, and each of them tells the sum.
"""

from __future__ import annotations

import os
import threading
import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from tts_server.pool import Pool

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
FIRST = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10, 30)
FACTORS = (0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2)
REFRESH_SECONDS = 1.0


class Metrics:
    """One registry for each application: tests and several applications in one process stay apart."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "tts_requests", "Answers by endpoint and status.", ("endpoint", "status"), registry=self.registry
        )
        self.seconds = Histogram("tts_request_seconds", "Whole answers.", ("endpoint",), registry=self.registry)
        self.first = Histogram(
            "tts_time_to_first_audio_seconds", "From the request to its first samples.",
            registry=self.registry, buckets=FIRST,
        )  # fmt: skip
        self.audio = Counter("tts_audio_seconds", "Seconds of speech delivered.", registry=self.registry)
        self.factor = Histogram(
            "tts_real_time_factor", "CPU seconds for a second of speech.", registry=self.registry, buckets=FACTORS
        )
        self.items = Counter(
            "tts_job_items", "Items of batch jobs by what came of them.", ("outcome",), registry=self.registry
        )
        self._restarts = Counter(
            "tts_engine_restarts", "Engine processes that died or were killed.", registry=self.registry
        )
        self._queued = self._gauge("tts_queue_depth", "Requests that wait.")
        self._working = self._gauge("tts_engines_working", "Engine processes that speak.")
        self._engines = self._gauge("tts_engines", "Engine processes, ready or speaking.")
        self._memory = self._gauge("tts_engine_memory_bytes", "Resident memory of all engine processes.")
        self._ready = self._gauge("tts_ready", "Web processes or workers whose voice is ready.")
        self._told = 0
        self._lock = threading.Lock()
        self.refresh()
        if os.environ.get(FOLDER):
            # Whichever process is asked tells what the others last noted.
            threading.Thread(target=self._keep, name="metrics", daemon=True).start()

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(name, text, registry=self.registry, multiprocess_mode="livesum")

    def refresh(self) -> None:
        """Note what the pool says now."""
        state = self._pool.state()
        self._queued.set(state["queued"])
        self._working.set(self._pool.working)
        self._engines.set(state["processes"])
        self._memory.set(self._pool.memory())
        self._ready.set(state["status"] in ("ready", "busy"))
        with self._lock:
            restarts = self._pool.restarts
            self._restarts.inc(restarts - self._told)
            self._told = restarts

    def text(self) -> bytes:
        """Prometheus's text, of all processes where there are several."""
        self.refresh()
        registry = self.registry
        if os.environ.get(FOLDER):
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)

    def _keep(self) -> None:
        while True:
            time.sleep(REFRESH_SECONDS)
            self.refresh()

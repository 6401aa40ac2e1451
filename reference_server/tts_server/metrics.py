"""Prometheus metrics of one server: counted where requests are answered, since the engines' processes hold no state."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from tts_server.pool import Pool

FIRST = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10, 30)
FACTORS = (0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2)


class Metrics:
    """One registry for each application: tests and several applications in one process stay apart."""

    def __init__(self, pool: Pool) -> None:
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
        for name, text, value in (
            ("tts_queue_depth", "Requests that wait.", lambda: pool.queued),
            ("tts_engines_working", "Engine processes that speak.", lambda: pool.working),
            ("tts_engines", "Engine processes, ready or speaking.", lambda: pool.state()["processes"]),
            ("tts_engine_memory_bytes", "Resident memory of all engine processes.", pool.memory),
            ("tts_engine_restarts_total", "Engine processes that died or were killed.", lambda: pool.restarts),
        ):
            Gauge(name, text, registry=self.registry).set_function(value)

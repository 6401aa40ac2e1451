"""What the operator may set, from TTS_SERVER_* variables: one value each, checked once."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Mapping

from tts_server import engines

MOST_CHARACTERS = 5000
"""A wish must fit into a pipe that nobody reads: 64 KiB, at 6 bytes for a character."""


@dataclass(frozen=True)
class Settings:
    """`processes` speak at the same time, one more stands by; `queue` requests may wait; `deadline` in seconds.

    `rate`: requests a minute for each client, 0 without limit; `proxies`: how many in front of the server are trusted
    to tell who asks; `streams`: WebSocket connections at the same time. `broker`: a Redis address for batch jobs, which
    stay for `keep` seconds; a worker gives an item `item_seconds`.
    """

    engine: str = engines.DEFAULT
    processes: int = 1
    queue: int = 16
    deadline: float = 30.0
    characters: int = 1000
    rate: float = 0.0
    proxies: int = 0
    streams: int = 16
    token: str = ""
    log_file: str = ""
    broker: str = ""
    keep: float = 86400.0
    item_seconds: float = 120.0
    traces: bool = False


def read(environ: Mapping[str, str] | None = None) -> Settings:
    """Raises ValueError that names the variable."""
    environ = os.environ if environ is None else environ
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Settings(
        engine=environ.get("TTS_SERVER_ENGINE") or engines.DEFAULT,
        processes=int(_number(environ, "PROCESSES", min(cores, 4), 1, 64)),
        queue=int(_number(environ, "QUEUE", 16, 0, 10000)),
        deadline=_number(environ, "DEADLINE", 30, 0.1, 3600),
        characters=int(_number(environ, "CHARACTERS", 1000, 1, MOST_CHARACTERS)),
        rate=_number(environ, "RATE", 0, 0, 1e6),
        proxies=int(_number(environ, "PROXIES", 0, 0, 10)),
        streams=int(_number(environ, "STREAMS", 16, 0, 48)),
        token=environ.get("TTS_SERVER_TOKEN", ""),
        log_file=environ.get("TTS_SERVER_LOG_FILE", ""),
        broker=environ.get("TTS_SERVER_BROKER", ""),
        traces=bool(environ.get("TTS_SERVER_TRACES")),
        keep=_number(environ, "KEEP", 24, 0.01, 720) * 3600,
        item_seconds=_number(environ, "ITEM_SECONDS", 120, 0.1, 3600),
    )


def _number(environ: Mapping[str, str], name: str, default: float, low: float, high: float) -> float:
    written = environ.get(f"TTS_SERVER_{name}")
    if not written:
        return default
    try:
        value = float(written)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise ValueError(f"TTS_SERVER_{name} must be a number from {low} to {high}")
    return value

"""Starts speech servers and loads them: clients that ask again as soon as they are answered, and /health probed."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

CLIENTS = int(os.environ.get("CLIENTS", "8"))
PROBE_EVERY = 0.05
START_SECONDS = 120
SIGNS = "天地人你我他山水风花雪月春夏秋冬东南西北中上下左右日星云雨江河湖海高低远近大小多少来去出入开关红黄蓝白黑"
_counter = itertools.count()


@dataclass
class Measured:
    """What one design did over all rounds; times in seconds."""

    answers: list[float] = field(default_factory=list)
    probes: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    wall: float = 0.0
    cpu: float = 0.0
    audio: float = 0.0
    memory: float = 0.0


@dataclass(frozen=True)
class Server:
    name: str
    port: int
    process: psutil.Process

    def family(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]

    def cpu(self) -> float:
        """Processor seconds of the processes that live."""
        return sum(times.user + times.system for times in (each.cpu_times() for each in self.family()))

    def memory(self) -> float:
        """MB; what processes share counts once."""
        return sum(each.memory_full_info().pss for each in self.family()) / 1e6


def text(length: int) -> str:
    """Another text each time, in clauses of eight."""
    chosen = random.Random(next(_counter))
    signs = [chosen.choice(SIGNS) for _ in range(length)]
    signs[7::8] = ["，"] * len(signs[7::8])
    return "".join(signs[:-1]) + "。"


def ask(port: int, path: str = "/health", body: dict[str, object] | None = None) -> tuple[int, float, bytes]:
    """Status, seconds to the first byte of the body, the body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        began = time.perf_counter()
        if body is None:
            connection.request("GET", path)
        else:
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        start = answer.read(256)
        return answer.status, time.perf_counter() - began, start + answer.read()
    finally:
        connection.close()


@contextmanager
def running(name: str, command: list[str], folder: Path) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    ours = [sys.executable, "-m", "tts_server", "serve", "--port", str(port)]
    command = [*command, f"127.0.0.1:{port}"] if command else ours
    environ = {**os.environ, "TTS_SERVER_QUEUE": "64", "TTS_SERVER_DEADLINE": "120"}
    log = folder / f"{port}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environ)
    try:
        wait(port, process, log)
        yield Server(name, port, psutil.Process(process.pid))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            if ask(port)[0] == 200:
                return
        except OSError:
            pass
        if process.poll() is not None:
            break
        time.sleep(0.2)
    raise SystemExit(f"a server did not start:\n{log.read_text('utf-8', 'replace')[-2000:]}")


def load(server: Server, seconds: float, into: Measured, requests: int = 0) -> None:
    """CLIENTS ask for so many seconds, or for so many requests, while /health is probed."""
    until, left, lock = time.perf_counter() + seconds, iter(range(requests)), threading.Lock()

    def more() -> bool:
        with lock:
            return next(left, None) is not None if requests else time.perf_counter() < until

    def client() -> None:
        while more():
            began = time.perf_counter()
            try:
                status, _, body = ask(server.port, "/api/tts", {"text": text(random.randint(8, 24))})
            except (OSError, http.client.HTTPException) as error:
                into.failures.append(type(error).__name__)
                continue
            if status == 200:
                into.answers.append(time.perf_counter() - began)
                into.audio += (len(body) - 44) / 2 / 24000
            else:
                into.failures.append(str(status))

    over = threading.Event()

    def probe() -> None:
        while not over.wait(PROBE_EVERY):
            began = time.perf_counter()
            try:
                status = ask(server.port)[0]
            except (OSError, http.client.HTTPException):
                status = 0
            into.probes.append(time.perf_counter() - began)
            if status != 200:
                into.failures.append(f"health {status}")

    prober = threading.Thread(target=probe)
    before, began = server.cpu(), time.perf_counter()
    prober.start()
    with ThreadPoolExecutor(CLIENTS) as pool:
        for _ in range(CLIENTS):
            pool.submit(client)
    over.set()
    prober.join()
    into.wall += time.perf_counter() - began
    into.cpu += max(0.0, server.cpu() - before)
    into.memory = max(into.memory, server.memory())


def share(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))] if values else 0.0

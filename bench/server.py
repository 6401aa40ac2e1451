"""Measures tts-server beside two other designs with the same engine, in one run, and prints the result as Markdown.

The other designs are the handbook's (gunicorn -w 4 -k gevent, whole answers) and plain gunicorn -w 2. All servers run
all the time, and each is loaded in turn, in short rounds: what else the machine does meets all of them. Every text is
another one. `SECONDS`: of one round (15); `ROUNDS` (4; 0 leaves the comparison out); `CLIENTS` that ask again as soon
as they are answered (8). `KILLS=SECONDS` adds a run in which an engine process is killed every 5 seconds, `SOAK=N` one
of N requests that watches the memory. On a busy machine trust the ratios and the processor seconds.
"""

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
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from measure import table

HERE = Path(__file__).parent
SECONDS = float(os.environ.get("SECONDS", "15"))
ROUNDS = int(os.environ.get("ROUNDS", "4"))
CLIENTS = int(os.environ.get("CLIENTS", "8"))
KILLS = float(os.environ.get("KILLS", "0"))
SOAK = int(os.environ.get("SOAK", "0"))
KILL_EVERY = 5.0
PROBE_EVERY = 0.05
START_SECONDS = 120
GUNICORN = [sys.executable, "-m", "gunicorn", "--chdir", str(HERE), "--timeout", "120"]
WHOLE = "designs.whole_answer:app"
DESIGNS = {
    "handbook: gunicorn -w 4 -k gevent": [*GUNICORN, "-w", "4", "-k", "gevent", WHOLE, "--bind"],
    "plain: gunicorn -w 2": [*GUNICORN, "-w", "2", WHOLE, "--bind"],
    "tts-server": [],
}
OURS = "tts-server"
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


def first_audio(server: Server) -> tuple[float, float]:
    """Seconds to the first sample and to the whole of 100 characters, medians of seven; nothing else asks."""
    path = "/v1/audio/speech" if server.name == OURS else "/api/tts"
    firsts, wholes = [], []
    for _ in range(7):
        words = text(100)
        began = time.perf_counter()
        body = {"input": words, "response_format": "pcm"} if server.name == OURS else {"text": words}
        firsts.append(ask(server.port, path, body)[1])
        wholes.append(time.perf_counter() - began)
    return share(firsts, 0.5), share(wholes, 0.5)


def bare_engine() -> tuple[float, float]:
    """The engine in this process: processor seconds for a second of speech, and for 100 characters."""
    from tts_server import engines
    from tts_server.engines.base import Manner
    from tts_server.script import plain
    from tts_server.speech import speak

    engine, _ = engines.load(engines.DEFAULT)
    speak(engine, plain(text(24), Manner()))
    began, audio = time.process_time(), 0.0
    for _ in range(60):
        audio += speak(engine, plain(text(random.randint(8, 24)), Manner())).seconds
    factor = (time.process_time() - began) / audio
    began = time.process_time()
    for _ in range(5):
        speak(engine, plain(text(100), Manner()))
    return factor, (time.process_time() - began) / 5


def compare(servers: list[Server]) -> None:
    factor, hundred = bare_engine()
    found = {server.name: Measured() for server in servers}
    firsts = {server.name: first_audio(server) for server in servers}
    for number in range(ROUNDS):
        # Each design is first as often as last.
        for server in servers[number % len(servers) :] + servers[: number % len(servers)]:
            load(server, SECONDS, found[server.name])
    rows = []
    for name, one in found.items():
        first, whole = firsts[name]
        rows.append([
            name, f"{len(one.answers) / one.wall:.2f}",
            f"{share(one.answers, 0.5):.2f} / {share(one.answers, 0.99):.2f}",
            f"{share(one.probes, 0.5) * 1000:.0f} / {share(one.probes, 0.99) * 1000:.0f}", f"{first:.3f} / {whole:.3f}",
            f"{one.cpu / max(one.audio, 1e-9):.4f}", f"{one.memory:.0f}", len(one.failures),
        ])  # fmt: skip
    header = [
        "design", "requests/s", "p50 / p99 s", "/health p50 / p99 ms", "first sample / whole of 100 characters, s",
        "CPU s for 1 s of speech", "memory MB", "failures",
    ]  # fmt: skip
    print(f"{CLIENTS} clients, {ROUNDS} x {SECONDS:g} s for each design, texts of 8 to 24 characters, all different\n")
    print(table(header, rows))
    ours, first = found[OURS], firsts[OURS]
    best = max(len(one.answers) / one.wall for name, one in found.items() if name != OURS)
    goals = [
        ("requests/s, of the best other design", len(ours.answers) / ours.wall / best, ">= 1.15"),
        ("/health p99, ms", share(ours.probes, 0.99) * 1000, "< 50"),
        ("first sample, of the whole", first[0] / first[1], "<= 0.25"),
        ("CPU for a second of speech, of the bare engine's", ours.cpu / ours.audio / factor, "<= 1.15"),
        ("CPU s for 100 characters, bare engine", hundred, "< 1.2"),
    ]
    print(table(["goal", "measured", "wanted"], [[name, f"{value:.3f}", wanted] for name, value, wanted in goals]))


def kills(server: Server) -> None:
    """Load while an engine process is killed every 5 seconds."""
    over, killed = threading.Event(), 0
    one = Measured()

    def kill() -> None:
        nonlocal killed
        while not over.wait(KILL_EVERY):
            engines = [each for each in server.family() if "tts_server.worker" in each.cmdline()]
            if engines:
                random.choice(engines).kill()
                killed += 1

    killer = threading.Thread(target=kill)
    killer.start()
    load(server, KILLS, one)
    over.set()
    killer.join()
    row = [f"{KILLS:g}", killed, len(one.answers), f"{share(one.answers, 0.99):.2f}", ", ".join(one.failures) or 0]
    print(table(["seconds under kills", "killed", "answers", "p99 s", "failures"], [row]))


def soak(server: Server) -> None:
    """Many requests; memory after each tenth of them."""
    one, grown = Measured(), []
    for _ in range(10):
        load(server, 0, one, requests=max(1, SOAK // 10))
        grown.append(server.memory())
    # What every process takes once, for its longest text, is no growth.
    growth = grown[-1] / grown[1] - 1
    row = [len(one.answers), " ".join(f"{each:.0f}" for each in grown), f"{growth:+.1%}", len(one.failures)]
    print(table(["answers", "memory MB after each tenth", "growth from the second to the last", "failures"], [row]))


def main() -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if ROUNDS:
            compare([stack.enter_context(running(name, words, folder)) for name, words in DESIGNS.items()])
    with tempfile.TemporaryDirectory() as name, running(OURS, [], Path(name)) as server:
        if KILLS:
            kills(server)
        if SOAK:
            soak(server)


if __name__ == "__main__":
    main()

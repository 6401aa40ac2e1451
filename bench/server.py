"""Measures tts-server beside two other designs with the same engine, in one run, and prints the result as Markdown.

The other designs are the handbook's (gunicorn -w 4 -k gevent, whole answers) and plain gunicorn -w 2. All servers run
all the time, and each is loaded in turn, in short rounds: what else the machine does meets all of them. Every text is
another one. `SECONDS`: of one round (15); `ROUNDS` (4; 0 leaves the comparison out); `CLIENTS` that ask again as soon
as they are answered (8). `KILLS=SECONDS` adds a run in which an engine process is killed every 5 seconds, `SOAK=N` one
of N requests that watches the memory. On a busy machine trust the ratios and the processor seconds.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path

from load import CLIENTS, Measured, Server, ask, load, running, share, text
from measure import table

HERE = Path(__file__).parent
SECONDS = float(os.environ.get("SECONDS", "15"))
ROUNDS = int(os.environ.get("ROUNDS", "4"))
KILLS = float(os.environ.get("KILLS", "0"))
SOAK = int(os.environ.get("SOAK", "0"))
KILL_EVERY = 5.0
GUNICORN = [sys.executable, "-m", "gunicorn", "--chdir", str(HERE), "--timeout", "120"]
WHOLE = "designs.whole_answer:app"
DESIGNS = {
    "handbook: gunicorn -w 4 -k gevent": [*GUNICORN, "-w", "4", "-k", "gevent", WHOLE, "--bind"],
    "plain: gunicorn -w 2": [*GUNICORN, "-w", "2", WHOLE, "--bind"],
    "tts-server": [],
}
OURS = "tts-server"


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

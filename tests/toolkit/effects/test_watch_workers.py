"""Workers below a master, counted as they end: real processes that hold a real socket."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tts_doctor.effects.watch_workers import Workers

MASTER = """
import os, signal, socket, sys
if os.fork():
    signal.pause()
with socket.create_server(("127.0.0.1", 0)):
    worker = os.fork()
    if worker == 0:
        for order in sys.stdin:
            if order == "churn\\n":
                print(flush=True)
                while True:
                    os.close(os.open("/dev/null", os.O_RDONLY))
            if order == "fork\\n" and os.fork() == 0:
                # as between fork and exec: it has the sockets of the worker, and is none
                print(os.getpid(), flush=True)
                signal.pause()
    print(worker, flush=True)
    signal.pause()
"""


@pytest.fixture
def server() -> Iterator[subprocess.Popen[str]]:
    """What starts a master with one worker that forks when told; the first line is the worker's number."""
    with ExitStack() as stack:
        process = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-c", MASTER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                start_new_session=True,
            )
        )  # fmt: skip
        stack.callback(os.killpg, process.pid, 9)
        yield process


def line(server: subprocess.Popen[str]) -> int:
    assert server.stdout is not None
    return int(server.stdout.readline())


def test_a_worker_that_starts_another_program_has_not_ended(server: subprocess.Popen[str]) -> None:
    """For a moment the new child holds the worker's sockets, and the worker looks like a master."""
    worker, workers = line(server), Workers()
    for _ in range(2):
        workers.look(server.pid)
    assert (workers.known, workers.ended) == ({worker}, 0)

    assert server.stdin is not None
    server.stdin.write("fork\n")
    server.stdin.flush()
    child = line(server)
    workers.look(server.pid)
    os.kill(child, 9)
    workers.look(server.pid)
    assert (workers.known, workers.ended) == ({worker}, 0)


def test_a_worker_that_is_killed_has_ended(server: subprocess.Popen[str]) -> None:
    worker, workers = line(server), Workers()
    for _ in range(2):
        workers.look(server.pid)
    gone = os.pidfd_open(worker)
    os.kill(worker, 9)
    assert select.select([gone], [], [], 60)[0]
    os.close(gone)
    workers.look(server.pid)
    assert (workers.known, workers.ended) == (set(), 1)


def test_a_worker_is_seen_while_it_opens_and_closes_files(server: subprocess.Popen[str]) -> None:
    """What it holds changes while it is read."""
    worker, workers = line(server), Workers()
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write("churn\n")
    server.stdin.flush()
    server.stdout.readline()
    for _ in range(200):
        workers.look(server.pid)
        assert workers.ports
    assert (workers.known, workers.ended) == ({worker}, 0)

"""Runs a command of the user, bounded in time and output, and leaves no process behind.

Decides nothing about what the output means, except that a server (`up`) which prints a traceback, or whose workers are
killed, has not come up. The command runs below a supervisor (supervise.py) that can put folders over others in a
private mount namespace.
"""

from __future__ import annotations

import json
import os
import re
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tts_doctor.effects.scratch import scratch_folder
from tts_doctor.errors import TransactionError

SUPERVISOR = Path(__file__).with_name("supervise.py")
TALKATIVE = {"PYTHONFAULTHANDLER": "1"}
"""A Python that a signal kills then says where it was."""
GRACE = 5.0
"""Seconds that a server has to end after SIGTERM."""
TIMED_OUT = 124
FATAL = re.compile(
    rb"Traceback \(most recent call last\)|Worker \(pid:\d+\) was sent SIG(?:KILL|SEGV|ABRT|BUS|ILL)"
    rb"|WORKER TIMEOUT \(pid|Child process \[\d+\] died"
)
"""gunicorn and uvicorn go on for ever with workers that die: the output alone tells."""
CHUNK = 65536


@dataclass(frozen=True)
class RunResult:
    """`exit_code` is negative for a signal, 124 at the deadline, 126 and 127 where the command could not be started."""

    exit_code: int
    output: str
    """Standard output and standard error as they came, the middle left out where it is long."""
    seconds: float
    timed_out: bool


class _Output:
    """Keeps the head and the tail of what is written to it."""

    def __init__(self, limit: int) -> None:
        self.half = max(limit // 2, 1)
        self.head = bytearray()
        self.tail = bytearray()
        self.left_out = 0
        self.fatal = False
        self._end = b""

    def add(self, data: bytes) -> None:
        self.fatal = self.fatal or bool(FATAL.search(self._end + data))
        self._end = (self._end + data)[-64:]
        room = self.half - len(self.head)
        if room > 0:
            self.head += data[:room]
            data = data[room:]
        self.tail += data
        if len(self.tail) > 2 * self.half:
            self._trim()

    def _trim(self) -> None:
        extra = len(self.tail) - self.half
        if extra > 0:
            self.left_out += extra
            del self.tail[:extra]

    def text(self) -> str:
        self._trim()
        if not self.left_out:
            return (self.head + self.tail).decode("utf-8", "replace")
        head, tail = self.head.decode("utf-8", "replace"), self.tail.decode("utf-8", "replace")
        return f"{head}\n[... {self.left_out} bytes left out ...]\n{tail}"


def run(
    argv: Sequence[str],
    env: Mapping[str, str],
    cwd: str,
    timeout: float,
    up: float | None = None,
    binds: Sequence[tuple[str, str]] = (),
    output_limit: int = 2_000_000,
) -> RunResult:
    """Run `argv` with standard input closed; `binds` (source, target) are seen by it alone.

    With `up` a command that still runs after so many seconds, without a traceback or a killed worker, is stopped and
    counts as exit 0.
    Raises TransactionError where `binds` are asked for and the kernel allows none.
    """
    begun = time.monotonic()
    reading, writing = os.pipe()
    request = {
        "argv": list(argv), "env": TALKATIVE | dict(env), "cwd": cwd, "binds": [list(b) for b in binds],
        "grace": GRACE, "report": writing, "parent": os.getpid(),
    }  # fmt: skip
    with open(os.memfd_create("request"), "w+b") as stream:
        stream.write(json.dumps(request).encode())
        stream.seek(0)
        try:
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(SUPERVISOR)],
                stdin=stream, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"}, pass_fds=(writing,), start_new_session=True, cwd="/",
            )  # fmt: skip
        finally:
            os.close(writing)
    output = _Output(output_limit)
    try:
        ended = _follow(process, output, begun, timeout, up)
        outcome = _outcome(reading)
    finally:
        _end(process)
        os.close(reading)
    seconds = time.monotonic() - begun
    if "namespace" in outcome:
        raise TransactionError(f"no private mount namespace: {outcome['namespace']}", "无法建立私有挂载命名空间")
    if ended == "up":
        return RunResult(int(output.fatal), output.text(), seconds, False)
    if ended == "timeout":
        return RunResult(TIMED_OUT, output.text(), seconds, True)
    return RunResult(int(str(outcome.get("code", -signal.SIGKILL))), output.text(), seconds, False)


def _follow(process: subprocess.Popen[bytes], output: _Output, begun: float, timeout: float, up: float | None) -> str:
    """Read until the supervisor ends; says what ended it: `exit`, `up` or `timeout`."""
    ended = "exit"
    limit = begun + (timeout if up is None else min(up, timeout))
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), False)
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            left = limit - time.monotonic()
            if left <= 0 and ended == "exit":
                ended = "timeout" if up is None or timeout < up else "up"
                process.send_signal(signal.SIGINT if ended == "timeout" else signal.SIGTERM)
                limit += GRACE + 10
            elif left <= 0:
                return ended
            if selector.select(max(min(left, 60), 0.01)):
                data = process.stdout.read(CHUNK)
                if data == b"":
                    return ended
                output.add(data or b"")


def _outcome(reading: int) -> dict[str, object]:
    """What the supervisor reported; empty where it was killed."""
    data = bytearray()
    while True:
        part = os.read(reading, CHUNK)
        if not part:
            break
        data += part
    found = json.loads(data) if data else {}
    return found if isinstance(found, dict) else {}


def _end(process: subprocess.Popen[bytes]) -> None:
    """The supervisor, and with it the command, is gone afterwards, whatever interrupted us."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdout is not None:
        process.stdout.close()


@cache
def namespaces_available() -> bool:
    """Whether this process may mount one folder over another for a command, found by trying it once."""
    with scratch_folder() as folder:
        source, target = Path(folder, "a"), Path(folder, "b")
        source.mkdir()
        target.mkdir()
        (source / "seen").touch()
        try:
            probe = "import os,sys; sys.exit(not os.path.exists(sys.argv[1]))"
            argv = [sys.executable, "-I", "-S", "-c", probe, str(target / "seen")]
            return run(argv, {}, "/", 20, binds=((str(source), str(target)),)).exit_code == 0
        except TransactionError:
            return False

"""Runs a server of the patient's below the supervisor while something else talks to it; leaves no process behind.

Decides nothing about what the server says; what it writes goes to a file of which the ends are kept.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence

from tts_doctor.effects.run_command import GRACE, SUPERVISOR, TALKATIVE
from tts_doctor.effects.scratch import temporary_place

KEPT = 1_000_000
"""Bytes of the output's beginning and of its end."""


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A running command; as a context manager it is stopped at the end, with everything that it started."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], cwd: str) -> None:
        self._argv, self._env, self._cwd = argv, env, cwd
        self._output = tempfile.TemporaryFile(dir=temporary_place() or None)  # noqa: SIM115 (closed by __exit__)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Server:
        reading, writing = os.pipe()
        request = {
            "argv": list(self._argv), "env": TALKATIVE | dict(self._env), "cwd": self._cwd, "binds": [],
            "grace": GRACE, "report": writing, "parent": os.getpid(),
        }  # fmt: skip
        try:
            with open(os.memfd_create("request"), "w+b") as stream:
                stream.write(json.dumps(request).encode())
                stream.seek(0)
                self._process = subprocess.Popen(
                    [sys.executable, "-I", "-S", str(SUPERVISOR)],
                    stdin=stream, stdout=self._output, stderr=self._output, pass_fds=(writing,), cwd="/",
                    env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"}, start_new_session=True,
                )  # fmt: skip
        finally:
            os.close(reading)  # how it ends is told by its output alone
            os.close(writing)
        return self

    def __exit__(self, *_: object) -> None:
        process = self._process
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(GRACE + 5)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGINT)
                process.wait()
        self._output.close()

    @property
    def pid(self) -> int:
        """The supervisor's, below which everything of the command runs; 0 before it is started."""
        return self._process.pid if self._process is not None else 0

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def output(self) -> str:
        """What it has written so far, the middle left out where it is long."""
        descriptor = self._output.fileno()
        size = os.fstat(descriptor).st_size
        head = os.pread(descriptor, KEPT, 0)
        tail = os.pread(descriptor, KEPT, max(KEPT, size - KEPT)) if size > KEPT else b""
        return (head + tail).decode("utf-8", "replace")

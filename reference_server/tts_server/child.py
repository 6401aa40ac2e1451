"""One engine process, seen from the server: started, asked, killed."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Dict, Iterator, Tuple

from tts_server import frames
from tts_server.errors import EngineError


class Late(Exception):
    """The process did not answer in time."""


class Child:
    """`about` is what the process said of its voice when it was ready."""

    def __init__(self, engine: str) -> None:
        # From the root folder: nothing that lies about may be imported in place of what is installed.
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tts_server.worker", engine],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd="/", bufsize=0,
        )  # fmt: skip
        self.about: Dict[str, Any] = {}

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def wait_ready(self, seconds: float) -> None:
        """Raises EngineError with the process's own reason, Late."""
        try:
            kind, body = self._read(time.monotonic() + seconds)
        except EOFError as error:
            status = self.process.wait()
            raise EngineError(f"the engine process ended while it started (status {status})") from error
        if kind != frames.READY:
            raise EngineError(json.loads(body)["reason"])
        self.about = json.loads(body)

    def ask(self, wish: Dict[str, Any], until: float) -> Iterator[Tuple[bytes, bytes]]:
        """Frames of the answer up to END or FAILED. Raises EOFError where the process died, Late at `until`."""
        try:
            frames.write_json(self.process.stdin, frames.ASK, wish)  # type: ignore[arg-type]
        except (BrokenPipeError, OSError) as error:
            raise EOFError from error
        while True:
            kind, body = self._read(until)
            yield kind, body
            if kind != frames.AUDIO:
                return

    def stop_answer(self) -> None:
        """Ask it to leave the rest of its answer."""
        with contextlib.suppress(OSError):
            frames.write(self.process.stdin, frames.STOP)  # type: ignore[arg-type]

    def _read(self, until: float) -> Tuple[bytes, bytes]:
        kind, length = frames.HEADER.unpack(self._exactly(frames.HEADER.size, until))
        return kind, self._exactly(length, until)

    def _exactly(self, count: int, until: float) -> bytes:
        """Never blocks beyond `until`, not even where a process stops in the middle of a frame."""
        assert self.process.stdout is not None
        pipe, data = self.process.stdout.fileno(), b""
        while len(data) < count:
            if not select.select([pipe], [], [], max(0.0, until - time.monotonic()))[0]:
                raise Late
            more = os.read(pipe, count - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    @property
    def memory(self) -> int:
        """Resident bytes, 0 where the system does not say."""
        try:
            pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
            return int(pages) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, IndexError, ValueError):
            return 0

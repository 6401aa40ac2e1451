"""Does a part of the work in a child process of our own, where the machine has a second processor for it.

What the child finds comes back through a pipe, as plain values. Nothing depends on it: where there is no child, or it
dies, the work is done here.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import marshal
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from tts_doctor.ports import SPINNER

HEAD = 4
"""Bytes that say how long a message is."""
CAPACITY = 1 << 20
Send = Callable[[Any], None]


class Helper:
    """A child at work; its messages are plain values in the order in which it sent them."""

    def __init__(self, process: int, pipe: int) -> None:
        self.process = process
        self.pipe = pipe
        self.rest = b""

    def ready(self) -> Iterator[Any]:
        """Every message that has arrived; never waits."""
        if self.pipe >= 0:
            with contextlib.suppress(BlockingIOError):
                while data := os.read(self.pipe, CAPACITY):
                    self.rest += data
        return self._messages()

    def wait(self) -> Iterator[Any]:
        """The same, and waits for the next ones; nothing where the child has ended."""
        os.set_blocking(self.pipe, True)
        data = os.read(self.pipe, CAPACITY)
        self.rest += data
        while data and len(self.rest) - HEAD < self._length():
            data = os.read(self.pipe, CAPACITY)
            self.rest += data
        os.set_blocking(self.pipe, False)
        return self._messages()

    def _length(self) -> int:
        return int.from_bytes(self.rest[:HEAD], "little")

    def _messages(self) -> Iterator[Any]:
        while len(self.rest) >= HEAD and len(self.rest) - HEAD >= self._length():
            end = HEAD + self._length()
            message, self.rest = self.rest[HEAD:end], self.rest[end:]
            yield marshal.loads(message)

    def end(self) -> None:
        """What the child has not said by now is not needed."""
        os.close(self.pipe)
        with contextlib.suppress(OSError):
            os.kill(self.process, signal.SIGKILL)
        with contextlib.suppress(OSError):
            os.waitpid(self.process, 0)


@contextlib.contextmanager
def beside(work: Callable[[Send], None]) -> Iterator[Helper | None]:
    """A child that does `work`, which must only read, while the block runs; None where there can be none."""
    helper = _start(work)
    try:
        yield helper
    finally:
        if helper is not None:
            helper.end()


def _start(work: Callable[[Send], None]) -> Helper | None:
    if len(os.sched_getaffinity(0)) < 2 or _has_threads():
        return None  # a child of a process with threads may find a lock that nobody will open
    reading, writing = os.pipe()
    try:
        process = os.fork()
    except OSError:
        os.close(reading)
        os.close(writing)
        return None
    if process == 0:
        with contextlib.suppress(BaseException):
            os.close(reading)
            gc.disable()  # a search for cycles would copy the pages that the parent shares, and all of this ends soon
            sys.stdout = sys.stderr = None  # whose locks a spinner may have held
            with contextlib.suppress(OSError):
                fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, CAPACITY)
            work(lambda message: _send(writing, message))
        os._exit(0)
    os.close(writing)
    os.set_blocking(reading, False)
    return Helper(process, reading)


def _has_threads() -> bool:
    """Beside this one and a spinner, whose locks the child never needs: it writes to no standard stream."""
    return sum(1 for thread in threading.enumerate() if thread.name != SPINNER) > 1


def _send(pipe: int, message: Any) -> None:
    data = marshal.dumps(message)
    data = len(data).to_bytes(HEAD, "little") + data
    while data:
        data = data[os.write(pipe, data) :]

"""Does two things at once where the machine has two processors: one of them in a child process of our own.

The result is the same as doing one after the other, and so it is done wherever anything stands in the way.
"""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

A = TypeVar("A")
B = TypeVar("B")


def beside(first: Callable[[], A], second: Callable[[], B]) -> tuple[A, B]:
    """Both results; `first`, which must read only and whose result must be picklable, may run in a child."""
    child = _start(first)
    if child is None:
        return first(), second()
    process, pipe = child
    try:
        other = second()
    finally:
        found: tuple[A] | None = _finish(process, pipe)
    return (first() if found is None else found[0]), other


def _start(work: Callable[[], A]) -> tuple[int, int] | None:
    """Process and the end of a pipe to read from."""
    if len(os.sched_getaffinity(0)) < 2 or threading.active_count() > 1:
        return None  # a child of a process with threads may find a lock that nobody will open
    reading, writing = os.pipe()
    try:
        process = os.fork()
    except OSError:
        os.close(reading)
        os.close(writing)
        return None
    if process == 0:
        status = 1
        with suppress(BaseException):
            os.close(reading)
            with os.fdopen(writing, "wb") as stream:
                pickle.dump((work(),), stream, pickle.HIGHEST_PROTOCOL)
            status = 0
        os._exit(status)
    os.close(writing)
    return process, reading


def _finish(process: int, pipe: int) -> Any:
    """The child's result, None where it has none. What it wrote is our own."""
    with os.fdopen(pipe, "rb") as stream:
        data = stream.read()
    _, status = os.waitpid(process, 0)
    if status != 0:
        return None
    return pickle.loads(data)

"""Ends a test that hangs: a generous limit in processor time, so that neither a busy machine nor the heap of other
tests fails what is right. Speed is measured in bench/, never here.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType


class Hang(BaseException):
    """No reader of ours catches this one."""


@contextlib.contextmanager
def ends_within(seconds: float = 10) -> Iterator[None]:
    """Interrupts the body with Hang after as many seconds of processor time, in the main thread."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise Hang(f"more than {seconds:g} s of processor time")

    before = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)

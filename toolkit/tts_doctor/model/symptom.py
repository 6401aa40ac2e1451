"""What the user saw: a run's output, read as a chain of errors."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CHANGING = re.compile(
    r"\b\d+(?:\.\d+)?(?= ?(?:s|ms|sec|seconds?|minutes?)\b)|0x[0-9a-fA-F]+|(?<=/tmp/)[\w.-]+|\bpid[ =:]+\d+"
    r"|\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d(?:[.,]\d+)?"
)
"""Durations, addresses, temporary names, process numbers and times."""


@dataclass(frozen=True)
class Frame:
    """One line of a traceback."""

    file: str
    line: int = 0
    function: str = ""
    code: str = ""


@dataclass(frozen=True)
class Error:
    """One exception of a chain. `message` may have several lines."""

    type: str
    """As printed, with its module: `ModuleNotFoundError`, `audioread.ffdec.NotInstalledError`."""
    message: str
    frames: tuple[Frame, ...] = ()
    """Outermost first, as printed."""
    link: str = ""
    """How the *next* printed error hangs on this one: `cause` (direct cause), `context` (during handling) or empty."""


@dataclass(frozen=True)
class Symptom:
    """The output of a failing command, undecorated."""

    text: str
    """The cleaned text: no prefixes, colours, boxes or progress bars."""
    errors: tuple[Error, ...] = ()
    """In the order of printing: the root of a chain first, the last line's error last."""
    command: tuple[str, ...] = ()
    exit_code: int | None = None
    """None for a pasted log; negative for a signal; 124 where it ran out of time."""
    seconds: float = 0.0
    interpreter: str = ""
    """The Python that the command really ran, where it could be told."""

    @property
    def failed(self) -> bool:
        return self.exit_code is None or self.exit_code != 0

    @property
    def last_words(self) -> tuple[str, str]:
        """Type and first line of the last error, else the output's last line."""
        if self.errors:
            last = self.errors[-1]
            return last.type, last.message.split("\n", 1)[0]
        lines = [line for line in self.text.splitlines() if line.strip()]
        return "", lines[-1].strip() if lines else ""

    @property
    def signature(self) -> tuple[str, str]:
        """The same without what differs from run to run: what must change for a step to be progress."""
        kind, message = self.last_words
        return kind, _CHANGING.sub("#", message)

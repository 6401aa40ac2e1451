"""Starts a patient's interpreter on the probe and takes its answer, bounded in time; understands nothing of it.

Runs `PYTHON -I -S -B probe.py` with standard input closed: no code of the patient is executed.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from selectors import EVENT_READ, DefaultSelector
from types import TracebackType
from typing import Any

from tts_doctor.effects.read_bounded import METADATA_LIMIT, read_bytes
from tts_doctor.effects.scratch import scratch_folder
from tts_doctor.model.system_words import system_words
from tts_doctor.model.text import Text

PROBE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "probe", "probe.py")
KEPT_OUTPUT = 4000
SECONDS = 15.0
"""That an interpreter may take to answer."""
NO_SENSE = Text("its answer makes no sense", "其应答无法理解")
NO_ANSWER = Text(
    "it answers nothing: no Python, or none that this tool knows (3.6 or later)",
    "没有应答：它不是 Python，或不是本工具认识的版本（3.6 及以上）",
)
LOADER_VARIABLES = ("LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "LD_BIND_NOW")
"""Variables that may keep an interpreter from starting at all."""


@dataclass(frozen=True)
class Answer:
    """What the probe wrote (None where that makes no sense), or what went wrong."""

    data: dict[str, Any] | None
    error: Text
    written: bytes = b""
    """The same, before it was read."""


class Asked:
    """A question under way; use as a context manager, and ask for the `answer` when it is needed."""

    def __init__(self, path: str, environ: Mapping[str, str], cwd: str) -> None:
        self.path = path
        self._answer: Answer | None = None
        with contextlib.ExitStack() as begun:
            self._out = os.path.join(begun.enter_context(scratch_folder()), "probe.json")
            self._process = started([path, "-I", "-S", "-B", PROBE, self._out, path], environ, cwd)
            if not isinstance(self._process, Text):
                begun.callback(_end, self._process)
            self._ended = begun.pop_all()

    def __enter__(self) -> Asked:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.close()

    def answer(self, seconds: float) -> Answer:
        """Wait for it, at most so long from now on; the same every time."""
        self._answer = self._answer or self._wait(seconds)
        return self._answer

    def _wait(self, seconds: float) -> Answer:
        error = outcome(self._process, seconds)
        if error is None or os.path.exists(self._out):
            try:
                written = read_bytes(self._out, METADATA_LIMIT)
                data = json.loads(written)
                return Answer(data if isinstance(data, dict) else None, NO_SENSE, written)
            except (OSError, ValueError, RecursionError):
                error = error or NO_ANSWER
        return Answer(None, error)


def ask(path: str, environ: Mapping[str, str], cwd: str, seconds: float) -> Answer:
    """Ask and wait."""
    with Asked(path, environ, cwd) as asked:
        return asked.answer(seconds)


def started(command: list[str], environ: Mapping[str, str], cwd: str) -> subprocess.Popen[bytes] | Text:
    """The process of `command`, or why there is none."""
    try:
        return subprocess.Popen(
            command,
            env=dict(environ),
            cwd=cwd if os.path.isdir(cwd) else "/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        return system_words(error)


def outcome(process: subprocess.Popen[bytes] | Text, seconds: float) -> Text | None:
    """None where the process exits with 0, else what went wrong with the last line that it printed; ends it."""
    if isinstance(process, Text):
        return process
    try:
        said, in_time = _listen(process, seconds)
        code = process.wait(1.0) if in_time else None
    except subprocess.TimeoutExpired:
        code = None
    finally:
        _end(process)
    if code is None:
        return Text(f"it did not answer within {seconds:g} s", f"{seconds:g} 秒内没有应答")
    lines = [line.strip() for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    telling = [line for line in lines if "rror" in line] or lines
    tail = f": {telling[-1][:300]}" if telling else ""
    if code < 0:
        return Text(f"it was ended by signal {-code}{tail}", f"它被信号 {-code} 终止{tail}")
    return Text(f"it exits with status {code}{tail}", f"它以状态 {code} 退出{tail}") if code else None


def _listen(process: subprocess.Popen[bytes], seconds: float) -> tuple[bytes, bool]:
    """The last bytes that it says on standard error, and whether it stopped in time."""
    assert process.stderr is not None
    said = b""
    end = time.monotonic() + seconds
    with DefaultSelector() as selector:
        selector.register(process.stderr, EVENT_READ)
        while (left := end - time.monotonic()) > 0:
            if not selector.select(left):
                return said, False
            chunk = os.read(process.stderr.fileno(), 65536)
            if not chunk:
                return said, True
            said = (said + chunk)[-KEPT_OUTPUT:]
    return said, False


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            process.kill()
        process.wait()
    if process.stderr is not None:
        process.stderr.close()

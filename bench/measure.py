"""Runs programs and says what each cost: wall-clock and processor seconds, peak memory of it and its children."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """One run of a program."""

    wall: float
    cpu: float
    peak_mb: float
    code: int
    output: str



def run(command: Sequence[str | Path], environ: Mapping[str, str], folder: Path) -> Run:
    """Run `command` in `folder` with standard input closed; its two outputs are taken together."""
    words = [str(word) for word in command]
    log = folder / "output.txt"
    with log.open("wb") as out:
        began = time.perf_counter()
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, env=dict(environ), cwd=folder
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    peak = used.ru_maxrss / (1024 if sys.platform != "darwin" else 1 << 20)
    return Run(wall, used.ru_utime + used.ru_stime, peak, process.returncode, log.read_text("utf-8", "replace"))


def least_and_middle(values: Sequence[float]) -> str:
    """`least / median`, in seconds."""
    return f"{min(values):.3f} / {statistics.median(values):.3f}"


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"

"""Runs one cell in a process of its own and waits for it. Decides only what it means that the process died.

`run_apart` is what an engine calls, on whatever machine: text in, text out, nothing else of ours has to travel.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys

from tts_doctor.effects.matrix_task import to_plain
from tts_doctor.model.matrix import Basis, Found, State
from tts_doctor.model.text import Text

WORKER = (sys.executable, "-I", "-m", "tts_doctor.effects.matrix_cell")


_running: set[subprocess.Popen[str]] = set()


def end_all() -> None:
    """Kill the cells that run for this process; whoever waits for one gets an unknown result."""
    for process in tuple(_running):
        _kill(process)


def run_apart(task: str, seconds: float) -> str:
    """The result as JSON; `task` is that of `matrix_cell`, without the parent's number."""
    data = json.loads(task)
    process = subprocess.Popen(
        WORKER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )  # fmt: skip
    _running.add(process)
    try:
        output, errors = process.communicate(json.dumps({"task": data, "parent": os.getpid()}), timeout=seconds)
    except BaseException as error:
        _kill(process)
        process.communicate()
        if isinstance(error, subprocess.TimeoutExpired):
            return unknown(data["key"], f"no end after {seconds:.0f} s", f"{seconds:.0f} 秒内未结束")
        raise
    finally:
        _running.discard(process)
    if process.returncode == 0:
        return output
    last = errors.strip().splitlines()[-1:] or [""]
    how = f"signal {-process.returncode}" if process.returncode < 0 else last[0]
    return unknown(data["key"], f"the worker ended: {how}", f"工作进程意外结束：{how}")


def _kill(process: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def unknown(key: str, en: str, zh: str) -> str:
    """The result of a cell that nothing can be said of, as JSON."""
    return json.dumps(to_plain(Found(key, State.UNKNOWN, Basis.RUN, Text(en, zh))))

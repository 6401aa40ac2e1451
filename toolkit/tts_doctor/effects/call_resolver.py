"""What calling a resolver takes: the index settings of a lock, the process, its output read. Asks nothing itself."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import TypeVar

from tts_doctor.effects.index_config import PYPI, IndexConfig, read_index_config
from tts_doctor.parse.resolver_message import is_unreachable

Item = TypeVar("Item")
Result = TypeVar("Result")


def index_settings(environ: Mapping[str, str], cwd: str, lines: Sequence[str]) -> tuple[IndexConfig, list[str]]:
    """Where a lock's distributions come from, and uv's options for it: uv's own settings, the list's, pip's index.

    Folders of wheels that only pip is told of are left out: a lock that hangs on them serves nobody else.
    """
    both = read_index_config(environ, "", cwd)
    without_pip = {k: v for k, v in environ.items() if not k.startswith("PIP_")}
    own = read_index_config({**without_pip, "PIP_CONFIG_FILE": os.devnull}, "", cwd)
    options: list[str] = []
    indexes = own.indexes
    if not both.indexes:
        indexes, options = (), ["--no-index"]
    elif own.indexes[-1:] == (PYPI,) and both.indexes[-1] != PYPI:
        indexes = (*own.indexes[:-1], both.indexes[-1])
        options = ["--default-index", both.indexes[-1]]
    links = list(own.find_links)
    for line in lines:
        word, _, value = line.replace("=", " ", 1).partition(" ")
        if word in ("-f", "--find-links"):
            links.append(value.strip())
        elif word in ("-i", "--index-url"):
            indexes = (*indexes[:-1], value.strip().rstrip("/"))
        elif word == "--extra-index-url":
            indexes = (value.strip().rstrip("/"), *indexes)
        elif word == "--no-index":
            indexes = ()
    for host in both.insecure_hosts:
        options += ["--allow-insecure-host", host]
    return replace(both, indexes=indexes, find_links=tuple(links)), options


class Calls:
    """Runs of a resolver that can be ended all at once, from whatever thread they were started."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[str]] = set()
        self._ended = False

    def run(
        self, argv: Sequence[str], text: str, env: Mapping[str, str], cwd: str, seconds: float
    ) -> tuple[int, str, str]:
        """Exit status (negative where time ran out), standard output, standard error.

        To the end or `seconds`; nothing that it started (a build) outlives it.
        """
        process = subprocess.Popen(
            list(argv), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(env), cwd=cwd,
            text=True, encoding="utf-8", errors="replace", start_new_session=True,
        )  # fmt: skip
        self._running.add(process)
        try:
            if self._ended:
                _kill(process)
            output, errors = process.communicate(text, timeout=seconds)
            return abs(process.returncode), output, errors
        except BaseException as error:
            _kill(process)
            process.communicate()
            if isinstance(error, subprocess.TimeoutExpired):
                return -1, "", f"no answer within {seconds:.0f} s"
            raise
        finally:
            self._running.discard(process)

    def side_by_side(self, work: Callable[[Item], Result], items: Iterable[Item], workers: int) -> list[Result]:
        """Every result in order; where one raises or the user interrupts, the others are ended too."""
        with ThreadPoolExecutor(workers) as pool:
            try:
                return list(pool.map(work, items))
            except BaseException:
                self.end()
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def end(self) -> None:
        """Kill what runs and whatever is started from now on."""
        self._ended = True
        self.kill()

    def kill(self) -> None:
        """Kill what runs now."""
        for process in tuple(self._running):
            _kill(process)


def _kill(process: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def first_words(text: str) -> str:
    """What the resolver said of the index, for a message: the line that names a request, else its first."""
    rows = [row.strip().removeprefix("error: ").removeprefix("cause: ") for row in text.splitlines() if row.strip()]
    asked = [row for row in rows if "://" in row and is_unreachable(row)]
    return (asked or rows or ["the index gave no answer"])[0]


def day_after(day: str) -> str:
    """The first moment that lies outside an --as-of, as ISO text; a full timestamp stands for itself."""
    try:
        return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    except ValueError:
        return day

"""What calling a resolver takes: the index settings of a lock, the process, its output read. Asks nothing itself."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from tts_doctor.effects.index_config import PYPI, IndexConfig, read_index_config


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


def run_resolver(
    argv: Sequence[str], text: str, env: Mapping[str, str], cwd: str, seconds: float
) -> tuple[int, str, str]:
    """Run to the end or `seconds`; nothing that it started (a build) outlives it."""
    process = subprocess.Popen(
        list(argv), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(env), cwd=cwd,
        text=True, encoding="utf-8", errors="replace", start_new_session=True,
    )  # fmt: skip
    try:
        output, errors = process.communicate(text, timeout=seconds)
        return abs(process.returncode), output, errors
    except BaseException as error:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        if isinstance(error, subprocess.TimeoutExpired):
            return -1, "", f"no answer within {seconds:.0f} s"
        raise


def first_words(text: str) -> str:
    """The first line of what the resolver said, for a message."""
    rows = [row.strip() for row in text.splitlines() if row.strip()]
    return rows[0].removeprefix("error: ") if rows else "the index gave no answer"


def day_after(day: str) -> str:
    """The first moment that lies outside an --as-of, as ISO text; a full timestamp stands for itself."""
    try:
        return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    except ValueError:
        return day

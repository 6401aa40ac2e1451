"""Finds real interpreters for tests: on PATH, among pyenv's, through uv; where there is none a test is skipped."""

from __future__ import annotations

import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

import pytest

MINORS = ("3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14")


@lru_cache(maxsize=32)
def find_python(minor: str) -> str | None:
    """An interpreter of that minor version, or None."""
    pyenv = sorted(Path.home().glob(f".pyenv/versions/{minor}.*/bin/python{minor}"))
    candidates = [*map(str, pyenv), shutil.which(f"python{minor}"), _through_uv(minor)]
    return next((c for c in candidates if c and _is(c, minor)), None)


def python_or_skip(minor: str) -> str:
    found = find_python(minor)
    if found is None:
        pytest.skip(f"no CPython {minor} on this machine")
    return found


def _through_uv(minor: str) -> str | None:
    uv = shutil.which("uv")
    if not uv:
        return None
    command = [uv, "python", "find", "--no-python-downloads", "--system", minor]
    found = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return found.stdout.strip() or None


def _is(python: str, minor: str) -> bool:
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        said = subprocess.run([python, "-I", "-S", "-c", code], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return said.stdout.strip() == minor

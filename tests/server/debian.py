"""Debian's own programs for tests that need one: taken where they are, installed by root, else a skip that says why."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest


def program(name: str, *packages: str) -> str:
    """The path of a program of these packages (of the program's own name if none); skips where it cannot be had."""
    found = shutil.which(name)
    if found:
        return found
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        pytest.skip(f"no {name}: apt-get install {' '.join(packages or (name,))}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *(packages or (name,))]
    for command in (["apt-get", "-qq", "update"], install):
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, timeout=600
        )
    found = shutil.which(name)
    if not found:
        pytest.skip(f"no {name}: {done.stderr.strip()[-300:]}")
    return found

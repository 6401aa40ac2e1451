"""Compiles tiny C and C++ libraries for tests that need real ELF files; without a compiler they are skipped."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


def library(folder: Path, name: str, source: str, *flags: str) -> bytes:
    """The bytes of `name` (`libx.so`), compiled from C++ into `folder`, where others may be linked to it."""
    compiler = shutil.which("g++")
    if compiler is None:
        pytest.skip("no g++ on this machine")
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / name
    command = [compiler, "-x", "c++", "-", "-shared", "-fPIC", "-O1", "-x", "none", "-o", str(target)]
    command += [f"-Wl,-soname,{name}", f"-L{folder}", *flags]
    done = subprocess.run(command, input=source, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    return target.read_bytes()


LOADER = """
import ctypes, os
library = ctypes.CDLL(os.path.join(os.path.dirname(__file__), "lib", {name!r}))
"""
"""An import package that loads its library as torchaudio does."""

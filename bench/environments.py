"""Builds the environments that are measured, each below one folder; what is there and complete is kept.

Files are copied, never linked: what is planted here must not reach the installer's cache.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIND_PYTHON = ROOT / "scripts" / "find_python.py"
UV = ROOT / ".venv" / "bin" / "uv"
MODULES = 12


class NotBuilt(Exception):
    """An environment that cannot be built here, and why."""


def uv() -> str:
    found = str(UV) if UV.exists() else shutil.which("uv")
    if not found:
        raise NotBuilt("there is no uv")
    return found


def interpreter(minor: str) -> str:
    """A CPython of that minor version."""
    command = [sys.executable, "-I", str(FIND_PYTHON), "--uv", uv(), minor]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise NotBuilt(f"there is no CPython {minor} here and none could be fetched")
    return done.stdout.strip()


def build(folder: Path, minor: str, *steps: Sequence[str]) -> Path:
    """A virtual environment in `folder`; each step is the arguments of one `uv pip install`."""
    mark = folder / ".complete"
    if mark.exists() and mark.read_text() == repr(steps):
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    quiet = [uv(), "venv", "-q", "--no-project", "--python", interpreter(minor), str(folder)]
    subprocess.run(quiet, check=True, env=_environ())
    for step in steps:
        command = [uv(), "pip", "install", "-q", "--link-mode", "copy", "--python", str(folder / "bin/python"), *step]
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True, env=_environ())
        if done.returncode:
            raise NotBuilt(done.stderr.strip().splitlines()[-1][:200] if done.stderr.strip() else "uv failed")
    mark.write_text(repr(steps))
    return folder


def _environ() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")}


def site_of(venv: Path) -> Path:
    return next(venv.glob("lib/python3*/site-packages"))


def generate(folder: Path, count: int) -> Path:
    """An environment of `count` small distributions, each of which requires and imports the one before it."""
    if (folder / f".complete-{count}").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    build(folder, "3.10")
    site = site_of(folder)
    for number in range(count):
        _install(site, number)
    (folder / f".complete-{count}").touch()
    return folder


def _install(site: Path, number: int) -> None:
    name, before = f"part{number:03}", f"part{number - 1:03}"
    files = {f"{name}/__init__.py": "from . import " + ", ".join(f"m{n}" for n in range(MODULES)) + "\n"}
    for n in range(MODULES):
        link = f"from {before}.m{n} import value as previous\n" if number else "previous = 0\n"
        body = "".join(f'\n\ndef work{k}(x):\n    """Add {k}."""\n    return x + {k} * previous\n' for k in range(20))
        files[f"{name}/m{n}.py"] = f"import os\nimport re\n{link}\nvalue = previous + 1\n{body}"
    info = f"{name}-1.0.dist-info"
    wants = f"Requires-Dist: {before}\n" if number else ""
    files[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{wants}"
    files[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = []
    for path, text in files.items():
        (site / path).parent.mkdir(exist_ok=True)
        (site / path).write_text(text)
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
        record.append(f"{path},sha256={digest},{len(text)}")
    (site / info / "RECORD").write_text("\n".join([*record, f"{info}/RECORD,,"]) + "\n")

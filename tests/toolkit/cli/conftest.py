"""The real command, through its real launcher, in a folder whose name has a space."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

LAUNCHER = Path(__file__).parents[3] / "toolkit" / "bin" / "tts-doctor"
Doctor = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session", autouse=True)
def interrupts_are_heard() -> None:
    """What a script runs in the background is deaf to Ctrl-C, and so would be the programs under test."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def launcher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the launcher beside a `python3` that is this test run's own interpreter."""
    folder = tmp_path_factory.mktemp("a tool") / "bin"
    folder.mkdir()
    shutil.copy(LAUNCHER, folder / "tts-doctor")
    python = folder / "python3"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    return folder / "tts-doctor"


@pytest.fixture
def base_environment(tmp_path: Path) -> dict[str, str]:
    """Few variables, and a state folder of the test's own."""
    keep = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return {**keep, "LC_ALL": "C.UTF-8", "TTS_DOCTOR_STATE": str(tmp_path / "state"), "TTS_DOCTOR_OFFLINE": "1"}


@pytest.fixture
def doctor(launcher: Path, base_environment: dict[str, str], tmp_path: Path) -> Doctor:
    """Run `tts-doctor ARGS`; `env` adds variables, None among its values removes one."""

    def run(
        *args: str, env: Mapping[str, str | None] | None = None, command: tuple[str, ...] = (), **more: object
    ) -> subprocess.CompletedProcess[str]:
        wanted = {**base_environment, **(env or {})}
        options = {"cwd": tmp_path, "timeout": 60, "stdin": subprocess.DEVNULL, **more}
        if "input" in options:
            del options["stdin"]
        return subprocess.run(
            [*(command or (str(launcher),)), *args],
            env={name: value for name, value in wanted.items() if value is not None},
            capture_output=True,
            text=True,
            encoding="utf-8",
            **options,
        )  # type: ignore[call-overload,no-any-return]

    return run


LOG = """Traceback (most recent call last):
  File "app.py", line 1, in <module>
    import nonexistent_module_of_the_test
ModuleNotFoundError: No module named 'nonexistent_module_of_the_test'
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A saved failure."""
    path = tmp_path / "run.log"
    path.write_text(LOG)
    return path

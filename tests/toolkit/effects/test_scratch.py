"""Temporary folders: private, gone afterwards, and swept up after a process that was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tts_doctor.effects.scratch import PREFIX, SETTLED, scratch_folder

HOLDER = """
import sys, time
sys.path.insert(0, sys.argv[1])
from tts_doctor.effects.scratch import scratch_folder
with scratch_folder() as folder:
    print(folder, flush=True)
    time.sleep(60)
"""
OLD = 2 * SETTLED
"""Seconds."""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's temporary folders lie."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def held(place: Path) -> tuple[subprocess.Popen[str], Path]:
    """A living process and its folder, which looks as if it were an hour old."""
    source = str(Path(sys.modules["tts_doctor"].__file__ or "").parents[1])
    argv = [sys.executable, "-c", HOLDER, source]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env={"TMPDIR": str(place)})
    assert process.stdout is not None
    folder = Path(process.stdout.readline().strip())
    os.utime(folder, (0, 0))
    return process, folder


def test_a_folder_is_gone_afterwards(place: Path) -> None:
    with scratch_folder() as folder:
        assert (Path(folder).parent, Path(folder).stat().st_mode & 0o777) == (place, 0o700)
    assert list(place.iterdir()) == []


def test_the_folder_of_a_killed_process_goes_with_the_next_start_and_no_sooner(place: Path) -> None:
    process, folder = held(place)
    with process:
        with scratch_folder():
            assert folder.is_dir()
        process.send_signal(signal.SIGKILL)
        process.wait()
    with scratch_folder():
        assert not folder.exists()


NAMES = [(PREFIX + "new", 0, True), (PREFIX + "old", OLD, False), ("mine", OLD, True)]


@pytest.mark.parametrize("name, age, stays", NAMES)
def test_what_is_new_or_not_ours_stays(place: Path, name: str, age: float, stays: bool) -> None:
    """A folder may just be on the way to its lock."""
    (place / name).mkdir()
    if age:
        then = time.time() - age
        os.utime(place / name, (then, then))
    with scratch_folder():
        assert (place / name).exists() is stays

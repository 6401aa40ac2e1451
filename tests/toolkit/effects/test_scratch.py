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

from tts_doctor.effects.disk_cache import cache_folder
from tts_doctor.effects.scratch import PREFIX, SETTLED, scratch_folder
from tts_doctor.effects.state_folder import state_folder
from tts_doctor.errors import DoctorError, TransactionError

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


def test_without_a_folder_to_write_to_the_shared_memory_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container whose root is read-only; without either the user is told what to do."""
    monkeypatch.setattr(tempfile, "gettempdir", nowhere)
    with scratch_folder() as folder:
        assert folder.startswith("/dev/shm/")
    monkeypatch.setattr("tts_doctor.effects.scratch.SHARED_MEMORY", "/nowhere")
    with pytest.raises(DoctorError, match="no folder for temporary files"), scratch_folder():
        raise AssertionError


def nowhere() -> str:
    raise FileNotFoundError("No usable temporary directory found")


@pytest.mark.parametrize("trap", ["a link", "open to all"])
def test_a_folder_whose_name_can_be_foretold_is_ours_or_is_not_used(
    trap: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What somebody has laid there would be taken for our own transactions and answers of the index."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for path in (tmp_path / f"tts-doctor-{os.geteuid()}", tmp_path / f"tts-doctor-cache-{os.geteuid()}"):
        if trap == "a link":
            (tmp_path / "real").mkdir(exist_ok=True)
            path.symlink_to("real")
        else:
            path.mkdir()
            path.chmod(0o777)
    with pytest.raises(TransactionError):
        state_folder({})
    assert not cache_folder({}).is_relative_to(tmp_path)
    for path in tmp_path.glob("tts-doctor-*"):
        path.unlink() if path.is_symlink() else path.rmdir()
    assert state_folder({}).startswith(str(tmp_path)) and cache_folder({}).is_relative_to(tmp_path)

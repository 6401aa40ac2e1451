"""One cell: what bounds it, what became of it where the machine is at fault, what is kept of it."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.builders import index_environment, write_wheel

from tts_doctor.effects.matrix_store import Store, read_results
from tts_doctor.effects.matrix_task import Task, from_plain, read_task, to_plain, write_task
from tts_doctor.effects.run_apart import run_apart
from tts_doctor.errors import UsageError
from tts_doctor.matrix.plan import cells_of
from tts_doctor.model.lock import ResolverSettings
from tts_doctor.model.matrix import Axis, Basis, Found, Grid, Limits, State
from tts_doctor.model.text import Text

LIMITS = Limits(seconds=20, memory=512, disk=1)


@pytest.fixture
def task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Task:
    """A cell with one small distribution; `run_apart` sees the index of the test."""
    write_wheel(tmp_path / "wheels", "only", "1.0")
    for name, value in index_environment(tmp_path / "wheels", tmp_path).items():
        monkeypatch.setenv(name, value)
    pins = (("only", "1.0"),)
    return Task("k", sys.executable, pins, ("only",), (), (), ResolverSettings(), LIMITS, False, str(tmp_path))


def outcome(task: Task, seconds: float = 120) -> Found:
    return from_plain(json.loads(run_apart(write_task(task), seconds)))


def test_it_works_and_is_removed(task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    found = outcome(task)
    assert (found.state, found.basis, found.resolved) == (State.WORKS, Basis.RUN, task.pins), found
    assert not list(tmp_path.glob("tts-doctor-tmp-*"))


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("b = bytearray(10**10)", "MemoryError"),
        ("import time; time.sleep(60)", "no end after"),
        ("open('big', 'wb').write(bytes(2**21))", "File too large"),
        ("import os; os.kill(os.getpid(), 9)", "killed from outside"),
    ],
    ids=["memory", "time", "disk", "killed"],
)
def test_a_command_is_bounded(task: Task, code: str, said: str) -> None:
    """What it may not take says nothing of the versions."""
    found = outcome(replace(task, smoke=("python", "-c", code), limits=replace(LIMITS, seconds=5)))
    assert (found.state, said in found.why.en) == (State.UNKNOWN, True), found


def test_a_command_that_says_nothing_is_no_riddle(task: Task) -> None:
    found = outcome(replace(task, smoke=("python", "-c", "import os; os._exit(7)")))
    assert (found.state, found.why.en) == (State.BROKEN, "it ended with 7 and said nothing")


def test_a_full_disk_is_the_machines_fault(task: Task) -> None:
    found = outcome(replace(task, limits=replace(LIMITS, disk=10**9)))
    assert (found.state, "MiB are free" in found.why.en) == (State.UNKNOWN, True)


def test_a_cell_that_does_not_end_is_ended(task: Task) -> None:
    found = outcome(replace(task, smoke=("python", "-c", "import time; time.sleep(60)")), seconds=4)
    assert (found.state, found.why.en) == (State.UNKNOWN, "no end after 4 s")


def test_what_travels_comes_back_as_it_was(task: Task) -> None:
    assert read_task(json.loads(write_task(task))) == task
    found = Found("k", State.BROKEN, Basis.RUN, Text("a", "甲"), resolved=task.pins, core=("only",), seconds=1.5)
    assert from_plain(json.loads(json.dumps(to_plain(found)))) == found


def test_results_are_kept_and_another_run_has_to_wait(tmp_path: Path) -> None:
    (cell,) = cells_of([Grid("g", ("3.10",), (Axis("only", ("1.0",)),))])
    found = Found(cell.key, State.CONFLICT, Basis.METADATA, Text("no", "否"), core=("only",))
    with Store(str(tmp_path)) as store:
        store.record(cell, found)
        with pytest.raises(UsageError, match="another run is at work"), Store(str(tmp_path)):
            pass
    assert read_results(str(tmp_path)) == {cell.key: found}


def test_a_file_that_is_none_of_ours_is_refused(tmp_path: Path) -> None:
    (tmp_path / "results.sqlite").write_bytes(b"no database, but long enough to be looked at" * 20)
    with pytest.raises(UsageError, match="is not a file of results"), Store(str(tmp_path)):
        pass

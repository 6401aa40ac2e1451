"""Cells on the workers of Dask: one is killed while it works, both are taken down by a cell, the scheduler is lost."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.builders import index_environment, write_wheel

from tts_doctor.effects.matrix_engine import Engine
from tts_doctor.effects.matrix_run import run_matrix
from tts_doctor.effects.matrix_store import read_results
from tts_doctor.errors import DoctorError
from tts_doctor.matrix.plan import cells_of
from tts_doctor.model.lock import ResolverSettings
from tts_doctor.model.matrix import Axis, Found, Grid, MatrixRequest, State
from tts_doctor.model.text import Text

pytest.importorskip("distributed", reason="Dask is not installed")
MINOR = f"3.{sys.version_info.minor}"


class Quiet:
    """A reporter that keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def step(self, text: Text) -> None:
        self.heard.append(text.en)

    def note(self, text: Text) -> None:
        self.heard.append(text.en)

    def confirm(self, question: Text) -> bool:
        return False


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An index of one project in six versions, seen by this process and by what it starts."""
    for number in range(6):
        write_wheel(tmp_path / "wheels", "only", f"{number}.0")
    return index_environment(tmp_path / "wheels", tmp_path)


@dataclass(frozen=True)
class Cluster:
    """A scheduler and its two workers on this machine."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]]


@pytest.fixture
def cluster(tmp_path: Path, environ: dict[str, str]) -> Iterator[Cluster]:
    """It gives a task up that took two workers down."""
    file = tmp_path / "scheduler.json"
    bin_folder = Path(sys.executable).parent
    started: list[subprocess.Popen[bytes]] = []

    def start(*words: str) -> subprocess.Popen[bytes]:
        argv = [sys.executable, "-m", f"distributed.cli.dask_{words[0]}", *words[1:]]
        env = {**environ, "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}
        env["PATH"] = f"{bin_folder}:{environ['PATH']}"
        with (tmp_path / f"{words[0]}{len(started)}.log").open("wb") as log:
            process = subprocess.Popen(argv, env=env, cwd=tmp_path, stdout=log, stderr=log)
        started.append(process)
        return process

    common = ("--scheduler-file", str(file), "--no-dashboard", "--host", "127.0.0.1")
    scheduler = start("scheduler", *common, "--port", "0")
    workers = [start("worker", *common, "--nthreads", "1", "--no-nanny", "--death-timeout", "60") for _ in range(2)]
    deadline = time.monotonic() + 60
    while not file.is_file() and time.monotonic() < deadline:
        time.sleep(0.1)
    try:
        yield Cluster(json.loads(file.read_text())["address"], scheduler, workers)
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


def asked(cluster: Cluster, folder: Path, cells: int, code: str) -> MatrixRequest:
    """As many cells, each of which runs `code`."""
    smoke = ("python", "-c", code, str(folder / "started"))
    grid = Grid("g", (MINOR,), (Axis("only", tuple(f"{n}.0" for n in range(cells))),), smoke=smoke)
    out = str(folder / "out")
    return MatrixRequest(cells_of([grid]), ResolverSettings(), out, scheduler=cluster.address, cwd=str(folder))


@pytest.mark.slow
def test_a_killed_worker_loses_no_cell(cluster: Cluster, environ: dict[str, str], tmp_path: Path) -> None:
    """The other one runs the cells that it had, and what the dead one had started is gone with it."""
    workers = cluster.workers
    log = tmp_path / "started"
    log.mkdir()
    code = "import only, os, sys, time; open('%s/%s-%d' % (sys.argv[1], only.VERSION, os.getpid()), 'w'); time.sleep(2)"

    class Killer(Quiet):
        def step(self, text: Text) -> None:
            super().step(text)
            if text.en.startswith("1/6") and workers[0].poll() is None:
                workers[0].send_signal(signal.SIGKILL)

    killer = Killer()
    results: dict[str, Found] = run_matrix(asked(cluster, tmp_path, 6, code), environ, killer)

    assert [found.state for found in results.values()] == [State.WORKS] * 6, results
    assert workers[0].wait(10) == -signal.SIGKILL
    assert {path.name.split("-")[0] for path in log.iterdir()} == {f"{n}.0" for n in range(6)}
    living = [path.name for path in log.iterdir() if Path("/proc", path.name.split("-")[1]).exists()]
    assert living == []


@pytest.mark.slow
def test_a_cell_that_takes_its_workers_down_is_unknown(
    cluster: Cluster, environ: dict[str, str], tmp_path: Path
) -> None:
    """Nobody asks a third time."""
    pids = {worker.pid for worker in cluster.workers}
    code = (
        "import os\np = os.getpid()\n"
        f"while p not in {pids}: p = int(open(f'/proc/{{p}}/stat').read().rpartition(')')[2].split()[1])\n"
        "os.kill(p, 9)"
    )
    (found,) = run_matrix(asked(cluster, tmp_path, 1, code), environ, Quiet()).values()
    assert (found.state, "KilledWorker" in found.why.en) == (State.UNKNOWN, True), found


@pytest.mark.slow
def test_a_lost_scheduler_ends_the_run_in_words(cluster: Cluster, environ: dict[str, str], tmp_path: Path) -> None:
    """What was known is on disk."""

    class Killer(Quiet):
        def step(self, text: Text) -> None:
            if text.en.startswith("1/3"):
                cluster.scheduler.kill()

    with pytest.raises(DoctorError, match=r"the Dask scheduler at .* is gone"):
        run_matrix(asked(cluster, tmp_path, 3, "import time; time.sleep(1)"), environ, Killer())
    assert len(read_results(str(tmp_path / "out"))) >= 1


@pytest.mark.slow
def test_no_scheduler_is_an_error_in_words() -> None:
    with pytest.raises(DoctorError, match=r"no Dask scheduler at tcp://127\.0\.0\.1:1"):
        Engine(1, "tcp://127.0.0.1:1")

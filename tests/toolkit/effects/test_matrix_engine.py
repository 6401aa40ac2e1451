"""Cells on the workers of Dask: two of them, one killed while it works."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.builders import index_environment, write_wheel

from tts_doctor.effects.matrix_engine import Engine
from tts_doctor.effects.matrix_run import run_matrix
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


@pytest.fixture
def scheduler(tmp_path: Path, environ: dict[str, str]) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Address and the two workers of a Dask cluster on this machine."""
    file = tmp_path / "scheduler.json"
    bin_folder = Path(sys.executable).parent
    started: list[subprocess.Popen[bytes]] = []

    def start(*words: str) -> subprocess.Popen[bytes]:
        argv = [sys.executable, "-m", f"distributed.cli.dask_{words[0]}", *words[1:]]
        env = {**environ, "PATH": f"{bin_folder}:{environ['PATH']}"}
        with (tmp_path / f"{words[0]}{len(started)}.log").open("wb") as log:
            process = subprocess.Popen(argv, env=env, cwd=tmp_path, stdout=log, stderr=log)
        started.append(process)
        return process

    start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
    common = ("--scheduler-file", str(file), "--nthreads", "1", "--no-dashboard", "--no-nanny", "--host", "127.0.0.1")
    workers = [start("worker", *common, "--death-timeout", "60") for _ in range(2)]
    deadline = time.monotonic() + 60
    while not file.is_file() and time.monotonic() < deadline:
        time.sleep(0.1)
    try:
        yield json.loads(file.read_text())["address"], workers
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


@pytest.mark.slow
def test_a_killed_worker_loses_no_cell(
    scheduler: tuple[str, list[subprocess.Popen[bytes]]], environ: dict[str, str], tmp_path: Path
) -> None:
    """The other one runs the cells that it had, and what the dead one had started is gone with it."""
    address, workers = scheduler
    log = tmp_path / "started"
    log.mkdir()
    code = "import only, os, sys, time; open('%s/%s-%d' % (sys.argv[1], only.VERSION, os.getpid()), 'w'); time.sleep(2)"
    smoke = ("python", "-c", code, str(log))
    grid = Grid("g", (MINOR,), (Axis("only", tuple(f"{n}.0" for n in range(6))),), smoke=smoke)
    folder = str(tmp_path / "out")
    request = MatrixRequest(cells_of([grid]), ResolverSettings(), folder, scheduler=address, cwd=str(tmp_path))

    class Killer(Quiet):
        def step(self, text: Text) -> None:
            super().step(text)
            if text.en.startswith("1/6") and workers[0].poll() is None:
                workers[0].send_signal(signal.SIGKILL)

    killer = Killer()
    results: dict[str, Found] = run_matrix(request, environ, killer)

    assert [found.state for found in results.values()] == [State.WORKS] * 6, results
    assert workers[0].wait(10) == -signal.SIGKILL
    assert {path.name.split("-")[0] for path in log.iterdir()} == {f"{n}.0" for n in range(6)}
    living = [path.name for path in log.iterdir() if Path("/proc", path.name.split("-")[1]).exists()]
    assert living == []


@pytest.mark.slow
def test_no_scheduler_is_an_error_in_words() -> None:
    with pytest.raises(DoctorError, match=r"no Dask scheduler at tcp://127\.0\.0\.1:1"):
        Engine(1, "tcp://127.0.0.1:1")

"""`tts-doctor matrix` end to end, on an index of small wheels: what it finds, what it keeps, what a kill leaves."""

from __future__ import annotations

import csv
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from tests.builders import index_environment, write_wheel

if TYPE_CHECKING:
    from tests.toolkit.cli.conftest import Doctor

SCHEMA = Path(__file__).parents[3] / "docs" / "schema" / "matrix.schema.json"
PYTHON = f"3.{sys.version_info.minor}"
SMOKE = "import left, pathlib; pathlib.Path({!r}).open('a').write(left.base.VERSION + '\\n')"


@pytest.fixture
def index(tmp_path: Path) -> dict[str, str | None]:
    """A provider that lost a name in 2.0, a consumer that needs it and does not say so, one that asks for 2."""
    for version in ("1.0", "2.0", "3.0"):
        old = "def kept(): pass\n" + ("def dropped(): pass\n" if version == "1.0" else "")
        write_wheel(tmp_path / "wheels", "base", version, {"base.py": f"VERSION = {version!r}\n{old}"})
    write_wheel(tmp_path / "wheels", "left", "1.0", {"left.py": "import base\nfrom base import dropped\n"}, ["base"])
    write_wheel(tmp_path / "wheels", "left", "2.0", {"left.py": "import base\nfrom base import kept\n"}, ["base"])
    write_wheel(tmp_path / "wheels", "strict", "1.0", requires=["base>=2"])
    environ = index_environment(tmp_path / "wheels", tmp_path)
    kept = {k: v for k, v in environ.items() if k.startswith(("UV_", "PIP_")) or k == "HOME"}
    (tmp_path / "list.txt").write_text("left\n")
    return {**kept, "TTS_DOCTOR_OFFLINE": None, "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}


ARGUMENTS = ("list.txt", "--python", PYTHON, "--with", "left=1.0,2.0", "--with", "base=1.0,2.0,3.0")


def states(folder: Path) -> dict[str, str]:
    with (folder / "cells.csv").open() as file:
        return {row["asked"]: f"{row['state']} {row['basis']}" for row in csv.DictReader(file)}


def test_every_cell_is_run_or_follows_from_one_that_was(
    doctor: Doctor, index: dict[str, str | None], tmp_path: Path
) -> None:
    """Works, broken with its cause and repair; exit 1; as JSON by its schema, and as files."""
    said = tmp_path / "said.txt"
    command = ("--", "python", "-c", SMOKE.format(str(said)))
    ran = doctor("matrix", *ARGUMENTS, "--format", "json", *command, env=index, timeout=120)
    found = json.loads(ran.stdout)

    jsonschema.validate(found, json.loads(SCHEMA.read_text()))
    assert (ran.returncode, found["states"], found["left"]) == (1, {"works": 4, "broken": 2}, 0)
    assert sorted(said.read_text().split()) == ["1.0", "1.0", "2.0", "3.0"]
    broken = next(cell for cell in found["cells"] if cell["with"] == {"left": "1.0", "base": "2.0"})
    assert (broken["basis"], broken["stage"]) == ("run", "import")
    assert {c["name"] for c in broken["culprits"]} == {"base", "left"}
    assert broken["repair"].startswith(("pin base", "pin left", "install"))
    files = {path.name for path in (tmp_path / "matrix").iterdir()}
    assert files >= {"cells.csv", "index.html", "tables.md", "results.sqlite"}
    assert "| 1.0 | ✓ | ✗ | ✗ |" in (tmp_path / "matrix" / "tables.md").read_text()


def test_the_same_as_a_data_frame(doctor: Doctor, index: dict[str, str | None], tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    doctor("matrix", *ARGUMENTS, "--resolve-only", env=index)
    rows = parquet.read_table(tmp_path / "matrix" / "cells.parquet").to_pylist()
    assert {row["asked"]: f"{row['state']} {row['basis']}" for row in rows} == states(tmp_path / "matrix")


def test_a_conflict_of_a_part_settles_every_cell_that_has_it(
    doctor: Doctor, index: dict[str, str | None], tmp_path: Path
) -> None:
    """Nothing is installed for it; the part is named as the proof."""
    axes = ("--with", "strict=1.0", "--with", "base=1.0", "--with", "left=1.0,2.0,7")
    ran = doctor("matrix", "list.txt", "--python", PYTHON, *axes, "--format", "json", env=index)
    cells = {cell["with"]["left"]: cell for cell in json.loads(ran.stdout)["cells"]}

    assert [(c["state"], c["basis"]) for c in cells.values()] == [("conflict", "metadata"), *[("conflict", "part")] * 2]
    assert cells["2.0"]["proof"] == f"{PYTHON} strict=1.0 base=1.0"
    assert "base" in cells["2.0"]["why"] and "strict" in cells["2.0"]["why"]


@pytest.mark.slow
def test_treat_says_whether_it_repairs(doctor: Doctor, index: dict[str, str | None], tmp_path: Path) -> None:
    """The trial is made in the cell."""
    axes = ("--with", "left=1.0", "--with", "base=2.0")
    ran = doctor(
        "matrix", "list.txt", "--python", PYTHON, *axes, "--treat", "--format", "json", env=index, timeout=120
    )
    (cell,) = json.loads(ran.stdout)["cells"]
    assert (cell["state"], cell["repaired"]) == ("broken", "repaired")
    assert "base" in cell["repair"] or "left" in cell["repair"]


def test_results_are_not_overwritten(doctor: Doctor, index: dict[str, str | None]) -> None:
    """Exit 2 and the way on; with --resume nothing is asked again."""
    assert doctor("matrix", *ARGUMENTS, "--resolve-only", env=index).returncode == 0
    again = doctor("matrix", *ARGUMENTS, "--resolve-only", env=index)
    assert (again.returncode, "--resume" in again.stderr) == (2, True)
    went_on = doctor("matrix", *ARGUMENTS, "--resolve-only", "--resume", env=index)
    assert (went_on.returncode, "asking the index" in went_on.stderr) == (0, False)


def test_parts_of_a_matrix_are_merged(doctor: Doctor, index: dict[str, str | None], tmp_path: Path) -> None:
    """What other machines found is taken over; only the rest is asked."""
    for number in ("1", "2"):
        doctor("matrix", *ARGUMENTS, "--resolve-only", "--shard", f"{number}/2", "-o", number, env=index)
    ran = doctor("matrix", *ARGUMENTS, "--resolve-only", "--merge", "1", "--merge", "2", "-o", "all", env=index)
    assert (ran.returncode, "asking the index" in ran.stderr) == (0, False)
    assert len(states(tmp_path / "all")) == 6 == len(states(tmp_path / "1")) + len(states(tmp_path / "2"))


def test_a_missing_interpreter_is_unknown(doctor: Doctor, index: dict[str, str | None]) -> None:
    """Exit 3: nothing failed, and not everything is known."""
    env = {**index, "UV_PYTHON_DOWNLOADS": "never", "PATH": "/nowhere", "HOME": "/nowhere"}
    ran = doctor("matrix", "list.txt", "--python", "3.7", "--with", "left=2.0", env=env)
    assert (ran.returncode, "1 unknown" in ran.stdout) == (3, True)


def test_a_grid_file_says_all_of_it(doctor: Doctor, index: dict[str, str | None], tmp_path: Path) -> None:
    grid = {"python": [PYTHON], "with": {"left": ["1.0", "2.0"], "base": ["1.0"]}, "resolve-only": True}
    (tmp_path / "grids.yaml").write_text(json.dumps({"grids": {"small": grid}}))
    ran = doctor("matrix", "grids.yaml", "--format", "markdown", env=index)
    assert f"**small, Python {PYTHON}**" in ran.stdout
    assert "| 2.0 | ○ |" in ran.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("missing.txt",), "missing.txt"),
        (("list.txt", "--with", "left"), "NAME=VERSION"),
        (("list.txt", "--with", "left=new"), "'new' is no version"),
        (("list.txt", "--python", "python3"), "3.10"),
        (("list.txt", "--shard", "3/2"), "I/N"),
        (("list.txt", "--jobs", "0"), "positive"),
        (("list.txt", "--merge", "nowhere"), "holds no results.sqlite"),
    ],
)
def test_words_that_cannot_be_used(
    doctor: Doctor, index: dict[str, str | None], arguments: tuple[str, ...], said: str
) -> None:
    ran = doctor("matrix", *arguments, env=index)
    assert (ran.returncode, said in ran.stderr) == (2, True), ran.stderr


def test_github_gets_its_matrix_and_nothing_is_run(
    doctor: Doctor, index: dict[str, str | None], tmp_path: Path
) -> None:
    rows = json.loads(doctor("matrix", *ARGUMENTS, "--export", "github", env=index).stdout)["include"]
    assert (len(rows), rows[0]) == (6, {"name": f"{PYTHON} left=1.0 base=1.0", "python": PYTHON, "shard": "1/6"})
    assert not (tmp_path / "matrix").exists()


def finished(folder: Path) -> dict[str, Any]:
    """Key -> time of every result on disk."""
    if not (folder / "results.sqlite").is_file():
        return {}
    data = sqlite3.connect(f"file:{folder / 'results.sqlite'}?mode=ro", uri=True)
    try:
        return dict(data.execute("SELECT key, time FROM cells"))
    except sqlite3.OperationalError:  # not yet made
        return {}
    finally:
        data.close()


def left_running(folder: str) -> list[str]:
    """Processes that still work for a matrix in that folder, after the few seconds that ending takes."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        found = [p.name for p in Path("/proc").iterdir() if p.name.isdigit() and _works_in(p, folder)]
        if not found:
            break
        time.sleep(0.1)
    return found


def _works_in(process: Path, folder: str) -> bool:
    try:
        return str((process / "cwd").readlink()).startswith(folder) and int(process.name) != os.getpid()
    except OSError:
        return False


@pytest.mark.slow
def test_an_interrupt_ends_it_at_once(
    launcher: Path, base_environment: dict[str, str], index: dict[str, str | None], tmp_path: Path
) -> None:
    """Exit 130; what is known is kept, and nothing is left running."""
    env = {name: value for name, value in {**base_environment, **index}.items() if value is not None}
    argv = [str(launcher), "matrix", *ARGUMENTS, "--jobs", "2", "--", "python", "-c", "import time; time.sleep(100)"]
    process = subprocess.Popen(argv, env=env, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not finished(tmp_path / "matrix") and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130
    assert left_running(str(tmp_path)) == []


@pytest.mark.slow
def test_a_kill_loses_and_repeats_no_cell(
    launcher: Path, doctor: Doctor, base_environment: dict[str, str], index: dict[str, str | None], tmp_path: Path
) -> None:
    """Killed again and again: what was on disk stays as it was, and in the end every cell is there."""
    env = {name: value for name, value in {**base_environment, **index}.items() if value is not None}
    smoke = ("--", "python", "-c", "import time; time.sleep(1)")
    argv = [str(launcher), "matrix", *ARGUMENTS, "--jobs", "2", "--resume", *smoke]
    kept: dict[str, Any] = {}
    for wanted in (1, 3):
        process = subprocess.Popen(argv, env=env, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while len(finished(tmp_path / "matrix")) < wanted and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert left_running(str(tmp_path)) == []
        now = finished(tmp_path / "matrix")
        assert kept.items() <= now.items() and len(now) >= wanted
        kept = now
    ran = doctor(*argv[1:], env=index, timeout=120)
    assert ran.returncode == 1
    assert kept.items() <= finished(tmp_path / "matrix").items()
    assert len(states(tmp_path / "matrix")) == 6

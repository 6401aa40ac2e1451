"""What `make setup` stands on: interpreters and uv are believed only once they have run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FIND = ROOT / "scripts" / "find_python.py"
GET_UV = ROOT / "scripts" / "get_uv.py"
HERE = "{}.{}".format(*sys.version_info[:2])


def run(script, *arguments, path="", **more):
    environ = {"PATH": str(path), "HOME": "/nonexistent", "UV_PYTHON_DOWNLOADS": "never", **more}
    command = [sys.executable, "-I", str(script), *arguments]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120)


def program(folder, name, text):
    folder.mkdir(exist_ok=True)
    target = folder / name
    target.write_text(text)
    target.chmod(0o755)
    return target


def test_a_shim_without_a_program_behind_it_is_passed_over(tmp_path):
    shims, real = tmp_path / "shims", tmp_path / "bin"
    program(shims, f"python{HERE}", "#!/bin/sh\necho 'command not found' >&2\nexit 127\n")
    wanted = program(real, f"python{HERE}", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    done = run(FIND, HERE, path=f"{shims}:{real}")
    assert (done.returncode, done.stdout.strip()) == (0, str(wanted))


def test_a_program_that_is_another_version_is_not_believed(tmp_path):
    program(tmp_path, "python3.6", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    assert run(FIND, "3.6", path=tmp_path).returncode == 1


def test_a_missing_version_ends_with_what_to_do_next():
    done = run(FIND, "3.99")
    assert (done.returncode, done.stdout) == (1, "")
    assert "uv python install 3.99" in done.stderr


def test_pyenv_s_versions_are_found_without_their_shims(tmp_path):
    folder = tmp_path / "versions" / f"{HERE}.0" / "bin"
    folder.mkdir(parents=True)
    wanted = program(folder, "python", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    assert run(FIND, HERE, PYENV_ROOT=str(tmp_path)).stdout.strip() == str(wanted)


def test_uv_on_path_is_taken_where_it_runs(tmp_path):
    shim = tmp_path / "shims"
    program(shim, "uv", "#!/bin/sh\nexit 127\n")
    wanted = program(tmp_path / "bin", "uv", "#!/bin/sh\necho uv 9.9.9\n")
    assert run(GET_UV, path=f"{shim}:{wanted.parent}").stdout.strip() == str(wanted)


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.parametrize("way", ["with_pip", "with_venv", "from_index"])
def test_each_way_to_fetch_uv_fetches_one_that_runs(tmp_path, way):
    code = "import sys; sys.path.insert(0, sys.argv[1]); import get_uv; get_uv.HOME = sys.argv[2]; "
    code += f"print(get_uv.{way}())"
    command = [sys.executable, "-c", code, GET_UV.parent, tmp_path / "uv"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    assert subprocess.check_output([done.stdout.strip(), "--version"], text=True).startswith("uv ")


@pytest.mark.reproduction
@pytest.mark.network
@pytest.mark.slow
def test_the_demo_is_as_told(tmp_path):
    environ = {**os.environ, "TTS_DOCTOR_DEMO": str(tmp_path / "demo")}
    command = [sys.executable, ROOT / "scripts" / "demo.py"]
    done = subprocess.run(command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=1500)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "4 of 4 failed, 4 of 4 worked" in done.stdout


@pytest.mark.parametrize(
    ("until", "turn", "expected"),
    [("9e18", "0", "a.b.c."), ("9e18", "1", "b.c.a."), ("0", "0", "a.bsc."), ("0", "5", "c.a.bs")],
)
def test_a_box_of_time_begins_where_its_turn_says_and_skips_what_is_long(tmp_path, until, turn, expected):
    for name in "abc":
        mark = "@pytest.mark.slow\n" if name == "b" else ""
        (tmp_path / f"test_{name}.py").write_text(f"import pytest\n{mark}def test_it(): pass\n")
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "scripts"), "TTS_DOCTOR_UNTIL": until, "TTS_DOCTOR_TURN": turn}
    command = [sys.executable, "-m", "pytest", "-p", "timebox", "-p", "no:cacheprovider", "-vW", "ignore"]
    done = subprocess.run([*command, tmp_path], cwd=tmp_path, env=environ, capture_output=True, text=True)
    told = re.findall(r"test_(\w)\.py::test_it (PASSED|SKIPPED)", done.stdout)
    assert expected == "".join(name + (".", "s")[word == "SKIPPED"] for name, word in told)

"""The probe on real interpreters, and on what is none."""

from __future__ import annotations

import ast
import os
import subprocess
import time
from pathlib import Path

import pytest
from tests.pythons import MINORS, python_or_skip

from tts_doctor.effects.read_site import read_facts
from tts_doctor.effects.run_probe import run_probe
from tts_doctor.errors import PatientError

PLAIN = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}


def make_venv(python: str, folder: Path) -> str:
    subprocess.run([python, "-m", "venv", "--without-pip", str(folder)], check=True)
    return str(folder / "bin" / "python")


def plain_path(python: str, environ: dict[str, str], cwd: Path) -> list[str]:
    code = "import sys; print([p for p in sys.path if p])"
    said = subprocess.run([python, "-c", code], env=environ, cwd=cwd, capture_output=True, text=True, check=True)
    return [os.path.normpath(p) for p in ast.literal_eval(said.stdout)]


@pytest.mark.parametrize("minor", MINORS)
def test_sees_what_a_plain_run_sees(minor: str, tmp_path: Path) -> None:
    python = make_venv(python_or_skip(minor), tmp_path / "venv")
    facts = read_facts(python, None, PLAIN, str(tmp_path))
    expected = plain_path(python, PLAIN, tmp_path)
    assert expected == list(facts.interpreter.sys_path)
    assert ".".join(map(str, facts.interpreter.minor)) == minor
    assert (facts.interpreter.alive, facts.interpreter.is_venv, facts.gaps) == (True, True, ())
    assert facts.interpreter.ext_suffixes[0] == f".{facts.interpreter.soabi}.so"


def test_pythonpath_and_pth_files_are_part_of_the_path(tmp_path: Path) -> None:
    python = make_venv(python_or_skip("3.11"), tmp_path / "venv")
    (tmp_path / "app").mkdir()
    (tmp_path / "more").mkdir()
    site = tmp_path / "venv/lib/python3.11/site-packages"
    (site / "x.pth").write_text(f"{tmp_path}/more\n{tmp_path}/absent\n")
    environ = {**PLAIN, "PYTHONPATH": "./app"}
    found = read_facts(python, None, environ, str(tmp_path)).interpreter.sys_path
    assert plain_path(python, environ, tmp_path) == list(found)


def test_executes_nothing_of_the_patient(tmp_path: Path) -> None:
    python = make_venv(python_or_skip("3.11"), tmp_path / "venv")
    site = tmp_path / "venv/lib/python3.11/site-packages"
    canary = f"open({str(tmp_path / 'sung')!r}, 'w')"
    (site / "sitecustomize.py").write_text(canary)
    (site / "usercustomize.py").write_text(canary)
    (site / "a.pth").write_text(f"import os; {canary}\n")
    (site / "json.py").write_text(canary)
    (tmp_path / "app").mkdir()
    (tmp_path / "app/json.py").write_text(canary)
    facts = read_facts(python, None, {**PLAIN, "PYTHONPATH": str(tmp_path / "app")}, str(tmp_path))
    assert facts.interpreter.alive
    assert not (tmp_path / "sung").exists()
    assert facts.stdlib_shadows == (("json", str(tmp_path / "app/json.py")),)


@pytest.mark.parametrize("minor", ["3.6", "3.11", "3.13"])
def test_blames_a_pythonhome_without_a_standard_library(minor: str, tmp_path: Path) -> None:
    probed = run_probe(python_or_skip(minor), {**PLAIN, "PYTHONHOME": "/opt/otherapp"}, str(tmp_path))
    assert [name for name, _ in probed.fatal_variables] == ["PYTHONHOME"]
    assert probed.interpreter.alive


def test_blames_a_library_path_that_kills(tmp_path: Path) -> None:
    (tmp_path / "libc.so.6").write_bytes(b"\x7fELF garbage")
    environ = {**PLAIN, "LD_LIBRARY_PATH": str(tmp_path)}
    probed = run_probe(python_or_skip("3.11"), environ, str(tmp_path))
    assert ([name for name, _ in probed.fatal_variables], probed.interpreter.alive) == (["LD_LIBRARY_PATH"], True)


def test_a_dangling_venv_is_read_from_its_folder(tmp_path: Path) -> None:
    python = make_venv(python_or_skip("3.11"), tmp_path / "venv")
    for name in ("python", "python3", "python3.11"):
        (tmp_path / "venv/bin" / name).unlink()
        (tmp_path / "venv/bin" / name).symlink_to("/opt/gone/python3.11")
    facts = read_facts(python, None, PLAIN, str(tmp_path))
    assert (facts.interpreter.alive, facts.interpreter.minor) == (False, (3, 11))
    assert "/opt/gone/python3.11" in facts.gaps[0].why.en
    assert facts.interpreter.sys_path == (str(tmp_path / "venv/lib/python3.11/site-packages"),)


@pytest.mark.parametrize(
    "script", ["#!/bin/sh\nexit 0\n", "#!/bin/sh\nkill -SEGV $$\n", "#!/bin/sh\nexec yes >&2\n", "no program"]
)
def test_what_is_no_python_is_refused_in_time(script: str, tmp_path: Path) -> None:
    fake = tmp_path / "bin/python"
    fake.parent.mkdir()
    fake.write_text(script)
    fake.chmod(0o755)
    started = time.monotonic()
    with pytest.raises(PatientError) as caught:
        run_probe(str(fake), PLAIN, str(tmp_path), seconds=1.0)
    assert time.monotonic() - started < 8
    assert caught.value.hint_en and caught.value.zh


def test_a_missing_interpreter_is_an_error_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(PatientError, match="no Python at"):
        run_probe("nowhere/python", PLAIN, str(tmp_path))

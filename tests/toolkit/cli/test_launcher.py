"""The tool starts and works under what makes its patients ill, and gives it to what runs for the patient."""

from __future__ import annotations

import json
import os
import resource
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tts_doctor import __version__

if TYPE_CHECKING:
    from tests.toolkit.cli.conftest import Doctor


def poisoned_modules(folder: Path) -> Path:
    """A PYTHONPATH entry that kills an interpreter which reads it."""
    folder.mkdir()
    for name in ("json", "typing", "re", "argparse", "encodings", "sitecustomize", "packaging", "tts_doctor"):
        (folder / f"{name}.py").write_text("raise SystemExit('poisoned module was imported')\n")
    return folder


def bogus_libraries(folder: Path) -> Path:
    """Libraries that Python loads and the shell does not, none of them loadable."""
    folder.mkdir()
    ours = sysconfig.get_config_var("INSTSONAME") or "libpython3.so"
    for name in (ours, "libz.so.1", "libm.so.6", "libssl.so.3", "libcrypto.so.3", "libexpat.so.1", "libffi.so.8"):
        (folder / name).write_bytes(b"not a library at all\n" * 50)
    return folder


def hostile(name: str, tmp_path: Path) -> dict[str, str | None]:
    """The variables of one row of the table."""
    table: dict[str, dict[str, str | None]] = {
        "wrong PYTHONHOME": {"PYTHONHOME": "/nonexistent"},
        "empty PYTHONHOME": {"PYTHONHOME": ""},
        "C locale": {"LC_ALL": "C", "LANG": None},
        "unknown locale": {"LC_ALL": "xx_YY.ISO-8859-1"},
        "no HOME": {"HOME": None},
        "HOME nowhere": {"HOME": "/nonexistent"},
        "warnings as errors": {"PYTHONWARNINGS": "error", "PYTHONDEVMODE": "1"},
        "inspect": {"PYTHONINSPECT": "1", "PYTHONVERBOSE": "1", "PYTHONIOENCODING": "ascii:strict"},
        "odd shell": {"IFS": "t/", "CDPATH": "/", "ENV": "/nonexistent", "POSIXLY_CORRECT": "1"},
        "dumb terminal": {"TERM": "dumb", "COLUMNS": "1"},
    }
    if name == "PYTHONPATH of another Python":
        return {"PYTHONPATH": str(poisoned_modules(tmp_path / "poison"))}
    if name == "LD_LIBRARY_PATH of bogus libraries":
        return {"LD_LIBRARY_PATH": str(bogus_libraries(tmp_path / "libs"))}
    return table[name]


ROWS = (
    "wrong PYTHONHOME", "empty PYTHONHOME", "C locale", "unknown locale", "no HOME", "HOME nowhere", "inspect",
    "warnings as errors", "odd shell", "dumb terminal", "PYTHONPATH of another Python",
    "LD_LIBRARY_PATH of bogus libraries",
)  # fmt: skip


@pytest.mark.parametrize("row", ROWS)
def test_it_diagnoses_a_log_under(row: str, doctor: Doctor, log: Path, tmp_path: Path) -> None:
    """One JSON object on standard output, whatever surrounds us."""
    ran = doctor("diagnose", "--log", str(log), "--format", "json", env=hostile(row, tmp_path))

    assert ran.returncode in (1, 3), ran.stderr
    assert "Traceback" not in ran.stderr
    assert json.loads(ran.stdout)["target"] == "log"


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
@pytest.mark.parametrize("locale", ["C", "xx_YY.ISO-8859-1"])
def test_no_locale_breaks_the_output(locale: str, form: str, doctor: Doctor, log: Path) -> None:
    """Ticks and Chinese come out or are written otherwise; never a UnicodeEncodeError."""
    ran = doctor("diagnose", "--log", str(log), "--format", form, "--lang", "zh", env={"LC_ALL": locale})

    assert ran.returncode in (1, 3), ran.stderr
    assert "Unicode" not in ran.stderr
    assert form != "json" or json.loads(ran.stdout)


@pytest.mark.parametrize("words", ["diagnose --log {log}", "--version", "--help"])
def test_a_full_standard_output_is_told_by_the_exit_status(
    words: str, launcher: Path, doctor: Doctor, log: Path
) -> None:
    line = f"{shlex.quote(str(launcher))} {words.format(log=shlex.quote(str(log)))} > /dev/full"
    ran = doctor("-c", line, command=("sh",))
    assert ran.returncode == 3 and "Traceback" not in ran.stderr


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams(closed: str, launcher: Path, doctor: Doctor, log: Path) -> None:
    """The exit status is the verdict's also where nobody can be told."""
    line = f"{shlex.quote(str(launcher))} diagnose --log {shlex.quote(str(log))} --format json {closed}"
    ran = doctor(line, command=("sh", "-c"))

    assert ran.returncode in (1, 3), ran.stderr
    assert "Traceback" not in ran.stderr and "internal error" not in ran.stderr


@pytest.mark.parametrize("words", ["diagnose --log run.log", "--version", "--help", "playbook list"])
def test_a_closed_pipe_is_quiet(words: str, launcher: Path, doctor: Doctor, log: Path) -> None:
    """`tts-doctor ... | true` says nothing."""
    line = f"{shlex.quote(str(launcher))} {words} 2>err | true; cat err"
    ran = doctor(line, command=("sh", "-c"))

    assert "Error" not in ran.stdout and "Traceback" not in ran.stdout


def patient(folder: Path) -> Path:
    """A virtual environment of this interpreter's base, without pip."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    return folder / "bin" / "python"


def test_the_command_gets_the_callers_variables_back(doctor: Doctor, tmp_path: Path) -> None:
    """What was set aside, what was empty and what was unset are three different things to the patient."""
    seen = tmp_path / "seen.json"
    code = "import json, os, sys; json.dump(dict(os.environ), open(sys.argv[1], 'w'))"
    python = patient(tmp_path / "venv")
    given = {"PYTHONPATH": str(tmp_path / "none"), "PYTHONWARNINGS": "", "LD_LIBRARY_PATH": "/nonexistent"}
    doctor("diagnose", "--python", str(python), "--", str(python), "-c", code, str(seen), env=given)

    environ = json.loads(seen.read_text())
    assert given == {name: environ.get(name) for name in given}
    assert "PYTHONHOME" not in environ
    assert not [name for name in environ if name.startswith("TTS_DOCTOR_CALLER_")]


@pytest.mark.parametrize("shell", ["sh", "dash", "bash", "busybox sh", "zsh"])
def test_every_shell_runs_the_launcher(shell: str, launcher: Path, doctor: Doctor) -> None:
    """It is POSIX sh; also under `-u`."""
    words = shell.split()
    if not shutil.which(words[0]):
        pytest.skip(f"no {words[0]} here")
    ran = doctor("--version", command=(*words, "-u", str(launcher)))

    assert (0, f"tts-doctor {__version__}\n", "") == (ran.returncode, ran.stdout, ran.stderr)


def test_links_to_the_launcher_work(launcher: Path, doctor: Doctor, tmp_path: Path) -> None:
    """As pipx makes them: absolute, relative, one behind another."""
    (tmp_path / "local bin").mkdir()
    (tmp_path / "first").symlink_to(launcher)
    (tmp_path / "local bin" / "tts-doctor").symlink_to(Path("..") / "first")
    ran = doctor("--version", command=(str(tmp_path / "local bin" / "tts-doctor"),))

    assert 0 == ran.returncode, ran.stderr


def test_found_on_path_in_the_current_folder(launcher: Path, doctor: Doctor) -> None:
    """`sh tts-doctor` in its own folder names no folder at all."""
    ran = doctor("--version", command=("sh", "tts-doctor"), cwd=launcher.parent)

    assert 0 == ran.returncode, ran.stderr


def test_no_interpreter_beside_it(launcher: Path, doctor: Doctor, tmp_path: Path) -> None:
    """A message with the next step, and the status of what could not be found out."""
    lonely = tmp_path / "lonely" / "tts-doctor"
    lonely.parent.mkdir()
    shutil.copy(launcher, lonely)
    ran = doctor("--version", command=(str(lonely),))

    assert 3 == ran.returncode
    assert "install" in ran.stderr


def test_starting_costs_little(launcher: Path, doctor: Doctor) -> None:
    """`--version` takes less than 80 ms of processor time more than the interpreter itself (machines are busy)."""

    def best(*words: str) -> float:
        times = []
        for _ in range(5):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            doctor(command=words)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        return min(times)

    assert best(str(launcher), "--version") - best(sys.executable, "-c", "pass") < 0.08


def test_os_environ_of_the_tool_has_no_python_variables(launcher: Path, doctor: Doctor, tmp_path: Path) -> None:
    """What we start for ourselves must not inherit what was set aside."""
    shown = tmp_path / "shown"
    wrapper = tmp_path / "bin" / "python3"
    wrapper.parent.mkdir()
    wrapper.write_text(f"#!/bin/sh\nenv > {shlex.quote(str(shown))}\n")
    wrapper.chmod(0o755)
    shutil.copy(launcher, wrapper.parent / "tts-doctor")
    given = {"PYTHONHOME": "/x", "PYTHONPATH": "/y", "LD_PRELOAD": "", "PYTHONUSERBASE": "/z"}
    doctor("x", command=(str(wrapper.parent / "tts-doctor"),), env={**given, "TTS_DOCTOR_CALLER_PYTHONCASEOK": "stale"})

    names = dict(row.split("=", 1) for row in shown.read_text().splitlines() if "=" in row)
    assert not given.keys() & names.keys()
    assert given == {name: names["TTS_DOCTOR_CALLER_" + name] for name in given}
    assert "TTS_DOCTOR_CALLER_PYTHONCASEOK" not in names


@pytest.mark.slow
@pytest.mark.network
def test_the_wheel_installs_a_working_command(doctor: Doctor, tmp_path: Path) -> None:
    """`pip install .` gives `tts-doctor`; also behind a link and under a wrong PYTHONHOME."""
    root = Path(__file__).parents[3]
    venv = tmp_path / "tool venv"
    subprocess.run(["uv", "venv", "-q", "--python", sys.executable, str(venv)], check=True)
    subprocess.run(["uv", "pip", "install", "-q", "--python", str(venv / "bin" / "python"), str(root)], check=True)
    (tmp_path / "link").symlink_to(venv / "bin" / "tts-doctor")
    ran = doctor("--version", command=(str(tmp_path / "link"),), env={"PYTHONHOME": "/nonexistent"})
    listed = doctor("playbook", "list", command=(str(tmp_path / "link"),))

    assert (0, f"tts-doctor {__version__}\n") == (ran.returncode, ran.stdout), ran.stderr
    assert 0 == listed.returncode and listed.stdout
    assert os.access(venv / "bin" / "tts-doctor", os.X_OK)

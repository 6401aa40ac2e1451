"""What only looks executes nothing of the patient, nor of the caller's folder: no planted canary sings."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from tests.toolkit.safety.conftest import Cage

if TYPE_CHECKING:
    from tests.toolkit.cli.conftest import Doctor

LOOKS = {
    "of the environment": ("diagnose",),
    "at every finding": ("diagnose", "--all"),
    "named by a path": ("diagnose", "--python", ".venv/bin/python", "--format", "json"),
    "named by its folder": ("diagnose", "--python", ".venv", "--format", "sarif"),
    "at a folder": ("diagnose", "--site", "SITE", "--all"),
    "offline": ("diagnose", "--offline", "--format", "markdown", "--all"),
    "at one finding": ("diagnose", "--explain", "1"),
    "at a log": ("diagnose", "--log", "run.log"),
    "at a log in its environment": ("diagnose", "--log", "run.log", "--python", ".venv"),
    "at the past": ("history",),
    "at all playbooks": ("playbook", "list"),
    "at one playbook": ("playbook", "show", "werkzeug3-url-functions"),
    "whether playbooks are well": ("playbook", "check"),
    "for a new playbook": ("playbook", "new", "bird-song"),
    "for completion": ("completion", "bash"),
}
LOCKS = {
    "of a list": ("list.txt",),
    "of a list for one Python": ("list.txt", "--python", "3.11"),
    "nearest": ("list.txt", "--nearest"),
    "of a project": ("pyproject.toml",),
    "of a project that its backend completes": ("dynamic/pyproject.toml",),
    "of a folder": ("folder.txt",),
    "of a linked folder": ("editable.txt",),
    "compared": ("--diff", "list.txt", "folder.txt"),
}


def test_the_canaries_can_sing(cage: Cage) -> None:
    """The counter-test: an ordinary start, an import, a loaded library and a program wake them."""
    env = {k: v for k, v in cage.env.items() if v is not None and k != "PYTHONPATH"}
    python = str(cage.venv / "bin/python")
    for code in ("import bird", "import ctypes; ctypes.CDLL('bird/bird.so')"):
        subprocess.run([python, "-c", code], env=env, cwd=cage.site, capture_output=True)
    subprocess.run(["uv"], env=env, cwd=cage.cwd, executable=str(cage.venv / "bin/uv"))

    assert {"pth", "finder", "site-sitecustomize", "package", "bin-uv"} <= set(cage.sung())
    if not (cage.site / "bird/bird.so").exists():
        pytest.skip("no gcc to build a shared object with a constructor: the others were heard")
    assert "bird.so" in cage.sung()


@pytest.mark.parametrize("words", LOOKS.values(), ids=LOOKS)
def test_a_look_executes_nothing(words: tuple[str, ...], cage: Cage, doctor: Doctor) -> None:
    ran = doctor(*(w.replace("SITE", str(cage.site)) for w in words), env=cage.env, cwd=cage.cwd)

    assert (ran.returncode in (0, 1), cage.sung()) == (True, []), ran.stderr


@pytest.mark.parametrize("words", LOCKS.values(), ids=LOCKS)
def test_a_lock_executes_nothing(words: tuple[str, ...], cage: Cage, doctor: Doctor) -> None:
    """Not even a build, for which a lock would have to be asked."""
    ran = doctor("lock", *words, env=cage.env, cwd=cage.cwd)

    assert ("internal error" in ran.stderr, cage.sung()) == (False, []), ran.stdout + ran.stderr

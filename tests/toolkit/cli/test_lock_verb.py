"""`tts-doctor lock` end to end, on an index of small wheels."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest
from tests.builders import index_environment, write_wheel

if TYPE_CHECKING:
    from tests.toolkit.cli.conftest import Doctor

SCHEMA = Path(__file__).parents[3] / "docs" / "schema" / "lock.schema.json"


@pytest.fixture
def index(tmp_path: Path) -> dict[str, str | None]:
    """Variables under which uv sees a provider in three versions and a consumer of the first."""
    for version in ("1.0", "2.0", "3.0"):
        write_wheel(tmp_path / "wheels", "base", version)
    write_wheel(tmp_path / "wheels", "left", "1.0", requires=["base<2"])
    environ = index_environment(tmp_path / "wheels", tmp_path)
    kept = {k: v for k, v in environ.items() if k.startswith(("UV_", "PIP_")) or k == "HOME"}
    return {**kept, "TTS_DOCTOR_OFFLINE": None}


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    """A list that does not resolve."""
    path = tmp_path / "list.txt"
    path.write_text("left==1.0\nbase==2.0  # too new\n")
    return path


def test_the_nearest_list_as_json(doctor: Doctor, index: dict[str, str | None], listed: Path, tmp_path: Path) -> None:
    """It follows its schema, and the lock is written."""
    ran = doctor("lock", "list.txt", "--nearest", "--format", "json", "-o", "lock.txt", env=index)
    found = json.loads(ran.stdout)

    jsonschema.validate(found, json.loads(SCHEMA.read_text()))
    assert (ran.returncode, found["requirements"], found["optimal"]) == (0, ["left==1.0", "base==1.0"], True)
    assert "base==1.0 \\\n    --hash=sha256:" in (tmp_path / "lock.txt").read_text()


def test_what_does_not_resolve_overwrites_nothing(
    doctor: Doctor, index: dict[str, str | None], listed: Path, tmp_path: Path
) -> None:
    """Exit 1, the conflict in words, the way on, and the old lock as it was."""
    (tmp_path / "lock.txt").write_text("old")
    ran = doctor("lock", "list.txt", "--python", "3.11", "-o", "lock.txt", env=index)

    assert (ran.returncode, (tmp_path / "lock.txt").read_text()) == (1, "old")
    assert "every version of left needs base<2, but the list asks for base==2.0" in ran.stdout
    assert "--nearest would change" in ran.stdout and "base==1.0" in ran.stdout


def test_one_lock_for_each_python(doctor: Doctor, index: dict[str, str | None], tmp_path: Path) -> None:
    """`all` with a place for the version."""
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "x"\nversion = "1"\nrequires-python = ">=3.10,<3.12"\ndependencies = ["left"]\n'
    )
    ran = doctor("lock", "pyproject.toml", "--python", "all", "-o", "lock-{python}.txt", env=index)

    assert ran.returncode == 0, ran.stderr
    assert sorted(p.name for p in tmp_path.glob("lock-*")) == ["lock-3.10.txt", "lock-3.11.txt"]


def test_a_difference(doctor: Doctor, tmp_path: Path) -> None:
    """What went, what came, what moved."""
    (tmp_path / "old.txt").write_text("a==1\nb==1\nc==1\n")
    (tmp_path / "new.txt").write_text("a==1\nb==2\nd==1\n")
    ran = doctor("lock", "--diff", "old.txt", "new.txt")

    assert (ran.returncode, ran.stdout.splitlines()) == (1, ["  b 1 → 2", "  c 1 → -", "  d - → 1"])
    assert doctor("lock", "--diff", "old.txt", "old.txt").returncode == 0


BAD = [
    (["lock"], "lock needs a file"),
    (["lock", "nowhere.txt"], "nowhere.txt"),
    (["lock", "list.txt", "--python", "2"], "--python takes"),
    (["lock", "list.txt", "--as-of", "yesterday"], "--as-of takes a day"),
    (["lock", "list.txt", "--upgrade", "base"], "--upgrade needs"),
    (["lock", "list.txt", "--weigh", "base"], "--weigh takes"),
    (["lock", "list.txt", "--", "true"], "belongs to --prove"),
    (["lock", "--diff", "a", "b", "list.txt"], "--diff takes two"),
    (["lock", "list.txt", "--resolver", "pip-tools", "--nearest"], "--nearest asks uv"),
]


@pytest.mark.parametrize(("words", "said"), BAD, ids=[b[1] for b in BAD])
def test_bad_words(doctor: Doctor, listed: Path, words: list[str], said: str) -> None:
    """Usage errors say what is wrong."""
    ran = doctor(*words)

    assert ran.returncode == 2 and said in ran.stderr


@pytest.mark.parametrize("more", [(), ("--nearest",)], ids=["plain", "nearest"])
def test_an_interrupt_ends_the_resolver_too(
    launcher: Path, base_environment: dict[str, str], listed: Path, tmp_path: Path, more: tuple[str, ...]
) -> None:
    """While an index does not answer: exit 130 at once, and nothing is written."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/simple"
        env = {**base_environment, "UV_DEFAULT_INDEX": address, "UV_CACHE_DIR": str(tmp_path / "cache")}
        env.pop("TTS_DOCTOR_OFFLINE", None)
        argv = [str(launcher), "lock", str(listed), "--python", "3.11", "-o", str(tmp_path / "lock.txt"), *more]
        with subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
            silent.accept()
            running.send_signal(signal.SIGINT)
            began = time.monotonic()
            _, errors = running.communicate(timeout=30)

    assert (running.returncode, "interrupted" in errors, (tmp_path / "lock.txt").exists()) == (130, True, False)
    assert time.monotonic() - began < 10

"""The committed locks answer the lists beside them. A newer release in the index makes none of them stale."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from tests.pythons import python_or_skip

from tts_doctor.effects.lock_bounds import bounds_in, violated
from tts_doctor.effects.read_list import read_list
from tts_doctor.parse.lock_text import digest_of, read_pins
from tts_doctor.parse.project_file import read_project

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "constraints"
LOCKS = sorted(FOLDER.glob("*-3.*.txt"))
ADVICE = "stale: run `make locks`"


def command_of(lock: Path) -> list[str]:
    match = re.match(r"# Computed by `(.+)` for Python", lock.read_text("utf-8"))
    assert match, f"{lock.name} does not say how it was computed"
    return shlex.split(match[1])


@pytest.mark.parametrize("lock", LOCKS, ids=[lock.name for lock in LOCKS])
def test_it_answers_its_list(lock: Path) -> None:
    """The list is still the one that was locked."""
    listed = read_list([command_of(lock)[2]], str(ROOT))

    assert f"# asked for: {digest_of(listed)}\n" in lock.read_text("utf-8"), ADVICE


@pytest.mark.parametrize("lock", LOCKS, ids=[lock.name for lock in LOCKS])
def test_it_keeps_every_known_bound(lock: Path) -> None:
    """A bound that was learnt later makes a lock stale."""
    text = lock.read_text("utf-8")
    pins = read_pins(text)
    ruled_out = [b.id for b in bounds_in(pins) if violated(b, pins) and "known not to work" not in text]

    assert ruled_out == [], ADVICE


@pytest.mark.parametrize("lock", LOCKS, ids=[lock.name for lock in LOCKS])
def test_it_names_no_place_of_the_machine_that_made_it(lock: Path) -> None:
    """It is the same wherever it is computed."""
    assert re.findall(r"-[cr] /|/tmp/|file://", lock.read_text("utf-8")) == []


def test_the_servers_list_is_what_the_server_declares() -> None:
    """Two files, one truth, and a reason on every line."""
    listed = read_list(["constraints/server.txt"], str(ROOT)).lines
    declared, _ = read_project((ROOT / "reference_server/pyproject.toml").read_text("utf-8"), "pyproject.toml")
    rows = [row for row in (FOLDER / "server.txt").read_text("utf-8").splitlines() if not row.startswith("#")]

    assert sorted(line.text for line in listed) == sorted(line.text for line in declared)
    assert [row for row in rows if " # " not in row] == []


@pytest.mark.parametrize("minor", ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13"])
def test_the_servers_locks_hold_what_it_asks_for(minor: str) -> None:
    """Each requirement is pinned within its range."""
    pins = dict(read_pins((FOLDER / f"server-{minor}.txt").read_text("utf-8")))
    asked = [Requirement(line.text) for line in read_list(["constraints/server.txt"], str(ROOT)).lines]

    assert [str(r) for r in asked if not r.specifier.contains(pins.get(r.name, "0"))] == []


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.parametrize("minor", ["3.8", "3.13"])
def test_the_server_speaks_from_its_lock(minor: str, tmp_path: Path) -> None:
    """Installed with hashes in a fresh environment, nothing else beside it."""
    python = python_or_skip(minor)
    venv, wave = tmp_path / "venv", tmp_path / "out.wav"
    uv = [str(Path(sys.executable).with_name("uv"))]
    install = [*uv, "pip", "install", "-q", "--python", str(venv / "bin/python")]
    lock = str(FOLDER / f"server-{minor}.txt")
    subprocess.run([*uv, "venv", "-q", "--no-project", "--python", python, str(venv)], check=True)
    subprocess.run([*install, "--require-hashes", "-r", lock], check=True)
    subprocess.run([*install, "--no-deps", str(ROOT / "reference_server")], check=True)
    server = str(venv / "bin/tts-server")

    subprocess.run([server, "check"], check=True)
    subprocess.run([server, "say", "你好", "-o", str(wave)], check=True)

    assert wave.read_bytes()[:4] == b"RIFF"

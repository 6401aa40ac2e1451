"""The wheel and the sdist as users get them: built, checked, installed where nothing else is, started in each way."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

import tts_doctor

ROOT = Path(__file__).parents[2]
TOOLS = Path(sys.executable).parent
PLAYBOOKS = len(list((ROOT / "playbooks").rglob("*.yaml")))

pytestmark = [pytest.mark.slow, pytest.mark.network]


def run(*command: str | Path, **more: str | Path) -> str:
    """Standard output; fails with all that was said where the exit status is not 0."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("VIRTUAL_ENV", "PYTHON"))}
    environ |= {name: str(value) for name, value in more.items()}
    done = subprocess.run([str(word) for word in command], env=environ, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    run(TOOLS / "uv", "build", "--quiet", "--out-dir", folder, ROOT)
    return folder


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    return next(dist.glob("*.whl"))


@pytest.fixture(scope="module")
def clean(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel and what it requires, and nothing else."""
    venv = tmp_path_factory.mktemp("clean") / "venv"
    run(TOOLS / "uv", "venv", "--quiet", "--python", sys.executable, venv)
    run(TOOLS / "uv", "pip", "install", "--quiet", "--python", venv, wheel)
    return venv


def contents(wheel: Path) -> Mapping[str, str]:
    """Path -> digest, of everything but the list of these."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if not name.endswith("RECORD")]
        return {name: hashlib.sha256(archive.read(name)).hexdigest() for name in names}


def test_the_checkout_and_the_sdist_make_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    run(TOOLS / "uv", "build", "--quiet", "--wheel", "--out-dir", tmp_path, ROOT)
    assert contents(next(tmp_path.glob("*.whl"))) == contents(wheel)


def test_the_index_would_take_them(dist: Path, wheel: Path) -> None:
    run(TOOLS / "twine", "check", "--strict", *dist.glob("tts_doctor-*"))
    run(TOOLS / "check-wheel-contents", wheel)


def test_it_has_all_that_it_reads(clean: Path) -> None:
    doctor = clean / "bin" / "tts-doctor"
    assert tts_doctor.__version__ in run(doctor, "--version")
    assert PLAYBOOKS == len(json.loads(run(doctor, "playbook", "list", "--format", "json"))["playbooks"])
    run(doctor, "playbook", "check")
    inside = next((clean / "lib").glob("python3*/site-packages/tts_doctor"))
    published = {file.name for file in (ROOT / "docs" / "schema").glob("*.json")}
    assert published == {file.name for file in (inside / "schema").iterdir()}
    assert (inside / "constraints" / "bounds.yaml").is_file()
    assert (clean / "share" / "man" / "man1" / "tts-doctor.1").is_file()


def test_it_examines_another_environment(clean: Path, tmp_path: Path) -> None:
    """Its own is never the patient."""
    run(sys.executable, "-m", "venv", "--without-pip", tmp_path / "patient")
    python = tmp_path / "patient" / "bin" / "python"
    said = run(
        clean / "bin" / "tts-doctor", "diagnose", "--format", "json",
        VIRTUAL_ENV=tmp_path / "patient", TTS_DOCTOR_STATE=tmp_path / "state", TTS_DOCTOR_CACHE=tmp_path / "cache",
    )  # fmt: skip
    assert str(python) in said


def test_uvx_starts_it(wheel: Path) -> None:
    assert tts_doctor.__version__ in run(TOOLS / "uv", "tool", "run", "--from", wheel, "tts-doctor", "--version")


def test_pipx_installs_it_with_its_manual(wheel: Path, tmp_path: Path) -> None:
    places = {"PIPX_HOME": tmp_path / "home", "PIPX_BIN_DIR": tmp_path / "bin", "PIPX_MAN_DIR": tmp_path / "man"}
    run(TOOLS / "uv", "tool", "run", "pipx", "install", "--python", sys.executable, wheel, **places)
    assert tts_doctor.__version__ in run(tmp_path / "bin" / "tts-doctor", "--version")
    assert (tmp_path / "man" / "man1" / "tts-doctor.1").exists()

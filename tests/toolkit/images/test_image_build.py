"""The generated image of the reference server, built and run for real, where an engine answers (DOCKER_HOST)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.toolkit.images.engine import PYTHON, docker, engine_or_skip

ROOT = Path(__file__).parents[3]
LOCK = f"constraints/server-{PYTHON}.txt"
STRUCTURE = """\
schemaVersion: 2.0.0
commandTests:
  - name: a fixed user
    command: id
    args: [-u]
    expectedOutput: ["10001"]
fileExistenceTests:
  - {name: list of contents, path: /usr/share/sbom/image.cdx.json, shouldExist: true}
"""
pytestmark = [pytest.mark.slow, pytest.mark.network]


def doctor(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "TTS_DOCTOR_STATE": str(cwd / "state"), "TTS_DOCTOR_OFFLINE": "1"}
    argv = [sys.executable, "-m", "tts_doctor", *words]
    return subprocess.run(argv, cwd=cwd, env=environ, capture_output=True, text=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("context")


@pytest.fixture(scope="module")
def image(folder: Path) -> Iterator[str]:
    """Built by the command itself from the files of this checkout, with its list of contents; removed afterwards."""
    engine_or_skip()
    for name in ("reference_server", "constraints", "dockerfiles"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    name = "tts-doctor-test:server"
    file = f"dockerfiles/server-{PYTHON}.Dockerfile"
    built = doctor("image", "build", "--tag", name, "--file", file, "--sbom", "s.json", "--lock", LOCK, cwd=folder)
    assert built.returncode == 0, built.stderr
    yield name
    docker("rmi", "-f", name)


def test_it_is_well(image: str, folder: Path) -> None:
    """Everything of `image check`: no root, healthy, speech as its clients hear it, an end with 0; structure tests."""
    (folder / "structure.yaml").write_text(STRUCTURE)
    more = ("--structure", "structure.yaml", "--timeout", "400", "--format", "json")
    done = doctor("image", "check", image, *more, cwd=folder)
    checks = {row["id"]: row["state"] for row in json.loads(done.stdout)["checks"]}
    assert done.returncode == 0, done.stdout
    wanted = ("image.user", "container.health", "container.user", "container.stop", "speech.openai")
    assert [checks[name] for name in wanted] == ["passed"] * 5
    assert sum(name.startswith("structure.") for name in checks) == 2


def test_what_is_in_it_is_told(image: str, folder: Path) -> None:
    """The list beside it is the list in it; every distribution of the lock has its hashes."""
    text = (folder / "s.json").read_text()
    assert docker("run", "--rm", image, "cat", "/usr/share/sbom/image.cdx.json") == text.strip()
    rows = {row["name"].lower(): row for row in json.loads(text)["components"]}
    assert rows["flask"]["externalReferences"][0]["hashes"] and "libc6" in rows


def test_it_brings_its_voice(image: str) -> None:
    """With no network and a root that nobody writes to, the neural voice speaks: `check` says which one does."""
    alone = ("--network", "none", "--read-only", "--cap-drop", "ALL", "--tmpfs", "/tmp")
    assert docker("run", "--rm", *alone, image, "tts-server", "check").startswith("fastspeech2: ")


def test_it_is_diagnosed_from_outside(image: str, folder: Path) -> None:
    """Nothing breaks an import in the image that its own server runs in."""
    done = doctor("image", "diagnose", image, "--format", "json", cwd=folder)
    assert done.stdout, done.stderr
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (0, "absent"), done.stdout

"""A generated image, built and run for real, where an engine answers (DOCKER_HOST) and has the base image."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PYTHON = os.environ.get("TTS_DOCTOR_IMAGE_PYTHON", "3.12")
ASK = (
    "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8000); "
    "c.request('GET', '/health'); print(c.getresponse().status)"
)
pytestmark = [pytest.mark.slow, pytest.mark.network]


def docker(*words: str) -> str:
    done = subprocess.run(["docker", *words], capture_output=True, text=True, timeout=120)
    return done.stdout.strip() if done.returncode == 0 else ""


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Built by the command itself from the files of this checkout; removed afterwards."""
    base = f"python:{PYTHON}-slim-bookworm"
    if shutil.which("docker") is None or not docker("image", "inspect", "-f", "x", base):
        pytest.skip(f"no engine with {base}: scripts/start_docker.sh, scripts/make_base_images.sh")
    context = tmp_path_factory.mktemp("context")
    shutil.copytree(ROOT / "reference_server", context / "reference_server")
    for folder in ("constraints", "dockerfiles"):
        shutil.copytree(ROOT / folder, context / folder)
    name = "tts-doctor-test:server"
    doctor = [str(ROOT / ".venv" / "bin" / "tts-doctor"), "image", "build", "--tag", name]
    ran = subprocess.run(
        [*doctor, "--file", f"dockerfiles/server-{PYTHON}.Dockerfile", str(context)], capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    yield name
    docker("rmi", "-f", name)


@pytest.fixture(scope="module")
def container(image: str) -> Iterator[str]:
    """Read-only, without rights, without a network."""
    limits = ("--read-only", "--cap-drop", "ALL", "--network", "none", "--security-opt", "no-new-privileges")
    name = docker("run", "-d", *limits, image)
    yield name
    docker("rm", "-f", "-v", name)


def test_it_answers(container: str) -> None:
    """`/health` within a minute, although neither the root can be written nor anybody be reached."""
    until = time.monotonic() + 60
    while time.monotonic() < until and docker("exec", container, "python", "-c", ASK) != "200":
        time.sleep(1)
    assert docker("exec", container, "python", "-c", ASK) == "200"


def test_it_is_not_root(container: str) -> None:
    assert docker("exec", container, "id", "-u") == "10001"


def test_it_stops_when_asked(container: str) -> None:
    """SIGTERM ends it in five seconds, with status 0."""
    began = time.monotonic()
    docker("stop", "-t", "20", container)
    assert time.monotonic() - began < 5
    assert docker("inspect", "-f", "{{.State.ExitCode}}", container) == "0"

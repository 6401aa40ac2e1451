"""A shim in a real image: the old package runs, everybody else sees what is there, uninstalling takes it back."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.toolkit.images.engine import PYTHON, docker, engine_or_skip

LOCK = """\
packaging==24.1 \\
    --hash=sha256:026ed72c8ed3fcce5bf8950572258698927fd1dbda10a5e981cdf0ac37f4f002 \\
    --hash=sha256:5b8f2217dbdbd2f7f384c41c628544e6d52f2d0f53c6d0c3ea61aa5d1d7ff124
"""
CLOSED = "from collections import Mapping\nprint('closed code', issubclass(dict, Mapping))\n"
MAIN = "import closed, collections, importlib.metadata as m\nprint('others', hasattr(collections, 'Mapping'))\n"
NAME = "tts-doctor-test:shim"
pytestmark = [pytest.mark.slow, pytest.mark.network]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Closed code in the build context, a lock, and the wish."""
    engine_or_skip()
    folder = tmp_path_factory.mktemp("context")
    (folder / "closed.py").write_text(CLOSED)
    (folder / "main.py").write_text(MAIN)
    (folder / "requirements.lock").write_text(LOCK)
    words = ["--lock", "requirements.lock", "--python", PYTHON, "--offline", "--profile", "batch", "-o", "Dockerfile"]
    argv = [sys.executable, "-m", "tts_doctor", "dockerfile", *words, "--shim", "closed=collections"]
    made = subprocess.run([*argv, "--", "python", "main.py"], cwd=folder, env=environ(folder), capture_output=True)
    assert made.returncode == 0, made.stderr
    assert docker("build", "-q", "-t", NAME, str(folder), seconds=900)
    yield NAME
    docker("rmi", "-f", NAME)


def environ(folder: Path) -> dict[str, str]:
    return {**os.environ, "TTS_DOCTOR_STATE": str(folder.parent / "state")}


def test_it_serves_its_consumer_and_nobody_else(image: str) -> None:
    """Read-only, without any capability."""
    ran = docker("run", "--rm", "--read-only", "--cap-drop", "ALL", "--network", "none", image)
    assert ran == "closed code True\nothers False"


def test_it_is_a_distribution_like_any_other(image: str) -> None:
    """Listed with its reason."""
    code = "import importlib.metadata as m; print(m.metadata('tts-doctor-shim-closed')['Summary'])"
    ran = docker("run", "--rm", "--network", "none", image, "python", "-c", code)
    assert ran.startswith("Gives collections back to closed; written by tts-doctor")

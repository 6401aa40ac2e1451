"""The container engine for tests: asked by its own command; where it or a base image is missing a test is skipped."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

PYTHON = os.environ.get("TTS_DOCTOR_IMAGE_PYTHON", "3.12")
BASE = f"python:{PYTHON}-slim-bookworm"


def docker(*words: str, seconds: float = 300) -> str:
    """Standard output, empty where it fails."""
    done = subprocess.run(["docker", *words], capture_output=True, text=True, timeout=seconds)
    return done.stdout.strip() if done.returncode == 0 else ""


def engine_or_skip() -> str:
    """The base image's name."""
    if shutil.which("docker") is None or not docker("image", "inspect", "-f", "x", BASE):
        pytest.skip(f"no engine with {BASE}: scripts/start_docker.sh, scripts/make_base_images.sh")
    return BASE

"""`smoke --image`: a real container of a small speech service, well or ill, where an engine answers (DOCKER_HOST)."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.toolkit.cli.conftest import base_environment, doctor, launcher

if TYPE_CHECKING:
    from tests.toolkit.cli.conftest import Doctor

__all__ = ["base_environment", "doctor", "launcher"]
pytestmark = pytest.mark.slow
BASE = f"python:{os.environ.get('TTS_DOCTOR_IMAGE_PYTHON', '3.12')}-slim-bookworm"
SERVE = """
import os
from http.server import ThreadingHTTPServer
from speech_service import Speech
Speech.defect = os.environ["DEFECT"]
if Speech.defect == "dead":
    raise SystemExit("ImportError: libsndfile.so.1: cannot open shared object file: No such file or directory")
ThreadingHTTPServer(("0.0.0.0", 8000), Speech).serve_forever()
"""
DOCKERFILE = f"""
FROM {BASE}
ARG DEFECT
ENV DEFECT=$DEFECT
WORKDIR /app
COPY *.py ./
USER 10001:10001
EXPOSE 8000
CMD ["python", "serve.py"]
"""


@pytest.fixture(scope="module")
def build() -> Iterator[object]:
    """Builds the service with a defect; the image's name. Removed afterwards."""
    has_base = ["docker", "image", "inspect", BASE]
    if shutil.which("docker") is None or subprocess.run(has_base, capture_output=True).returncode:
        pytest.skip(f"no engine with {BASE}: scripts/start_docker.sh, scripts/make_base_images.sh")
    files = {
        "Dockerfile": DOCKERFILE, "serve.py": SERVE,
        "speech_service.py": Path(__file__).with_name("speech_service.py").read_text("utf-8"),
    }  # fmt: skip
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(text.encode()), 0o644
            tar.addfile(entry, io.BytesIO(text.encode()))
    names: list[str] = []

    def make(defect: str) -> str:
        names.append(f"tts-doctor-test-smoke:{defect or 'well'}")
        words = ["docker", "build", "-q", "-t", names[-1], "--build-arg", f"DEFECT={defect}", "-"]
        subprocess.run(words, input=packed.getvalue(), capture_output=True, check=True, timeout=120)
        return names[-1]

    yield make
    subprocess.run(["docker", "rmi", "-f", *names], capture_output=True)


@pytest.mark.parametrize(
    ("defect", "status", "words"), [("", 0, "well"), ("silent", 1, "silence"), ("dead", 1, "libsndfile")]
)
def test_an_image_is_asked_as_its_clients_do(build, doctor: Doctor, defect: str, status: int, words: str) -> None:  # type: ignore[no-untyped-def]
    """One that ends at once is diagnosed by what it wrote; nothing of it is left running."""
    env = {"DOCKER_HOST": os.environ.get("DOCKER_HOST")}
    ran = doctor("smoke", "--image", build(defect), "--timeout", "60", env=env)

    assert status == ran.returncode, ran.stdout + ran.stderr
    assert words in ran.stdout
    left = ["docker", "ps", "-aq", "--filter", "label=tts-doctor.check"]
    ancestors = ["--filter", f"ancestor=tts-doctor-test-smoke:{defect or 'well'}"]
    assert "" == subprocess.run([*left, *ancestors], capture_output=True, text=True).stdout

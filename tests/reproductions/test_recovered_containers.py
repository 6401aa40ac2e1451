"""Containers that really fail, recovered by one command and given back, where an engine answers (DOCKER_HOST).

Their image is empty: this machine's own files are mounted, read-only.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.reproductions.test_recoveries import Site, free_port

pytest.importorskip("gunicorn")
pytest.importorskip("docker")
pytestmark = pytest.mark.slow

IMAGE = "tts-doctor-test-empty"
LINKS = {"bin": "usr/bin", "lib": "usr/lib", "lib64": "usr/lib64"}
MODEL = "model = bytearray(b'x') * (60 << 20)\n"
SHARED = """
from multiprocessing.shared_memory import SharedMemory
def app(environ, start_response):
    if environ["PATH_INFO"] == "/speak":
        block = SharedMemory(create=True, size=8 << 20)
        block.buf[:] = bytes(8 << 20)
        block.close()
        block.unlink()
    start_response("200 OK", [])
    return [b"ok"]
"""


def docker(*words: str, data: bytes | None = None) -> str:
    done = subprocess.run(["docker", *words], input=data, capture_output=True, timeout=120)
    return done.stdout.decode().strip()


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    if shutil.which("docker") is None or not docker("info", "-f", "{{.ServerVersion}}"):
        pytest.skip("no container engine answers: scripts/start_docker.sh")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, target in LINKS.items():
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, target
            tar.addfile(link)
        folder = tarfile.TarInfo("tmp")
        folder.type, folder.mode = tarfile.DIRTYPE, 0o1777
        tar.addfile(folder)
    docker("import", "-", IMAGE, data=packed.getvalue())
    yield IMAGE
    docker("rmi", IMAGE)


Run = Callable[..., str]


@pytest.fixture
def start(image: str, tmp_path: Path) -> Iterator[Run]:
    """Starts gunicorn in a container with `options`; the container's name. All that came of it is removed."""
    names: list[str] = []
    outside = {"/usr", "/etc", sys.prefix, sys.base_prefix, str(Path(__file__).parents[2])}
    mounts = [word for path in sorted(outside) for word in ("-v", f"{path}:{path}:ro")]

    def run(*options: str, gunicorn: tuple[str, ...] = ("-b", "0.0.0.0:8000")) -> str:
        names.append(f"tts-doctor-test-{os.getpid()}-{len(names)}")
        server = (sys.executable, "-m", "gunicorn", "--worker-tmp-dir", "/tmp", *gunicorn, "service:app")
        place = ("-v", f"{tmp_path}:/srv:ro", "-w", "/srv")
        docker("run", "-d", "--name", names[-1], *mounts, *place, *options, image, *server)
        return names[-1]

    yield run
    for name in names:
        left = docker("ps", "-aq", "--filter", f"name={name}").split()
        docker("rm", "-f", "-v", *left)


def inspect(name: str) -> dict[str, Any]:
    found = json.loads(docker("inspect", name))
    return found[0] if found else {"Id": ""}


def recover(folder: Path, playbook: str, name: str, *words: str) -> dict[str, Any]:
    """By the command; then it is given back, the very same container."""
    site = Site(folder)
    before = inspect(name)
    env = {"DOCKER_HOST": os.environ.get("DOCKER_HOST", "")} if os.environ.get("DOCKER_HOST") else {}
    found = site.run(playbook, "--target", f"container:{name}", *words, env=env)
    assert "recovered" == found["outcome"], found
    after = inspect(name)
    assert before["Id"] != after["Id"]
    assert before["HostConfig"]["Binds"] == after["HostConfig"]["Binds"]
    assert before["Config"]["Labels"] == after["Config"]["Labels"]
    found["after"] = after
    ran = site.doctor("rollback", found["id"], env=env)
    assert 0 == ran.returncode, ran.stderr
    assert before["Id"] == inspect(name)["Id"]
    assert (before["Config"], before["HostConfig"]) == (inspect(name)["Config"], inspect(name)["HostConfig"])
    return found


def service(folder: Path, text: str) -> None:
    (folder / "service.py").write_text(text)


PLAIN = 'def app(environ, start_response):\n    start_response("200 OK", [])\n    return [b"ok"]\n'


def test_shared_memory_too_small(start: Run, tmp_path: Path) -> None:
    """A worker ends in a bus error; no more is given than is needed."""
    service(tmp_path, SHARED)
    name = start("--shm-size", "1m", "-p", f"127.0.0.1:{free_port()}:8000", "--label", "team=speech")
    found = recover(tmp_path, "shared-memory", name, "--ask", "/speak")

    assert 16 << 20 == found["after"]["HostConfig"]["ShmSize"]


def test_workers_that_pass_the_memory_limit(start: Run, tmp_path: Path) -> None:
    service(tmp_path, MODEL + PLAIN)
    limits = ("-m", "160m", "--memory-swap", "160m", "-p", f"127.0.0.1:{free_port()}:8000")
    name = start(*limits, gunicorn=("-b", "0.0.0.0:8000", "-w", "4"))
    found = recover(tmp_path, "gunicorn-worker-killed", name)

    assert {"name": "workers", "before": "4", "after": "2"} in found["changes"]


def test_one_worker_that_is_too_large(start: Run, tmp_path: Path) -> None:
    """Where there is no worker less, there is more memory."""
    service(tmp_path, MODEL + PLAIN)
    name = start("-m", "64m", "--memory-swap", "64m", "-p", f"127.0.0.1:{free_port()}:8000")
    found = recover(tmp_path, "gunicorn-worker-killed", name)

    assert 128 << 20 == found["after"]["HostConfig"]["Memory"]


def test_a_published_port_in_use(start: Run, tmp_path: Path) -> None:
    service(tmp_path, PLAIN)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        found = recover(tmp_path, "address-in-use", start("-p", f"127.0.0.1:{port}:8000"))

    assert any(f"port {port} is held by" in line for line in found["evidence"])


def test_a_health_check_that_is_never_reached(start: Run, tmp_path: Path) -> None:
    """The server listens to its own container alone."""
    service(tmp_path, PLAIN)
    name = start("-p", f"127.0.0.1:{free_port()}:8000", gunicorn=("-b", "127.0.0.1:8000"))
    found = recover(tmp_path, "health-check-failing", name, "--up", "8")

    assert {"name": "host", "before": "127.0.0.1", "after": "0.0.0.0"} in found["changes"]


def test_a_health_check_that_gives_too_little_time(start: Run, tmp_path: Path) -> None:
    """The model loads longer than the check waits, so the engine calls the container unhealthy."""
    service(tmp_path, "import time\ntime.sleep(12)\n" + PLAIN)
    ask = "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/', timeout=1)"
    check = ("--health-cmd", f'{sys.executable} -c "{ask}"', "--health-interval", "1s", "--health-retries", "2")
    port = ("-p", f"127.0.0.1:{free_port()}:8000")
    name = start(*check, "--health-timeout", "2s", "--health-start-period", "1s", *port)
    found = recover(tmp_path, "health-check-failing", name, "--up", "30")

    assert "patience" in [change["name"] for change in found["changes"]]


def test_a_killed_doctor_leaves_a_way_back(start: Run, tmp_path: Path) -> None:
    """Killed while another container is in the place of the old one."""
    service(tmp_path, SHARED)
    name = start("--shm-size", "1m", "-p", f"127.0.0.1:{free_port()}:8000")
    before = inspect(name)["Id"]
    env = {**os.environ, "TTS_DOCTOR_STATE": str(tmp_path / "state")}
    words = ("playbook", "run", "shared-memory", "--yes", "--target", f"container:{name}", "--ask", "/speak")
    with subprocess.Popen([sys.executable, "-m", "tts_doctor", *words], env=env, stderr=subprocess.DEVNULL) as doctor:
        until = time.monotonic() + 60
        while inspect(name)["Id"] in ("", before) and time.monotonic() < until:
            time.sleep(0.2)
        doctor.kill()
    assert before != inspect(name)["Id"]
    again = {"DOCKER_HOST": os.environ["DOCKER_HOST"]} if os.environ.get("DOCKER_HOST") else {}
    ran = Site(tmp_path).doctor("run", "shared-memory", "--target", f"container:{name}", "--check", env=again)

    assert "interrupted" in ran.stderr
    assert before == inspect(name)["Id"]


def test_a_container_that_publishes_nothing(start: Run, tmp_path: Path) -> None:
    """As behind a proxy: it is asked at its own address."""
    service(tmp_path, MODEL + PLAIN)
    found = recover(tmp_path, "gunicorn-worker-killed", start("-m", "64m", "--memory-swap", "64m"))

    assert 128 << 20 == found["after"]["HostConfig"]["Memory"]
    assert not found["verification"]["url"].startswith("http://127.0.0.1")


def test_a_full_folder_in_memory(start: Run, tmp_path: Path) -> None:
    """A read-only container whose only place to write is too small; its other options stay."""
    writing = "import tempfile\nkept = tempfile.TemporaryFile()\nkept.write(bytes(8 << 20))\nkept.flush()\n"
    service(tmp_path, writing + PLAIN)
    options = ("--read-only", "--tmpfs", "/tmp:rw,noexec,size=1m", "-p", f"127.0.0.1:{free_port()}:8000")
    found = recover(tmp_path, "disk-full", start(*options))

    assert {"/tmp": f"rw,noexec,size={16 << 20}"} == found["after"]["HostConfig"]["Tmpfs"]

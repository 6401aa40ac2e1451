"""deploy/compose, started for real: speech, a batch job through the worker, and Prometheus that sees both.

The images of Redis and Prometheus are stand-ins from Debian's packages where no registry answers; Grafana is not among
those, and is left out.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
import wave
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.toolkit.images.engine import docker

pytestmark = [pytest.mark.slow, pytest.mark.network]
ROOT = Path(__file__).parents[2]
FILE = ROOT / "deploy" / "compose" / "compose.yaml"
IMAGE = ROOT / "deploy" / "image" / "Dockerfile"
ADDRESS = "http://127.0.0.1:8000"
WAIT = 300


class Stack:
    """The project under a name of its own, so that nobody's volumes are touched."""

    def __init__(self, client: list[str]) -> None:
        self.client = [*client, "--project-name", f"tts-test-{os.getpid()}", "--file", str(FILE)]

    def run(self, *words: str) -> str:
        environ = {**os.environ, "GRAFANA_PASSWORD": "not started here"}
        done = subprocess.run([*self.client, *words], capture_output=True, text=True, timeout=2 * WAIT, env=environ)
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout


def client_or_skip() -> list[str]:
    """Compose as a program or as a plug-in of the docker command."""
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    if docker("compose", "version"):
        return ["docker", "compose"]
    pytest.skip("no docker compose")


def build(tag: str, file: Path, context: Path) -> None:
    docker("build", "--network", "host", "-t", tag, "-f", str(file), str(context), seconds=1200)
    assert docker("image", "inspect", "-f", "x", tag), f"{file.name} does not build"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    for base in ("python:3.12-slim-bookworm", "debian:bookworm-slim"):
        if shutil.which("docker") is None or not docker("image", "inspect", "-f", "x", base):
            pytest.skip(f"no engine with {base}: scripts/start_docker.sh, scripts/make_base_images.sh")
    found = Stack(client_or_skip())
    services = yaml.safe_load(FILE.read_text("utf-8"))["services"]
    made = [services["server"]["image"]]
    build(made[0], IMAGE, ROOT)
    for name in ("redis", "prometheus"):
        tag = services[name]["image"]
        if not docker("image", "inspect", "-f", "x", tag):
            build(tag, Path(__file__).parent / "standins" / f"{name}.Dockerfile", Path(__file__).parent)
            made.append(tag)
    try:
        found.run("up", "--no-build", "--detach", "--wait", "server", "worker", "prometheus")
        yield found
    finally:
        found.run("down", "--volumes", "--timeout", "30")
        docker("rmi", "-f", *made)


def ask(path: str, body: Any = None) -> bytes:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(ADDRESS + path, data, {"Content-Type": "application/json"} if data else {})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        pytest.fail(f"{path}: {error.code} {error.read()[:500]!r}")


def test_it_speaks_with_the_voice_that_the_image_has(stack: Stack) -> None:
    """No container fetched anything: there is no service that could."""
    assert "fastspeech2" == json.loads(ask("/health"))["engine"]
    with wave.open(io.BytesIO(ask("/api/tts", {"text": "今天气温25°C"}))) as sound:
        assert sound.getframerate() == 24000 and sound.getnframes() > 24000


def test_a_batch_goes_through_the_worker(stack: Stack) -> None:
    job = json.loads(ask("/v1/jobs", {"items": ["你好", {"text": "我太高兴了", "emotion": "happy"}], "format": "wav"}))
    until = time.monotonic() + WAIT
    while job["status"] not in ("done", "failed", "cancelled") and time.monotonic() < until:
        time.sleep(0.5)
        job = json.loads(ask(f"/v1/jobs/{job['id']}"))
    assert ("done", 2, 0) == (job["status"], job["done"], job["failed"])
    with zipfile.ZipFile(io.BytesIO(ask(f"/v1/jobs/{job['id']}/result"))) as sounds:
        assert {"0000.wav", "0001.wav", "job.json"} == set(sounds.namelist())


def test_prometheus_sees_server_and_worker(stack: Stack) -> None:
    """Asked from a container beside it: compose publishes no port of it."""
    code = "import urllib.request as u; print(u.urlopen('http://prometheus:9090/api/v1/%s', timeout=5).read().decode())"
    until = time.monotonic() + WAIT
    states: dict[str, str] = {}
    while set(states.values()) != {"up"} and time.monotonic() < until:
        time.sleep(1)
        told = json.loads(stack.run("exec", "-T", "server", "python", "-c", code % "targets?state=active"))
        states = {target["labels"]["job"]: target["health"] for target in told["data"]["activeTargets"]}
    assert {"tts-server": "up", "tts-worker": "up"} == states
    rules = json.loads(stack.run("exec", "-T", "server", "python", "-c", code % "rules"))["data"]["groups"]
    assert rules and all(rule["health"] in ("ok", "unknown") for group in rules for rule in group["rules"])


def test_no_container_has_rights(stack: Stack) -> None:
    """As the engine says it, not as the file does."""
    form = "{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.SecurityOpt}}"
    names = stack.run("ps", "--quiet").split()
    assert len(names) == 4
    for name in names:
        user, _, rest = docker("inspect", "-f", form, name).partition(" ")
        assert user not in ("", "0", "root")
        assert rest == "true [ALL] [no-new-privileges:true]"

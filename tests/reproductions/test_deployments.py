"""Deployments that really fail: a process runs into each trouble, and the doctor names it from what the process said.

Nothing is simulated but the size of what runs out: a small tmpfs stands for a full disk, SIGKILL for the kernel's.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("gunicorn")
pytestmark = pytest.mark.slow

APP = """
import os, signal, threading, time
def app(environ, start_response):
    time.sleep({wait})
    start_response("200 OK", [])
    return [b"ok"]
"""
CLIENT = """
import contextlib, os, socket, subprocess, sys, time, urllib.error, urllib.request
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
server = subprocess.Popen([sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", "service:app"])
answer = None
for _ in range(200):
    try:
        answer = urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20).status
        break
    except urllib.error.HTTPError as error:
        answer = error.code
        break
    except OSError as error:
        if not isinstance(getattr(error, "reason", error), ConnectionRefusedError):
            break
        time.sleep(0.1)
server.terminate()
server.wait()
sys.exit(0 if answer == 200 else 1)
"""
KILLED = APP.format(wait="0 or os.kill(os.getpid(), signal.SIGKILL)")
SHARED = """
from multiprocessing.shared_memory import SharedMemory
block = SharedMemory(create=True, size=1 << 20)
block.buf[:] = bytes(1 << 20)
"""
FULL = """
import tempfile
with tempfile.NamedTemporaryFile() as file:
    file.write(bytes(1 << 20))
"""


def environment(folder: Path) -> dict[str, str]:
    """Few variables: the doctor runs a failing command once more without each that it suspects."""
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8"}


def findings(folder: Path, *command: str) -> list[str]:
    """The ids of the findings, first first, of a command that fails."""
    doctor = [sys.executable, "-m", "tts_doctor", "diagnose", "--offline", "--format", "json"]
    ran = subprocess.run(
        [*doctor, "--python", sys.executable, "--timeout", "60", "--", *command],
        cwd=folder, env=environment(folder), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert 1 == ran.returncode, ran.stdout[-3000:] + ran.stderr[-3000:]
    return [finding["id"] for finding in json.loads(ran.stdout)["findings"]]


def on_small(folder: Path, place: str, code: str, variable: str = "") -> tuple[str, ...]:
    """A command that runs `code` with 64 kB at `place`; skips where the kernel gives no namespace."""
    (folder / "small.py").write_text(code)
    mount = f"mount -t tmpfs -o size=64k tmpfs {place}"
    if subprocess.run(["unshare", "-rm", "sh", "-c", mount], capture_output=True).returncode:
        pytest.skip("no private mount namespace here")
    return ("unshare", "-rm", "sh", "-c", f"{mount} && {variable} exec {sys.executable} small.py")


def test_a_port_in_use(tmp_path: Path) -> None:
    (tmp_path / "service.py").write_text(APP.format(wait=0))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = f"127.0.0.1:{other.getsockname()[1]}"
        assert "address-in-use" == findings(tmp_path, sys.executable, "-m", "gunicorn", "-b", address, "service:app")[0]


def test_a_worker_that_takes_too_long(tmp_path: Path) -> None:
    (tmp_path / "service.py").write_text(APP.format(wait=4))
    (tmp_path / "gunicorn.conf.py").write_text("timeout = 1\n")
    (tmp_path / "client.py").write_text(CLIENT)

    assert "gunicorn-worker-timeout" == findings(tmp_path, sys.executable, "client.py")[0]


@pytest.mark.network
def test_a_worker_that_takes_too_long_is_treated(tmp_path: Path) -> None:
    """The timeout of a configuration file is overruled by a variable; the request that failed then succeeds."""
    uv = shutil.which("uv") or pytest.skip("no uv here")
    python = str(tmp_path / "venv/bin/python")
    subprocess.run([uv, "venv", "-q", str(tmp_path / "venv"), "--python", sys.executable], check=True)
    subprocess.run([uv, "pip", "install", "-q", "--python", python, "gunicorn"], check=True)
    (tmp_path / "service.py").write_text(APP.format(wait=4))
    (tmp_path / "gunicorn.conf.py").write_text("timeout = 1\n")
    (tmp_path / "client.py").write_text(CLIENT)
    doctor = [sys.executable, "-m", "tts_doctor", "treat", "--yes", "--allow", "environment", "--offline"]
    ran = subprocess.run(
        [*doctor, "--python", python, "--format", "json", "--", python, "client.py"],
        cwd=tmp_path, env=environment(tmp_path), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300,
    )  # fmt: skip

    assert 0 == ran.returncode, ran.stdout + ran.stderr
    assert "GUNICORN_CMD_ARGS" in [action["target"] for action in json.loads(ran.stdout)["actions"]]


def test_a_worker_that_is_killed(tmp_path: Path) -> None:
    (tmp_path / "service.py").write_text(KILLED)
    (tmp_path / "client.py").write_text(CLIENT)

    assert "gunicorn-worker-killed" == findings(tmp_path, sys.executable, "client.py")[0]


def test_a_full_disk(tmp_path: Path) -> None:
    assert "disk-full-cache" == findings(tmp_path, *on_small(tmp_path, "/mnt", FULL, "TMPDIR=/mnt"))[0]


def test_shared_memory_too_small(tmp_path: Path) -> None:
    assert "bus-error" == findings(tmp_path, *on_small(tmp_path, "/dev/shm", SHARED))[0]


@pytest.mark.parametrize(
    "code",
    [
        "open('/srv/models/tts/config.json')",
        "__import__('onnxruntime').InferenceSession('/srv/voice.onnx')",
    ],
)
def test_a_model_that_is_not_there(tmp_path: Path, code: str) -> None:
    if "onnxruntime" in code:
        pytest.importorskip("onnxruntime")
    assert "model-file-missing" == findings(tmp_path, sys.executable, "-c", code)[0]


def test_a_hub_out_of_reach(tmp_path: Path) -> None:
    if subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode:
        pytest.skip("no network namespace here")
    code = "import requests; requests.get('https://huggingface.co/api/models/x', timeout=5)"
    assert "hub-unreachable" == findings(tmp_path, "unshare", "-rn", sys.executable, "-c", code)[0]

"""Deployments that really fail, recovered by one command: looked at, changed, proved, and taken back byte for byte.

Nothing is simulated but the size of what runs out.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("gunicorn")

APP = """
import os, time
time.sleep(float(os.environ.get("BOOT", "0")))
def app(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        time.sleep(float(os.environ.get("WAIT", "0")))
    start_response("200 OK", [])
    return [b"ok"]
"""
GUNICORN = (sys.executable, "-m", "gunicorn")
PLAIN = (sys.executable, "-m", "http.server", "${PORT}")
"""Ends at once where its port is taken; gunicorn tries for five seconds."""
BOUND = (*GUNICORN, "-b", "127.0.0.1:${PORT}", "service:app")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Site:
    """A folder with a service and a settings file, and the doctor's runs on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "service.py").write_text(APP)
        self.settings = folder / "tts.env"

    def doctor(self, *words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        few = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C.UTF-8", **(env or {})}
        few["TTS_DOCTOR_STATE"] = str(self.folder / "state")
        return subprocess.run(
            [sys.executable, "-m", "tts_doctor", "playbook", *words],
            cwd=self.folder, env=few, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240,
        )  # fmt: skip

    def run(self, name: str, *words: str, env: dict[str, str] | None = None, status: int = 0) -> dict[str, Any]:
        ran = self.doctor("run", name, "--format", "json", "--yes", *words, env=env)
        assert status == ran.returncode, ran.stdout + ran.stderr
        return json.loads(ran.stdout)  # type: ignore[no-any-return]

    def roll_back(self) -> None:
        ran = self.doctor("rollback")
        assert 0 == ran.returncode, ran.stdout + ran.stderr


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_a_port_in_use(site: Site) -> None:
    """Its holder is named and left alone; comments of the settings file stay; the way back leads to the same bytes."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        before = f"# the speech service\nPORT={taken}\nKEPT='a b'".encode()
        site.settings.write_bytes(before)
        planned = site.run("address-in-use", "--target", "settings:tts.env", "--check", "--", *PLAIN, status=6)
        assert before == site.settings.read_bytes()
        found = site.run("address-in-use", "--target", "settings:tts.env", "--", *PLAIN)

    assert "planned" == planned["outcome"] and planned["steps"]
    assert "recovered" == found["outcome"] and found["verification"]["healthy"]
    assert any(f"port {taken} is held by" in line and str(os.getpid()) in line for line in found["evidence"])
    assert f"# the speech service\nPORT={found['changes'][0]['after']}\nKEPT='a b'" == site.settings.read_text()
    site.roll_back()
    assert before == site.settings.read_bytes()


@pytest.mark.slow
def test_a_port_in_use_by_a_unit(site: Site) -> None:
    """The unit's own command changes, in a drop-in that goes again with its folder."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        command = " ".join((*GUNICORN, "-b", f"127.0.0.1:{other.getsockname()[1]}", "service:app"))
        unit = site.folder / "tts.service"
        unit.write_text(f"[Unit]\nDescription=Speech\n[Service]\nWorkingDirectory={site.folder}\nExecStart={command}\n")
        before = unit.read_bytes()
        found = site.run("address-in-use", "--target", "unit:tts.service")

    assert "recovered" == found["outcome"]
    drop_in = Path(found["file"]).read_text()
    assert f"127.0.0.1:{found['changes'][0]['after']}" in drop_in and "ExecStart=\nExecStart=" in drop_in
    site.roll_back()
    assert before == unit.read_bytes() and not Path(found["file"]).parent.exists()


@pytest.mark.slow
def test_a_worker_that_takes_too_long(site: Site) -> None:
    """gunicorn's configuration file is overruled by a variable, by no more than the request needs."""
    (site.folder / "gunicorn.conf.py").write_text("timeout = 1\n")
    site.settings.write_text(f"PORT={free_port()}\nWAIT=4\n")
    found = site.run(
        "gunicorn-worker-timeout", "--target", "settings:tts.env", "--ask", "/slow", "--", *BOUND
    )

    assert "recovered" == found["outcome"]
    assert "GUNICORN_CMD_ARGS=--timeout=" in site.settings.read_text()
    site.roll_back()
    assert "GUNICORN" not in site.settings.read_text()


def test_what_is_well_is_left_alone(site: Site) -> None:
    found = site.run("address-in-use", "--target", "settings:tts.env", "--", *PLAIN, env={"PORT": str(free_port())})

    assert "well" == found["outcome"]
    assert not site.settings.exists()


def test_another_failure_is_named(site: Site) -> None:
    """Nothing is tried for a disease that is not there."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        env = {"PORT": str(other.getsockname()[1])}
        found = site.run(
            "gunicorn-worker-timeout", "--target", "settings:tts.env", "--", *PLAIN, env=env, status=3
        )

    assert ("other", ["address-in-use"]) == (found["outcome"], found["others"])


@pytest.mark.slow
def test_a_command_of_the_callers_is_not_changed(site: Site) -> None:
    """The refusal says how to make it changeable."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        command = (*GUNICORN, "-b", f"127.0.0.1:{other.getsockname()[1]}", "service:app")
        found = site.run("address-in-use", "--target", "settings:tts.env", "--", *command, status=4)

    assert "failed" == found["outcome"]
    assert "${NAME}" in found["refused"][0]["why"]

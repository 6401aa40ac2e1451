"""The doctor's smoke test finds nothing wrong with this server, started by a person or by the doctor itself."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytest.importorskip("tts_server", reason="the reference server is not installed")
pytest.importorskip("espeakng_loader")
pytest.importorskip("gunicorn")

pytestmark = pytest.mark.slow


def smoke(*arguments, state):
    """The report of a run that ends well."""
    command = [sys.executable, "-m", "tts_doctor", "smoke", *arguments, "--format", "json"]
    ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=200, cwd=state)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return json.loads(ran.stdout)


def test_everything_is_offered_and_well(server, tmp_path):
    report = smoke(server, "--profile", "full", state=tmp_path)
    assert {check["state"] for check in report["checks"]} == {"passed"}


def test_the_doctor_starts_and_stops_it(tmp_path):
    report = smoke("--python", sys.executable, state=tmp_path)
    assert report["checks"][0]["id"] == "start.server"
    assert {check["state"] for check in report["checks"]} == {"passed"}

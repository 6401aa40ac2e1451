"""Deployments that really fail, recovered by one command: looked at, changed, proved, and taken back byte for byte.

Nothing is simulated but the size of what runs out.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource

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
SCHEMAS = Path(__file__).parents[2] / "docs" / "schema"
BOUND = (*GUNICORN, "-b", "127.0.0.1:${PORT}", "service:app")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def follows(text: str) -> dict[str, Any]:
    """The JSON object, valid by the published schema."""
    value: dict[str, Any] = json.loads(text)
    schema, other = (json.loads((SCHEMAS / f"{name}.schema.json").read_text()) for name in ("recovery", "diagnosis"))
    registry = Registry().with_resource("diagnosis.schema.json", Resource.from_contents(other))
    jsonschema.Draft202012Validator(schema, registry=registry).validate(value)
    return value


class Site:
    """A folder with a service and a settings file, and the doctor's runs on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if not (folder / "service.py").exists():
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
        return follows(ran.stdout)

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
def test_a_port_in_use_by_a_script(site: Site) -> None:
    """What starts the server is changed in its line; mode and all else stay."""
    script = site.folder / "run.sh"
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        script.write_text(f"#!/bin/sh\n# web\nexec {' '.join(GUNICORN)} -b 127.0.0.1:{port} \\\n  service:app\n")
        script.chmod(0o755)
        before = script.read_text()
        found = site.run("address-in-use", "--target", "script:run.sh")

    assert before.replace(f":{port}", f":{found['changes'][0]['after']}") == script.read_text()
    assert 0o755 == script.stat().st_mode & 0o777
    site.roll_back()
    assert before == script.read_text()


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
def test_a_killed_doctor_leaves_a_way_back(site: Site) -> None:
    """Killed in the middle of a trial or of the proof: the next run begins with what was."""
    site.settings.write_text(f"PORT={free_port()}\n")
    before = site.settings.read_bytes()
    kept = {"file": str(site.settings), "before": base64.b64encode(before).decode(), "mode": 0o644, "made": ""}
    for after in (before.decode(), "PORT=1\n"):
        folder = site.folder / "state" / "recoveries"
        folder.mkdir(parents=True, exist_ok=True)
        record = {**kept, "after": "PORT=1\n", "place": str(site.settings), "done": False}
        (folder / "0123abcd.json").write_text(json.dumps(record))
        site.settings.write_text(after)
        found = site.run("address-in-use", "--target", "settings:tts.env", "--", *PLAIN)
        assert "well" == found["outcome"]
        assert before == site.settings.read_bytes()
        assert not list(folder.iterdir())


@pytest.mark.slow
def test_what_was_changed_since_is_not_taken_back(site: Site) -> None:
    """Exit 5, and the file stays as its owner made it."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        site.settings.write_text(f"PORT={other.getsockname()[1]}\n")
        site.run("address-in-use", "--target", "settings:tts.env", "--", *PLAIN)
    site.settings.write_text("PORT=81\n")

    assert 5 == site.doctor("rollback").returncode
    assert "PORT=81\n" == site.settings.read_text()


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


@pytest.mark.slow
def test_a_model_that_was_moved(site: Site) -> None:
    """The variable that leads to it is pointed to where it lies; a namesake that does not serve is passed over."""
    (site.folder / "service.py").write_text(
        "import json, os\nassert json.load(open(os.environ['VOICE_DIR'] + '/zh/voice.json'))['rate']\n" + APP
    )
    for name, text in (("a-backup/zh", "{}"), ("models/baker/zh", '{"rate": 24000}')):
        (site.folder / name).mkdir(parents=True)
        (site.folder / name / "voice.json").write_text(text)
    before = f"PORT={free_port()}\nVOICE_DIR={site.folder}/voices\n"
    site.settings.write_text(before)
    found = site.run("model-file-missing", "--target", "settings:tts.env", "--", *BOUND)

    assert "recovered" == found["outcome"]
    assert before.replace("/voices", "/models/baker") == site.settings.read_text()
    site.roll_back()
    assert before == site.settings.read_text()


@pytest.mark.slow
def test_a_full_disk(site: Site) -> None:
    """What is written to a file system without room goes elsewhere; nothing is deleted."""
    small = site.folder / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)], capture_output=True).returncode:
        pytest.skip("only root may mount a small disk")
    try:
        (site.folder / "service.py").write_text(
            "import tempfile\nkept = tempfile.TemporaryFile()\nkept.write(bytes(1 << 20))\nkept.flush()\n" + APP
        )
        before = f"PORT={free_port()}\nTMPDIR={small}\n"
        site.settings.write_text(before)
        (small / "precious").write_text("kept")
        found = site.run("disk-full", "--target", "settings:tts.env", "--", *BOUND)
        assert "kept" == (small / "precious").read_text()
    finally:
        subprocess.run(["umount", str(small)], check=True)

    assert ["variable TMPDIR"] == [change["name"] for change in found["changes"]]
    assert any(f"{small} (TMPDIR) has" in line for line in found["evidence"])
    site.roll_back()
    assert before == site.settings.read_text()


@pytest.mark.slow
def test_workers_that_pass_a_memory_limit(site: Site) -> None:
    """The kernel kills them one after the other; the service runs with as many as fit."""
    group = Path("/sys/fs/cgroup/memory") / f"tts-doctor-{os.getpid()}"
    try:
        group.mkdir()
        (group / "memory.limit_in_bytes").write_text(str(170 << 20))
    except OSError:
        pytest.skip("no memory limit can be set here")
    try:
        (site.folder / "service.py").write_text("model = bytearray(b'x') * (60 << 20)\n" + APP)
        (site.folder / "gunicorn.conf.py").write_text("workers = 4\n")
        site.settings.write_text(f"PORT={free_port()}\n")
        start = f"echo $$ > {group}/cgroup.procs; exec {' '.join(BOUND)}"
        found = site.run("gunicorn-worker-killed", "--target", "settings:tts.env", "--", "sh", "-c", start)
    finally:
        group.rmdir()

    assert "recovered" == found["outcome"], found
    assert "GUNICORN_CMD_ARGS=--workers=" in site.settings.read_text()


@pytest.mark.slow
def test_a_voice_that_is_not_installed(site: Site) -> None:
    """A server that says itself why it is ill speaks with the voice that it has."""
    pytest.importorskip("tts_server")
    before = f"PORT={free_port()}\nTTS_SERVER_ENGINE=sambert\nPIP_NO_INDEX=1\n"
    site.settings.write_text(before)
    command = (sys.executable, "-m", "tts_server", "serve", "--port", "${PORT}")
    found = site.run("health-check-failing", "--target", "settings:tts.env", "--", *command)

    assert "recovered" == found["outcome"], found
    assert "TTS_SERVER_ENGINE=auto" in site.settings.read_text()
    site.roll_back()
    assert before == site.settings.read_text()


HUB = """
import hashlib, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Hub(BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'{"rate": 24000}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", hashlib.sha1(body).hexdigest())
        self.send_header("X-Repo-Commit", "a" * 40)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)
    do_HEAD = do_GET
    def log_message(self, *_): ...
server = HTTPServer(("127.0.0.1", 0), Hub)
print(server.server_port, flush=True)
server.serve_forever()
"""


@pytest.mark.slow
@pytest.mark.network
def test_a_hub_out_of_reach(site: Site) -> None:
    """The model was fetched once, by the real client; a proxy that is gone now makes the same client give up."""
    uv = shutil.which("uv") or pytest.skip("no uv here")
    python = str(site.folder / "venv/bin/python")
    subprocess.run([uv, "venv", "-q", str(site.folder / "venv"), "--python", sys.executable], check=True)
    subprocess.run([uv, "pip", "install", "-q", "--python", python, "gunicorn", "huggingface_hub==0.24.7"], check=True)
    fetch = "import json\nfrom huggingface_hub import hf_hub_download\n"
    fetch += "assert json.load(open(hf_hub_download('team/voice', 'config.json')))['rate']\n"
    (site.folder / "service.py").write_text(fetch + APP)
    with subprocess.Popen([sys.executable, "-c", HUB], stdout=subprocess.PIPE, text=True) as hub:
        assert hub.stdout
        env = {"HF_ENDPOINT": f"http://127.0.0.1:{int(hub.stdout.readline())}", "HF_HOME": str(site.folder / "hf")}
        subprocess.run([python, "-c", fetch], env={**os.environ, **env}, check=True)
        hub.kill()
    before = f"PORT={free_port()}\nHF_HOME={site.folder}/hf\nHTTPS_PROXY=http://127.0.0.1:9\n"
    site.settings.write_text(before)
    command = (python, "-m", "gunicorn", "-b", "127.0.0.1:${PORT}", "service:app")
    found = site.run("hub-unreachable", "--target", "settings:tts.env", "--", *command)

    assert "recovered" == found["outcome"]
    assert before + "HF_HUB_OFFLINE=1\n" == site.settings.read_text()
    site.roll_back()
    assert before == site.settings.read_text()

"""Small images that are ill in one way each, built and run by a real engine (DOCKER_HOST): what is said of them."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.toolkit.images.engine import docker, engine_or_skip
from tests.toolkit.images.test_image_build import ROOT, doctor

pytestmark = pytest.mark.slow
SERVER = """\
import http.server, signal, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
if sys.argv[1:] != ["deaf"]:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
else:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
http.server.ThreadingHTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
"""
HEALTH = 'HEALTHCHECK CMD ["python", "-c", "import urllib.request as r; r.urlopen(\'http://127.0.0.1:8000\')"]\n'
HEAD = "COPY app.py /app/\nEXPOSE 8000\n" + HEALTH
FILES = {
    "well": HEAD + 'USER 10001\nCMD ["python", "/app/app.py"]\n',
    "root": HEAD + 'ENV API_TOKEN=x\nCMD python /app/app.py\n',
    "deaf": HEAD + 'USER 10001\nCMD ["python", "/app/app.py", "deaf"]\n',
    "ill": HEAD + 'USER 10001\nRUN ["true"]\nCMD ["python", "-c", "import json.nothing_there"]\n',
    "writes": HEAD + 'USER 10001\nCMD ["python", "-c", "open(\'/app/x\', \'w\')"]\n',
    "job": 'USER 10001\nLABEL tts-doctor.profile=batch\nCMD ["python", "-c", "print(1)"]\n',
}


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    base = engine_or_skip()
    folder = tmp_path_factory.mktemp("small")
    (folder / "app.py").write_text(SERVER)
    for name, text in FILES.items():
        (folder / f"{name}.Dockerfile").write_text(f"FROM {base}\n{text}")
        built = doctor("image", "build", "--tag", f"tts-doctor-test:{name}", "--file", f"{name}.Dockerfile", cwd=folder)
        assert built.returncode == 0, built.stderr
    yield folder
    docker("rmi", "-f", *(f"tts-doctor-test:{name}" for name in FILES))


SAID = {
    "well": (0, {}),
    "root": (1, {"image.user": "failed", "image.command": "failed", "image.secrets": "failed",
                 "container.user": "failed"}),
    "deaf": (1, {"container.stop": "failed"}),
    "ill": (1, {"container.health": "failed"}),
    "writes": (1, {"container.health": "failed"}),
    "job": (0, {"image.health": "absent"}),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_what_is_said(images: Path, name: str) -> None:
    """Each fault by its check; nothing is left behind."""
    code, expected = SAID[name]
    done = doctor("image", "check", f"tts-doctor-test:{name}", "--no-speech", "--format", "json", cwd=images)
    found = json.loads(done.stdout)
    odd = {row["id"]: row["state"] for row in found["checks"] if row["state"] != "passed"}
    if name == "root":
        odd.pop("container.stop", None)  # whether a shell passes the signal on is the shell's affair
    assert (done.returncode, odd) == (code, expected), done.stdout + done.stderr
    assert docker("ps", "-aq", "--filter", "label=tts-doctor.check") == ""
    assert docker("network", "ls", "-q", "--filter", "label=tts-doctor.check") == ""


def test_why_it_ended(images: Path) -> None:
    """Its own words are diagnosed with its own layers."""
    done = doctor("image", "check", "tts-doctor-test:ill", "--no-speech", cwd=images)
    assert "nothing_there" in done.stdout.split("well,")[1]


def test_no_such_image(images: Path) -> None:
    done = doctor("image", "check", "tts-doctor-test:none", cwd=images)
    assert done.returncode == 2 and "the engine has no image" in done.stderr


def test_two_builds_have_the_same_bytes(images: Path) -> None:
    """Built anew twice, with modules compiled at other times and hard links in another order; the engine loads it.

    Before 3.11 the hash seed orders a set in a compiled module: it is fixed, as in every generated file.
    """
    more = "USER 0\nRUN cp -r /usr/local/lib/python3*/json /app/j && PYTHONHASHSEED=0 python -m compileall -q /app/j\n"
    more += "RUN ln /app/app.py /app/z && ln /app/app.py /app/a\n"
    (images / "twice.Dockerfile").write_text((images / "well.Dockerfile").read_text() + more)
    digests = []
    for number in "12":
        words = ("--tag", "tts-doctor-test:twice", "--file", "twice.Dockerfile", "--output", f"{number}.tar")
        done = doctor("image", "build", "--reproducible", "--sbom", "sbom.json", *words, cwd=images)
        assert done.returncode == 0, done.stderr
        digests.append(hashlib.sha256((images / f"{number}.tar").read_bytes()).hexdigest())
    assert digests[0] == digests[1]
    same = doctor("image", "diff", "tts-doctor-test:twice", "2.tar", cwd=images)
    assert same.returncode == 0, same.stdout
    docker("rmi", "-f", "tts-doctor-test:twice")


def test_the_same_findings_as_in_a_container(images: Path) -> None:
    """A diagnosis from the layers, and one that runs in a container of the image, say the same."""
    text = f"FROM {engine_or_skip()}\nRUN rm /usr/local/lib/python3*/site-packages/pip/__main__.py\n"
    (images / "live.Dockerfile").write_text(text)
    name = "tts-doctor-test:live"
    assert doctor("image", "build", "--tag", name, "--file", "live.Dockerfile", cwd=images).returncode == 0
    words = ("--python", "/usr/local/bin/python3", "--all", "--format", "json")
    mounts = [word for path in (ROOT, Path(sys.prefix), Path(sys.base_prefix)) for word in ("-v", f"{path}:{path}:ro")]
    tool = (sys.executable, "-m", "tts_doctor", "diagnose", "--offline", *words)
    variables = ("-e", "PYTHONPATH=", "-e", "TTS_DOCTOR_CACHE=/tmp/c", "-e", f"HOME={os.sep}root")
    argv = ["docker", "run", "--rm", *variables, *mounts, "--entrypoint", tool[0], name, "-I", *tool[1:]]
    alive = json.loads(subprocess.run(argv, capture_output=True, text=True).stdout)
    stored = json.loads(doctor("image", "diagnose", name, *words, cwd=images).stdout)
    docker("rmi", "-f", name)
    assert stored["findings"] and [stored[k] for k in ("findings", "checked", "gaps")] == [
        alive[k] for k in ("findings", "checked", "gaps")
    ]

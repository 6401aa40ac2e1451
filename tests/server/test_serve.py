"""The commands as a user types them: a real gunicorn on a real port, a real file on disk."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import wave

import pytest

pytest.importorskip("tts_server", reason="the reference server is not installed")
pytest.importorskip("espeakng_loader")
pytest.importorskip("gunicorn")

STARTUP_SECONDS = 40


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Address of a served server, stopped with SIGTERM at the end."""
    log = tmp_path_factory.mktemp("server") / "log"
    address = f"http://127.0.0.1:{free_port()}"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tts_server", "serve", "--port", address.rsplit(":", 1)[1]],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output,
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


def ask(address, text, emotion="neutral"):
    body = json.dumps({"text": text, "emotion": emotion}).encode()
    request = urllib.request.Request(address + "/api/tts", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read()


def frames(data):
    with wave.open(io.BytesIO(data)) as file:
        return file.getnframes()


def test_it_answers_health_page_and_speech(server):
    with urllib.request.urlopen(server + "/health", timeout=10) as answer:
        assert json.load(answer)["status"] == "ready"
    with urllib.request.urlopen(server + "/", timeout=10) as answer:
        assert "中文情感语音合成" in answer.read().decode()
    assert frames(ask(server, "床前明月光，疑是地上霜。", "calm")) > 22050


def test_clients_at_once_get_their_own_texts(server):
    texts = ["你好", "今天天气很好", "床前明月光，疑是地上霜。举头望明月，低头思故乡。", "一"] * 3
    alone = {text: frames(ask(server, text)) for text in set(texts)}
    together = {}
    threads = [
        threading.Thread(target=lambda n=number, t=text: together.__setitem__(n, frames(ask(server, t))))
        for number, text in enumerate(texts)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    # eSpeak NG varies a text's length by a percent or so; the texts differ by far more.
    heard = [together[number] for number in range(len(texts))]
    assert heard == [pytest.approx(alone[text], rel=0.05) for text in texts]


def say(*arguments):
    command = [sys.executable, "-m", "tts_server", "say", *arguments]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)


def test_say_writes_a_wav_file(tmp_path):
    target = tmp_path / "out.wav"
    done = say("我太高兴了", "-o", str(target), "--emotion", "happy")
    assert done.returncode == 0, done.stderr
    assert frames(target.read_bytes()) > 11025


def test_say_to_standard_output_writes_nothing_else_there():
    assert say("你好", "-o", "-").stdout.startswith(b"RIFF")


@pytest.mark.parametrize(
    ("arguments", "status"),
    [(["你好", "-o", os.devnull, "--engine", "none-such"], 1), (["。", "-o", os.devnull], 1), (["你好"], 2)],
)
def test_say_fails_with_a_sentence_and_no_trace(arguments, status):
    done = say(*arguments)
    assert done.returncode == status
    assert b"tts-server" in done.stderr
    assert b"Traceback" not in done.stderr

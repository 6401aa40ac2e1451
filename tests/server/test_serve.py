"""The commands as a user types them: a real gunicorn on a real port, a real file on disk."""

from __future__ import annotations

import io
import json
import os
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
    done = say("你好", "-o", "-")
    assert done.stdout.startswith(b"RIFF")
    assert b"Warning" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "status"),
    [(["你好", "-o", os.devnull, "--engine", "none-such"], 1), (["。", "-o", os.devnull], 1), (["你好"], 2)],
)
def test_say_fails_with_a_sentence_and_no_trace(arguments, status):
    done = say(*arguments)
    assert done.returncode == status
    assert b"tts-server" in done.stderr
    assert b"Traceback" not in done.stderr


def test_the_openai_client_speaks_and_streams(server):
    openai = pytest.importorskip("openai")
    client = openai.OpenAI(base_url=server + "/v1", api_key="none")
    text = "床前明月光，疑是地上霜。"
    for form, start in {"wav": b"RIFF", "flac": b"fLaC", "opus": b"OggS", "mp3": b"\xff"}.items():
        answer = client.audio.speech.create(model="tts-1", voice="alloy", input=text, response_format=form)
        assert answer.content.startswith(start)
    with client.audio.speech.with_streaming_response.create(
        model="tts-1", voice="alloy", input=text, response_format="pcm", extra_body={"emotion": "calm"}
    ) as stream:
        assert sum(map(len, stream.iter_bytes())) > 11025
    with pytest.raises(openai.BadRequestError) as caught:
        client.audio.speech.create(model="tts-1", voice="alloy", input=" ")
    assert caught.value.code == "empty_text"


def test_the_state_is_told_while_every_process_speaks(server):
    """`/health` answers again and again under load: no model lives in the process that answers."""
    texts = [f"第{number}次，" + "今天天气很好。" * 8 for number in range(4)]
    threads = [threading.Thread(target=ask, args=(server, text)) for text in texts]
    for thread in threads:
        thread.start()
    answers = 0
    while any(thread.is_alive() for thread in threads):
        with urllib.request.urlopen(server + "/health", timeout=10) as answer:
            assert json.load(answer)["status"] in ("ready", "busy")
        answers += 1
        time.sleep(0.02)
    assert answers > len(texts)

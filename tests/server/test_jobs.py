"""Batch jobs on a real Redis with real workers, which are killed, and a broker that is killed and comes back."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
import zipfile

import pytest
from tests.server.conftest import free_port
from tests.server.debian import program

pytest.importorskip("celery", reason="celery is not installed")
redis = pytest.importorskip("redis", reason="redis is not installed")
NOWHERE = "redis://127.0.0.1:1/0"
TEXTS = [f"第{number}句，今天天气很好。" for number in range(60)]


def test_without_a_broker_it_says_how_to_get_one(make_app):
    answer = make_app().test_client().post("/v1/jobs", json={"items": ["你好"]})
    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"]) == (503, "jobs_missing")
    assert all(word in error["message"] for word in ("redis-server", "tts-server[jobs]", "tts-server worker"))


@pytest.fixture(scope="module")
def lonely(make_app):
    return make_app(broker=NOWHERE).test_client()


def test_a_broker_that_does_not_answer_is_told(lonely):
    answer = lonely.post("/v1/jobs", json={"items": ["你好"]})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (503, "broker_unreachable")
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("body", "code", "item"),
    [
        ({}, "bad_items", None),
        ({"items": []}, "bad_items", None),
        ({"items": ["你好"] * 1001}, "bad_items", None),
        ({"items": ["你好", 3]}, "bad_items", 1),
        ({"items": ["你好", " "]}, "empty_text", 1),
        ({"items": [{"text": "你好", "emotion": "bored"}]}, "unknown_emotion", 0),
        ({"items": ["你好"], "speed": 9}, "bad_speed", 0),
        ({"items": ["你好"], "format": "aiff"}, "unknown_format", None),
    ],
)
def test_every_item_is_checked_before_any_is_taken(lonely, body, code, item):
    answer = lonely.post("/v1/jobs", json=body)
    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"], error.get("item")) == (400, code, item)


class Broker:
    """A Redis that notes everything on disk before it answers."""

    def __init__(self, folder):
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.command = [
            program("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder),
            "--save", "", "--appendonly", "yes", "--appendfsync", "always",
        ]  # fmt: skip
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        client = redis.Redis.from_url(self.url)
        until(lambda: _answers(client))

    def kill(self):
        self.process.kill()
        self.process.wait()


def _answers(client):
    try:
        return client.ping()
    except redis.RedisError:
        return False


def until(condition, seconds=60):
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.05)


@pytest.fixture
def broker(tmp_path):
    started = Broker(tmp_path)
    yield started
    started.kill()


@pytest.fixture
def client(make_app, broker):
    return make_app(broker=broker.url).test_client()


@pytest.fixture
def join(broker, tmp_path):
    """join(): another worker, as another machine would start it; a session of its own, to be killed whole."""
    workers = []

    def start(*words):
        environment = {**os.environ, "TTS_SERVER_PROCESSES": "1", "TTS_SERVER_ITEM_SECONDS": "3"}
        command = [sys.executable, "-m", "tts_server", "worker", "--broker", broker.url, "--engine", "espeak"]
        command += words
        with (tmp_path / f"worker-{len(workers)}.log").open("wb") as log:
            worker = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True
            )
        workers.append(worker)
        return worker

    yield start
    for worker in workers:
        crash(worker)


def crash(worker):
    """The power goes: worker and engine processes at once."""
    if worker.poll() is None:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


def submit(client, items, **more):
    answer = client.post("/v1/jobs", json={"items": items, **more})
    assert answer.status_code == 202, answer.get_data(as_text=True)
    assert answer.headers["Location"] == f"/v1/jobs/{answer.get_json()['id']}"
    return answer.headers["Location"]


def done(client, job):
    return client.get(job).get_json()["status"] == "done"


def sounds(client, job):
    """Names and bytes of the result, and its list."""
    answer = client.get(f"{job}/result")
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name) for name in archive.namelist()}
    return files, json.loads(files.pop("job.json"))


def whole(client, job, count):
    """Every item is there once, none twice."""
    state = client.get(job).get_json()
    assert (state["done"], state["failed"]) == (count, 0)
    files, _ = sounds(client, job)
    assert sorted(files) == [f"{index:04d}.mp3" for index in range(count)]
    assert min(map(len, files.values())) > 1000


@pytest.mark.slow
def test_texts_come_back_as_an_archive(client, join):
    job = submit(client, ["你好", {"text": "我太高兴了", "emotion": "happy"}, "。"], format="wav", emotion="calm")
    assert client.get(job).get_json()["status"] == "queued"
    assert client.get(f"{job}/result").status_code == 409
    port = free_port()
    join("--metrics", str(port))
    until(lambda: done(client, job))
    state = client.get(job).get_json()
    assert (state["total"], state["done"], state["failures"]) == (3, 2, [{"item": 2, "code": "unspeakable_text"}])
    files, listed = sounds(client, job)
    assert sorted(files) == ["0000.wav", "0001.wav"]
    assert all(data.startswith(b"RIFF") for data in files.values())
    assert listed["items"][2] == {"item": 2, "code": "unspeakable_text"}
    assert client.get("/v1/jobs/0123").status_code == 404
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        assert 'tts_job_items_total{outcome="spoken"} 2.0' in answer.read().decode()


@pytest.mark.slow
def test_a_cancelled_job_begins_nothing_more(client, join):
    job = submit(client, TEXTS)
    assert client.delete(job).get_json()["status"] == "cancelled"
    other = submit(client, ["你好"])
    join()
    until(lambda: done(client, other))
    assert client.get(job).get_json()["done"] == 0
    assert sounds(client, job)[0] == {}


@pytest.mark.slow
def test_a_killed_worker_loses_and_doubles_nothing(client, join):
    job = submit(client, TEXTS)
    for _ in range(3):
        worker, before = join(), client.get(job).get_json()["done"]
        until(lambda before=before: client.get(job).get_json()["done"] > before + 5)
        crash(worker)
    join()
    join()
    until(lambda: done(client, job), 120)
    whole(client, job, len(TEXTS))


@pytest.mark.slow
def test_a_killed_broker_loses_and_doubles_nothing(client, join, broker):
    job = submit(client, TEXTS)
    join()
    for count in (5, 20):
        until(lambda count=count: client.get(job).get_json()["done"] > count)
        broker.kill()
        assert client.get(job).status_code == 503
        time.sleep(1)
        broker.start()
    until(lambda: client.get(job).status_code == 200 and done(client, job), 120)
    whole(client, job, len(TEXTS))


@pytest.mark.slow
def test_a_message_that_is_lost_is_sent_again(client, join, broker):
    job = submit(client, ["你好", "再见"])
    redis.Redis.from_url(broker.url).delete("tts")
    join()
    until(lambda: done(client, job))
    whole(client, job, 2)


@pytest.mark.slow
def test_a_worker_that_is_asked_to_end_ends_what_it_began(client, join):
    job = submit(client, TEXTS)
    worker = join()
    until(lambda: client.get(job).get_json()["done"] > 2)
    worker.terminate()
    assert worker.wait(30) == 0
    state = client.get(job).get_json()
    begun = redis.Redis.from_url(client.application.config["SETTINGS"].broker).hlen(f"tts:job:{state['id']}:begun")
    assert (state["status"], state["done"]) == ("running", begun)


def test_a_worker_without_a_broker_says_what_it_wants():
    environment = {name: value for name, value in os.environ.items() if name != "TTS_SERVER_BROKER"}
    run = subprocess.run(
        [sys.executable, "-m", "tts_server", "worker"], stdin=subprocess.DEVNULL, capture_output=True, env=environment
    )
    assert run.returncode == 2
    assert b"redis://" in run.stderr

"""What Prometheus, Grafana and OpenTelemetry get to see; the files for them are checked by Prometheus's own tool."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml
from tests.server.conftest import free_port
from tests.server.debian import program

psutil = pytest.importorskip("psutil", reason="psutil is not installed")
FILES = Path(__file__).parents[2] / "reference_server" / "observability"
NAME = re.compile(r"\btts_[a-z_]+")


@pytest.fixture(scope="module")
def client(make_app):
    client = make_app().test_client()
    assert client.post("/api/tts", json={"text": "你好"}, buffered=True).status_code == 200
    return client


def figures(text):
    """Sums over all labels by a figure's name."""
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, value = re.match(r"(\w+).* (\S+)$", line).groups()
            found[name] = found.get(name, 0.0) + float(value)
    return found


def expressions():
    dashboard = json.loads((FILES / "grafana-dashboard.json").read_text())
    shown = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    groups = yaml.safe_load((FILES / "alerts.yaml").read_text())["groups"]
    return shown, [rule["expr"] for group in groups for rule in group["rules"]]


def test_the_speech_is_counted(client):
    found = figures(client.get("/metrics").get_data(as_text=True))
    assert found["tts_requests_total"] >= 1
    assert 0.3 < found["tts_audio_seconds_total"] < 5
    assert found["tts_time_to_first_audio_seconds_count"] == found["tts_real_time_factor_count"] == 1
    assert (found["tts_ready"], found["tts_engines"] >= 1, found["tts_queue_depth"]) == (1, True, 0)


def test_dashboard_and_alerts_ask_for_what_there_is(client):
    text = client.get("/metrics").get_data(as_text=True)
    known = set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE)) | set(figures(text))
    shown, rules = expressions()
    asked = {name for one in [*shown, *rules] for name in NAME.findall(one)}
    # A histogram shows its parts when something was counted.
    assert {re.sub(r"_(bucket|sum|count)$", "", name) for name in asked} - known == set()


def promtool(*words, **more):
    command = [program("promtool", "prometheus"), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=FILES, timeout=60, **more)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_prometheus_takes_the_rules_and_they_fire_when_they_should(tmp_path):
    promtool("check", "config", "prometheus.yaml", stdin=subprocess.DEVNULL)
    promtool("test", "rules", "alerts_test.yaml", stdin=subprocess.DEVNULL)
    shown, _ = expressions()
    filled = [one.replace("$__rate_interval", "5m").replace("$instance", ".*") for one in shown]
    rules = [{"record": f"panel_{number}", "expr": one} for number, one in enumerate(filled)]
    target = tmp_path / "panels.yaml"
    target.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    promtool("check", "rules", target, stdin=subprocess.DEVNULL)


@pytest.mark.slow
def test_prometheus_finds_nothing_odd_in_the_figures(client):
    promtool("check", "metrics", input=client.get("/metrics").get_data(as_text=True))


@contextlib.contextmanager
def serving(tmp_path, **variables):
    """Address and process of a server with these variables."""
    port = free_port()
    environment = {**os.environ, "TTS_SERVER_PROCESSES": "1", **variables}
    command = [sys.executable, "-m", "tts_server", "serve", "--engine", "espeak", "--port", str(port)]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
    try:
        until(lambda: fetched(f"http://127.0.0.1:{port}/health"), tmp_path / "log")
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def fetched(address, **headers):
    """A body; empty where there is none, or not yet."""
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=10) as answer:
            return answer.read().decode()
    except OSError:
        return ""


def until(condition, log, seconds=40):
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, log.read_text()
        time.sleep(0.1)


@pytest.mark.slow
def test_several_web_processes_tell_their_sum(tmp_path):
    with serving(tmp_path, WEB_CONCURRENCY="3", TMPDIR=str(tmp_path)) as (address, process):

        def ready(count):
            return figures(fetched(address + "/metrics")).get("tts_ready") == count

        until(lambda: ready(3), tmp_path / "log")
        for _ in range(30):
            assert fetched(address + "/live")
        text = fetched(address + "/metrics")
        assert 'tts_requests_total{endpoint="/live",status="200"} 30.0' in text
        web = psutil.Process(process.pid).children()
        assert len(web) == 3
        dead = web[0]
        dead.kill()
        # What the dead counted stays counted; what it was is no more.
        until(lambda: dead not in psutil.Process(process.pid).children(), tmp_path / "log")
        until(lambda: ready(3), tmp_path / "log")
        assert 'tts_requests_total{endpoint="/live",status="200"} 30.0' in fetched(address + "/metrics")
    assert [folder.name for folder in tmp_path.iterdir() if folder.is_dir()] == []


class Collector(BaseHTTPRequestHandler):
    """An OpenTelemetry collector that keeps what it is sent."""

    def do_POST(self):
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *words):
        """Nothing is logged."""


@pytest.mark.slow
def test_requests_join_the_callers_trace(tmp_path):
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    collector = HTTPServer(("127.0.0.1", 0), Collector)
    collector.bodies = []
    threading.Thread(target=collector.serve_forever, daemon=True).start()
    target = f"http://127.0.0.1:{collector.server_port}"
    trace = "0af7651916cd43dd8448eb211c80319c"
    variables = {"TTS_SERVER_TRACES": "1", "OTEL_EXPORTER_OTLP_ENDPOINT": target, "OTEL_BSP_SCHEDULE_DELAY": "200"}
    with serving(tmp_path, **variables) as (address, _):
        assert fetched(address + "/v1/models", traceparent=f"00-{trace}-b7ad6b7169203331-01")

        def spans():
            sent = [ExportTraceServiceRequest.FromString(body) for body in collector.bodies]
            return [
                span for one in sent for source in one.resource_spans for scope in source.scope_spans
                for span in scope.spans if span.trace_id.hex() == trace
            ]  # fmt: skip

        until(spans, tmp_path / "log")
        assert [(span.name, span.parent_span_id.hex()) for span in spans()] == [("GET /v1/models", "b7ad6b7169203331")]
        told = {one.key: one.value for one in spans()[0].attributes}
        assert told["http.response.status_code"].int_value == 200
    collector.shutdown()

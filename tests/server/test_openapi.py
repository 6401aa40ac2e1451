"""The OpenAPI document: it is valid, holds every route, and a served server keeps to it whatever is asked."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
README = HERE.parents[1] / "reference_server" / "README.md"


@pytest.fixture(scope="module")
def app(make_app):
    return make_app()


@pytest.fixture(scope="module")
def document(app):
    return app.test_client().get("/openapi.json").get_json()


def test_the_document_is_valid_openapi(document):
    validator = pytest.importorskip("openapi_spec_validator")
    validator.validate(document)


def test_the_document_holds_every_route_and_no_other(app, document):
    routes = {
        (re.sub(r"<(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule != "/" and not rule.rule.startswith("/static")
    }
    assert {(path, method) for path, methods in document["paths"].items() for method in methods} == routes


def test_the_readme_tells_every_route(document):
    told = README.read_text(encoding="utf-8")
    assert [path for path in document["paths"] if path not in told] == []


def test_another_method_is_told_the_allowed_ones(app):
    answer = app.test_client().put("/api/tts")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "OPTIONS, POST")


@pytest.mark.slow
def test_answers_keep_to_the_document(server, tmp_path):
    pytest.importorskip("schemathesis")
    command = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml"), "run",
        server + "/openapi.json", "--exclude-path", "/v1/stream", "--phases", "examples,coverage,fuzzing",
        "--max-examples", "8", "--request-timeout", "120", "--continue-on-failure", "--no-color",
        "--suppress-health-check", "all",
    ]  # fmt: skip
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=tmp_path, timeout=900)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]

"""Every block of code in the documentation is executed, or read where it is data; see `examples`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.docs.examples import ASKED, ROOT, Place, blocks, check, pattern, plain, wants

PAGES = sorted([
    *ROOT.glob("README*.md"), ROOT / "CONTRIBUTING.md",
    *(page for page in (ROOT / "docs").glob("*.md") if not page.name.startswith("benchmarks.")),
])  # fmt: skip
"""Written by hand; what is generated has its tests where its sources are."""
LOG = """Traceback (most recent call last):
  File "/app/app.py", line 1, in <module>
    from flask import Flask
  File "/app/.venv/lib/python3.10/site-packages/flask/__init__.py", line 7, in <module>
    from .app import Flask as Flask
  File "/app/.venv/lib/python3.10/site-packages/flask/app.py", line 28, in <module>
    from werkzeug.urls import url_quote
ImportError: cannot import name 'url_quote' from 'werkzeug.urls' (/app/.venv/werkzeug/urls.py)
"""
CONTEXT = {"python": "3.10", "os": "Debian 12", "packages": {"flask": "2.2.2", "werkzeug": "3.0.1"}}


def named(page: Path) -> object:
    marks = [pytest.mark.network, pytest.mark.slow] if "network" in wants(page) else []
    return pytest.param(page, marks=marks, id=str(page.relative_to(ROOT)))


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """The folder that a page supposes: empty, or with a log, its context and an environment."""
    folder = tmp_path / "app"
    folder.mkdir()
    asked = wants(request.node.callspec.params["page"])
    if "log" in asked:
        (folder / "run.log").write_text(LOG)
        (folder / "context.json").write_text(json.dumps(CONTEXT))
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / ".venv")], check=True)
    tools = str(Path(sys.executable).parent)
    keep = ("HOME", "TMPDIR", "SSL_CERT_FILE", *(n for n in os.environ if n.startswith(("UV_", "PIP_"))))
    environ = {name: os.environ[name] for name in keep if name in os.environ}
    environ |= {"PATH": f"{folder}/.venv/bin:{tools}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
    environ |= {"TTS_DOCTOR_STATE": str(tmp_path / "state"), "TTS_DOCTOR_CACHE": str(tmp_path / "cache")}
    return Place(folder, environ if "network" in asked else {**environ, "TTS_DOCTOR_OFFLINE": "1"})


@pytest.mark.parametrize("page", [named(page) for page in PAGES])
def test_the_examples_are_true(page: Path, place: Place) -> None:
    for block in blocks(page):
        check(block, place)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_says_what_it_is(page: Path) -> None:
    """An indented block or one of an unknown language would be shown and never checked."""
    assert [] == [block.where for block in blocks(page) if block.language not in ASKED]


@pytest.mark.parametrize(
    ("expected", "said", "matches"),
    [
        ("one two", "one\n   two", True),
        ("one ... two", "one two", True),
        ("one ... two", "one and a\nhalf two", True),
        ("...two", "one two", True),
        ("one", "one two", False),
        ("undo 10849d6f (0.5 s)", "undo aaaaaaaa (12.25 s)", True),
        ("a.b", "acb", False),
    ],
)
def test_three_dots_stand_for_anything(expected: str, said: str, matches: bool) -> None:
    assert matches is bool(pattern(expected).fullmatch(plain(said)))

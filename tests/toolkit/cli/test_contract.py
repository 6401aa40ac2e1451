"""docs/contract.md is executed: every console block, in order, in a folder with a log, a context and an environment."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tts_doctor.cli.arguments import build
from tts_doctor.errors import ExitCode

PAGE = Path(__file__).parents[3] / "docs" / "contract.md"
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


def examples() -> list[tuple[str, str]]:
    """(command, expected output) of every `$ ` line of the page's console blocks."""
    found: list[tuple[str, str]] = []
    for body in re.findall(r"```console\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S):
        for line in body.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], ""))
            else:
                found[-1] = (found[-1][0], found[-1][1] + line + "\n")
    return found


def pattern(expected: str) -> re.Pattern[str]:
    """`...` matches anything, also many lines or none."""
    parts = [re.escape(part) for part in re.split(r"(?:(?<=\n)|^)\.\.\.\n", expected)]
    return re.compile("(?:.*\n)*?".join(part.replace(re.escape("..."), ".*") for part in parts) + r"\Z")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the page supposes."""
    folder = tmp_path_factory.mktemp("contract")
    (folder / "run.log").write_text(LOG)
    (folder / "context.json").write_text(json.dumps(CONTEXT))
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / ".venv")], check=True)
    return folder


def test_the_examples_are_true(folder: Path, launcher: Path, base_environment: dict[str, str]) -> None:
    """What the page shows is what happens; progress on standard error is left out of the comparison."""
    environ = {**base_environment, "PATH": f"{launcher.parent}:{base_environment['PATH']}"}
    environ["TTS_DOCTOR_STATE"] = str(folder / "state")
    assert len(examples()) >= 10
    for command, expected in examples():
        ran = subprocess.run(
            ["sh", "-c", f"exec 2>&1; {command}"], cwd=folder, env=environ, capture_output=True, text=True, timeout=60
        )
        shown = "".join(line for line in ran.stdout.splitlines(keepends=True) if not line.endswith(" ...\n"))
        assert pattern(expected).match(shown), f"$ {command}\n{shown}\nis not as documented:\n{expected}"


def test_every_option_is_documented() -> None:
    """Nothing that the program takes is missing from the page, in either language for the verbs."""
    text = PAGE.read_text(encoding="utf-8")
    chinese = PAGE.with_name("contract.zh.md").read_text(encoding="utf-8")
    verbs = next(a for a in build()._actions if a.dest == "verb").choices or {}
    for name, parser in verbs.items():  # type: ignore[union-attr]
        assert f"tts-doctor {name}" in text and f"tts-doctor {name}" in chinese
        for action in parser._actions:
            for option in action.option_strings:
                assert option in text or option in ("-h", "--help"), option


def test_every_exit_code_is_documented() -> None:
    """The table has a row for each."""
    rows = {int(n) for n in re.findall(r"^\| (\d+) \|", PAGE.read_text(encoding="utf-8"), re.M)}

    assert {int(code) for code in ExitCode} | {130} == rows

"""The tools as the official client of the Model Context Protocol uses them: the command started over its own pipes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import anyio
import anyio.from_thread
import mcp
import pytest
from tests.builders import write_wheel

from tts_doctor.cli.mcp_server import build_server

USES = "from prov import thing\n"
COMMAND = ["-c", "import cons"]


@pytest.fixture
def patient(tmp_path: Path) -> Path:
    """The interpreter of an environment in which `import cons` fails for the version of prov."""
    wheels = tmp_path / "wheels"
    cons = write_wheel(wheels, "cons", "1.0", {"cons/__init__.py": USES}, ("prov",))
    write_wheel(wheels, "prov", "1.0", {"prov/__init__.py": "thing = 1\n"})
    prov = write_wheel(wheels, "prov", "2.0", {"prov/__init__.py": "other = 1\n"})
    python = tmp_path / "patient" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "patient")], check=True)
    subprocess.run(["uv", "pip", "install", "-q", "--no-index", "--python", str(python), cons, prov], check=True)
    return python


@pytest.fixture
def call(launcher: Path, base_environment: dict[str, str], tmp_path: Path) -> Iterator[Any]:
    """Calls tools by name on a running server: `call(name, **arguments)` is the tool's result."""
    environ = {
        **base_environment, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path / "wheels"),
        "PIP_CONFIG_FILE": os.devnull, "UV_NO_CONFIG": "1", "TTS_DOCTOR_CACHE": str(tmp_path / "cache"),
        "TTS_DOCTOR_OFFLINE": "0",
    }  # fmt: skip
    client = mcp.Client(mcp.StdioServerParameters(command=str(launcher), args=["mcp"], env=environ, cwd=str(tmp_path)))
    with anyio.from_thread.start_blocking_portal() as portal, portal.wrap_async_context_manager(client) as session:
        yield lambda name, **arguments: portal.call(session.call_tool, name, arguments)


@pytest.fixture
def tools() -> list[Any]:
    """What a client that is connected in the process sees."""

    async def ask() -> list[Any]:
        async with mcp.Client(build_server({}, "en")) as session:
            return (await session.list_tools()).tools

    return anyio.run(ask)


def told(result: Any) -> Mapping[str, Any]:
    assert not result.is_error, result.content
    return result.structured_content


def test_an_agent_diagnoses_plans_treats_and_undoes(call: Any, patient: Path) -> None:
    command = [str(patient), *COMMAND]
    found = told(call("diagnose", command=command, python=str(patient)))
    assert "prov" in {c["name"] for c in found["findings"][0]["culprits"]}
    for tool in ("plan", "treat"):
        trial = told(call(tool, command=command, python=str(patient)))
        assert ("dry-run", "prov") == (trial["outcome"], trial["actions"][0]["target"])
    assert 0 != subprocess.run(command, capture_output=True, check=False).returncode
    receipt = told(call("treat", command=command, python=str(patient), apply=True))
    assert "repaired" == receipt["outcome"]
    assert 0 == subprocess.run(command, capture_output=True, check=False).returncode
    assert [receipt["id"]] == [r["id"] for r in told(call("history"))["receipts"]]
    assert "undone" == told(call("undo", receipt=receipt["id"]))["outcome"]
    assert 0 != subprocess.run(command, capture_output=True, check=False).returncode


def test_a_pasted_log_is_enough(call: Any) -> None:
    log = "Traceback (most recent call last):\n  File \"app.py\", line 1, in <module>\n    import yaml\n" \
          "ModuleNotFoundError: No module named 'yaml'\n"  # fmt: skip
    found = told(call("diagnose", log_text=log, packages={"flask": "3.0.0"}, python_version="3.11"))
    assert "pyyaml" in str(found["findings"][0]["treatment"]).lower()


@pytest.mark.parametrize(
    ("name", "arguments", "word"),
    [
        ("diagnose", {"python": "/nowhere/python"}, "/nowhere/python"),
        ("diagnose", {"command": ["x"], "log_text": "y"}, "log_text"),
        ("undo", {"receipt": "unknown"}, "unknown"),
        ("treat", {"command": ["x"], "allow": ["everything"]}, "allow"),
    ],
)
def test_a_mistake_is_told_and_the_server_stays(call: Any, name: str, arguments: dict[str, object], word: str) -> None:
    result = call(name, **arguments)
    assert result.is_error
    assert word in result.content[0].text
    assert told(call("playbooks", search="werkzeug"))["playbooks"]


def test_the_tools_say_what_they_change(tools: list[Any]) -> None:
    hints = {tool.name: tool.annotations.read_only_hint for tool in tools}
    assert {"diagnose": True, "plan": True, "treat": False, "undo": False, "history": True, "playbooks": True} == hints

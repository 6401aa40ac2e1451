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


def contents(folder: Path) -> dict[str, bytes]:
    """Path -> bytes of every file but compiled ones."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


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


def test_what_does_not_help_leaves_no_trace(call: Any, patient: Path) -> None:
    """Neither a plan nor a treatment that fails, and an undo gives every byte back."""
    before = contents(patient.parents[1])
    hopeless = [str(patient), "-c", "import cons; raise SystemExit('never')"]
    for tool, more in (("plan", {}), ("treat", {"apply": True})):
        tried = told(call(tool, command=hopeless, python=str(patient), **more))
        assert ("not-repaired", before) == (tried["outcome"], contents(patient.parents[1]))
    receipt = told(call("treat", command=[str(patient), *COMMAND], python=str(patient), apply=True))
    assert before != contents(patient.parents[1])
    call("undo", receipt=receipt["id"])
    assert before == contents(patient.parents[1])


def test_what_is_to_be_kept_is_kept(call: Any, patient: Path) -> None:
    """No repair that moves it is made, or proposed."""
    command = [str(patient), *COMMAND]
    told_ = told(call("plan", command=command, python=str(patient), keep=["prov", "cons"]))
    assert ("not-repaired", []) == (told_["outcome"], told_["changed"])


def test_an_undo_never_overwrites_what_was_changed_since(call: Any, patient: Path) -> None:
    told(call("treat", command=[str(patient), *COMMAND], python=str(patient), apply=True))
    module = next(patient.parents[1].rglob("prov/__init__.py"))
    module.unlink()
    module.write_text("mine = 1\n")
    result = call("undo", python=str(patient))
    assert (True, "mine = 1\n") == (result.is_error, module.read_text())
    assert "changed since" in result.content[0].text


def test_examining_runs_nothing(call: Any, patient: Path, tmp_path: Path) -> None:
    """Not even what every start of that interpreter runs."""
    site = next(patient.parents[1].rglob("site-packages"))
    (site / "sitecustomize.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    found = told(call("examine", python=str(patient)))
    assert "prov" in {c["name"] for each in found["findings"] for c in each["culprits"]}
    assert not (tmp_path / "ran").exists()


def test_a_pasted_log_is_enough(call: Any) -> None:
    log = "Traceback (most recent call last):\n  File \"app.py\", line 1, in <module>\n    import yaml\n" \
          "ModuleNotFoundError: No module named 'yaml'\n"  # fmt: skip
    found = told(call("examine", log_text=log, packages={"flask": "3.0.0"}, python_version="3.11"))
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
    reading = {name for name, only in hints.items() if only}
    assert {"examine", "history", "playbooks"} == reading, "a tool that runs what it is given never counts as reading"
    assert {"diagnose", "plan", "treat", "undo"} == set(hints) - reading

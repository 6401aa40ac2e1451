"""Which Python a command runs, told without running it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tts_doctor.effects.find_interpreter import interpreter_of_command, interpreter_of_traceback, program_of_command
from tts_doctor.model.symptom import Error, Frame, Symptom


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with two pythons, a script of each and one of sh."""
    for env in ("one", "two"):
        (tmp_path / env / "bin").mkdir(parents=True)
        (tmp_path / env / "bin/python").touch(mode=0o755)
        script = tmp_path / env / "bin" / f"tool-{env}"
        script.write_text(f"#!{tmp_path}/{env}/bin/python\nimport tool\n")
        script.chmod(0o755)
    (tmp_path / "run.sh").write_text("#!/bin/sh\nexec python\n")
    return tmp_path


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["one/bin/python", "app.py"], "one"),
        (["two/bin/tool-two", "serve"], "two"),
        (["tool-one"], "one"),
        (["bash", "-euc", "cd / && $HERE/two/bin/python app.py"], "two"),
        (["env", "X=1", "tool-one"], "one"),
        (["./run.sh"], ""),
        (["ls", "-l"], ""),
        (["bash", "-c", "echo 'unbalanced"], ""),
        (["missing/bin/python"], ""),
    ],
)
def test_the_first_python_that_the_words_lead_to(place: Path, command: list[str], expected: str) -> None:
    environ = {"PATH": f"{place}/one/bin:/usr/bin:/bin", "HERE": str(place)}
    found = interpreter_of_command(command, environ, str(place))
    assert found == (f"{place}/{expected}/bin/python" if expected else "")


def test_a_traceback_names_its_own_python(place: Path) -> None:
    (place / "two/lib/python3.9/site-packages").mkdir(parents=True)
    frame = Frame(f"{place}/two/lib/python3.9/site-packages/x.py", 1)
    symptom = Symptom("", (Error("ImportError", "", (Frame("app.py", 1), frame)),))
    assert interpreter_of_traceback(symptom) == f"{place}/two/bin/python"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["bash", "-euc", "cd / && $HERE/two/bin/python -m tool build"], ["two/bin/python", "-m", "tool", "build"]),
        (["sh", "-c", "one/bin/tool-one check"], ["one/bin/tool-one", "check"]),
        (["one/bin/python", "app.py"], ["one/bin/python", "app.py"]),
    ],
)
def test_the_program_within_a_shells_words(place: Path, command: list[str], expected: list[str]) -> None:
    found = program_of_command(command, {"HERE": str(place), "PATH": ""}, str(place))
    assert expected == [found[0].removeprefix(f"{place}/"), *found[1:]]


def test_a_command_without_python_stays_as_it_is(place: Path) -> None:
    assert program_of_command(["ls", "-l"], {"PATH": ""}, str(place)) == ("ls", "-l")

"""A virtual environment without its pyvenv.cfg."""

from __future__ import annotations

import sys
import venv
from pathlib import Path

import pytest
from tests.toolkit.signs.cases import case

from tts_doctor.diagnose import diagnose
from tts_doctor.effects.clone import roots_of
from tts_doctor.effects.read_lost_config import read_lost_config
from tts_doctor.effects.read_site import read_facts
from tts_doctor.model.finding import Action
from tts_doctor.plan_repairs import Wishes, plan_repairs
from tts_doctor.signs import lost_config


@pytest.fixture
def env(tmp_path: Path) -> Path:
    venv.create(tmp_path / "env", symlinks=True, with_pip=False)
    return tmp_path / "env"


def lost(env: Path) -> str:
    return read_lost_config(read_facts(str(env / "bin/python"), None, {}, str(env)).interpreter)


def test_a_whole_environment_has_lost_nothing(env: Path) -> None:
    assert lost(env) == ""
    assert read_lost_config(read_facts(sys.executable, None, {}, str(env)).interpreter) == ""


def test_the_file_is_missed_and_what_is_written_makes_it_an_environment_again(env: Path) -> None:
    (env / "pyvenv.cfg").unlink()
    facts = read_facts(str(env / "bin/python"), None, {}, str(env))
    assert lost(env) == str(env)
    (found,) = lost_config.find(case(interpreter=facts.interpreter, lost_config=lost(env)))
    (step,) = found.treatment.actions
    Path(step.target).write_text(step.value or "")
    assert read_facts(str(env / "bin/python"), None, {}, str(env)).interpreter.prefix == str(env)


def test_nothing_is_installed_into_the_python_behind_it(env: Path) -> None:
    facts = read_facts(str(env / "bin/python"), None, {}, str(env))
    looked = case(
        interpreter=facts.interpreter, lost_config=str(env), text="ModuleNotFoundError: No module named 'six'"
    )
    wishes = Wishes(frozenset({"packages", "files"}))
    planned = plan_repairs(diagnose(looked, None), ((Action("install", "six"),),), looked.facts, wishes)
    assert {a.action for repair in planned for a in repair.actions} == {"patch"}


def test_it_is_the_environment_that_is_treated(env: Path) -> None:
    """Not the Python that it was made from, which is large, and everybody's."""
    (env / "pyvenv.cfg").unlink()
    facts = read_facts(str(env / "bin/python"), None, {}, str(env))
    assert roots_of(facts.interpreter, lost(env)) == (str(env),)
    (env / "notes.txt").touch()
    version = "python{}.{}".format(*sys.version_info)
    assert roots_of(facts.interpreter, lost(env)) == (str(env / "lib" / version / "site-packages"), str(env / "bin"))

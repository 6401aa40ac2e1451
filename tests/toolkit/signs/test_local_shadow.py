"""A module beside the script that hides another: seen in the folder and in what the message misses."""

from __future__ import annotations

from pathlib import Path

import pytest

from tts_doctor.diagnose import diagnose
from tts_doctor.effects.read_shadows import read_shadows
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Distribution, Facts, Interpreter
from tts_doctor.model.symptom import Error, Symptom
from tts_doctor.signs import shadowing_message
from tts_doctor.signs.local_shadow import find

CORE = Distribution("google-cloud-core", "2.4.1", top_level=("google",))
FACTS = Facts(
    Interpreter(version="3.11.7"),
    (CORE,),
    local_shadows=(("google", "/srv/app/google"), ("random", "/srv/app/random.py")),
)


def failing(message: str) -> Examination:
    return Examination(FACTS, Symptom(message, (Error("ImportError", message),), exit_code=1))


@pytest.mark.parametrize(
    ("message", "culprits"),
    [
        ("No module named 'google.cloud'", [["google", "google/__init__.py", "google-cloud-core"]]),
        ("cannot import name 'x' from 'random' (/srv/app/random.py)", [["random.py"]]),
        ("module 'random' has no attribute 'Random'", [["random.py"]]),
        ("No module named 'googleapi.cloud'", []),
        ("No module named 'numpy'", []),
    ],
)
def test_only_what_the_message_misses_is_blamed(message: str, culprits: list[list[str]]) -> None:
    assert [[c.name for c in f.culprits] for f in find(failing(message))] == culprits


def test_without_a_failure_a_namesake_is_no_illness() -> None:
    assert list(find(Examination(FACTS))) == []


def test_regular_packages_and_modules_are_seen_namespace_folders_are_not(tmp_path: Path) -> None:
    (tmp_path / "google").mkdir()
    (tmp_path / "random.py").touch()
    (tmp_path / "mine.py").touch()
    (tmp_path / "app.py").touch()
    facts = Facts(Interpreter(version="3.11.7"), (CORE,), cwd=str(tmp_path))
    command = ("python", "app.py")
    assert read_shadows(facts, command, {}) == (("random", str(tmp_path / "random.py")),)
    (tmp_path / "google/__init__.py").touch()
    assert [name for name, _ in read_shadows(facts, command, {})] == ["google", "random"]


def test_a_folder_that_two_signs_see_is_told_once_and_renamed_as_a_whole() -> None:
    message = "cannot import name 'Github' from 'github' (/srv/app/github/__init__.py)"
    facts = Facts(
        Interpreter(version="3.11.7"),
        (Distribution("PyGithub", "1.59.1", top_level=("github",)),),
        local_shadows=(("github", "/srv/app/github"),),
    )
    symptom = Symptom(message, (Error("ImportError", message),), exit_code=1)
    signs = (("local-shadow", find), ("shadowing-message", shadowing_message.find))
    (found,) = diagnose(Examination(facts, symptom), None, signs).findings
    assert {"github", "pygithub"} <= {c.name for c in found.culprits}
    assert [(a.action, a.target) for a in found.treatment.actions] == [("rename", "/srv/app/github")]

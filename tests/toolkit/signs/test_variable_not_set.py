"""A variable that a program asks for, and the value that the project's own files know."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.toolkit.signs.cases import case

from tts_doctor.effects.read_own_settings import read_own_settings
from tts_doctor.model.facts import Facts
from tts_doctor.parse.symptom import read_symptom
from tts_doctor.signs import variable_not_set

OWN = 'Traceback (most recent call last):\n  File "/srv/worker.py", line 2, in <module>\n    timezone.now()\n'
DJANGO = (
    f"{OWN}django.core.exceptions.ImproperlyConfigured: Requested setting USE_TZ, but settings are not configured. You "
    "must either define the environment variable DJANGO_SETTINGS_MODULE or call settings.configure()."
)
KEY = f'{OWN}  File "/usr/lib/python3.11/os.py", line 679, in __getitem__\n    raise KeyError(key)\n'


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (DJANGO, "DJANGO_SETTINGS_MODULE"),
        (f"{KEY}KeyError: 'MODEL_DIR'", "MODEL_DIR"),
        ("RuntimeError: MODEL_DIR is not set", "MODEL_DIR"),
        ("ValueError: The MODEL_DIR environment variable is required", "MODEL_DIR"),
        ("KeyError: 'MODEL_DIR'", None),
        ("RuntimeError: unset the environment variable MODEL_DIR", None),
        ("RuntimeError: the voice is not set", None),
    ],
)
def test_the_variable_that_is_asked_for(text: str, name: str | None) -> None:
    found = list(variable_not_set.find(case(text=text)))
    assert ([name] if name else []) == [f.culprits[0].name for f in found]


def test_a_variable_that_is_set_is_not_missed() -> None:
    assert list(variable_not_set.find(case(text=DJANGO, environment=(("DJANGO_SETTINGS_MODULE", "x"),)))) == []


@pytest.mark.parametrize(
    ("file", "content", "values"),
    [
        ("manage.py", 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")', ["shop.settings"]),
        ("shop/wsgi.py", "os.environ['DJANGO_SETTINGS_MODULE'] = 'shop.settings'", ["shop.settings"]),
        ("Dockerfile", "FROM python:3.11\nENV DJANGO_SETTINGS_MODULE=shop.settings\n", ["shop.settings"]),
        ("pytest.ini", "[pytest]\nDJANGO_SETTINGS_MODULE = shop.settings\n", ["shop.settings"]),
        ("worker.py", 'name = os.environ.get("DJANGO_SETTINGS_MODULE")', []),
        (".env", "DJANGO_SETTINGS_MODULE=shop.settings\n", []),
    ],
)
def test_the_projects_own_files_know_the_value(tmp_path: Path, file: str, content: str, values: list[str]) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(content)
    facts = Facts(cwd=str(tmp_path))
    read = read_own_settings(facts, read_symptom(DJANGO), ("python", "run.py"), {})
    (found,) = variable_not_set.find(case(text=DJANGO, own_settings=read))
    assert values == [a.value for repair in found.treatment.repairs for a in repair]


def test_secrets_are_not_looked_up(tmp_path: Path) -> None:
    (tmp_path / "conf.py").write_text("os.environ['HF_ACCESS_TOKEN'] = 'hf_abc'")
    symptom = read_symptom("RuntimeError: HF_ACCESS_TOKEN is not set")
    assert read_own_settings(Facts(cwd=str(tmp_path)), symptom, (), {}) == ()

"""Files that were installed for another user alone."""

from __future__ import annotations

import pytest
from tests.toolkit.signs.cases import SITE, case, dist

from tts_doctor.model.facts import RecordEntry
from tts_doctor.signs import unreadable_file

OWN = '  File "/srv/app.py", line 1, in <module>\n    import yaml\n'
PIP = f'  File "{SITE}/pip/_internal/operations/install/wheel.py", line 1, in save\n    open(path)\n'


@pytest.mark.parametrize(
    ("frames", "path", "steps"),
    [
        (OWN, f"{SITE}/yaml/__init__.py", [("reinstall", "pyyaml", "==6.0.1")]),
        (OWN, f"{SITE}/yaml/scanner.cache", []),
        (OWN + PIP, f"{SITE}/yaml/__init__.py", []),
        (OWN, "/srv/out/a.wav", []),
    ],
    ids=["owned", "to-be-written", "an-installer", "elsewhere"],
)
def test_the_same_version_is_installed_anew(frames: str, path: str, steps: list[tuple[str, str, str]]) -> None:
    yaml = dist("pyyaml", "6.0.1", top_level=("yaml",), records=(RecordEntry("yaml/__init__.py"),))
    text = f"Traceback (most recent call last):\n{frames}PermissionError: [Errno 13] Permission denied: '{path}'\n"
    found = list(unreadable_file.find(case(yaml, dist("pip"), text=text)))
    assert steps == [(a.action, a.target, a.spec) for f in found for a in f.treatment.actions]


def test_a_program_that_may_not_be_started_is_installed_anew() -> None:
    uvicorn = dist("uvicorn", "0.30.0", records=(RecordEntry("../../../bin/uvicorn"),))
    found = list(unreadable_file.find(case(uvicorn, text="bash: line 1: /venv/bin/uvicorn: Permission denied\n")))
    assert [(a.action, a.target, a.spec) for f in found for a in f.treatment.actions] == [
        ("reinstall", "uvicorn", "==0.30.0")
    ]

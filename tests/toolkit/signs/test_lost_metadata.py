"""A package whose dist-info folder was deleted: told by its files, owned by whoever publishes them."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.site_builder import add_distribution

from tts_doctor.effects.read_orphans import read_orphans
from tts_doctor.effects.read_site import read_facts
from tts_doctor.model.examination import Examination
from tts_doctor.model.surroundings import Orphan
from tts_doctor.parse.symptom import read_symptom
from tts_doctor.signs.lost_metadata import find

FILES = {"tool/context/__init__.py": "", "tool/version/__init__.py": '__version__ = "1.25.0"\n'}
API = Orphan("tool", "tool/context/__init__.py", "1.25.0")


@pytest.mark.parametrize(
    ("owned", "lost", "last", "expected"),
    [
        ({}, FILES, "StopIteration", (API,)),
        (FILES, {}, "StopIteration", ()),
        ({"tool/sdk/__init__.py": ""}, FILES, "StopIteration", (Orphan("tool/context", API.file, "1.25.0"),)),
        (
            {"tool/sdk/__init__.py": "", "tool/version/__init__.py": '__version__ = "9"\n'},
            {"tool/context/__init__.py": ""},
            "StopIteration",
            (Orphan("tool/context", API.file),),
        ),
        (
            {},
            {"tool/__init__.py": "__version__: str = '2'\n", "tool/context/__init__.py": ""},
            "importlib.metadata.PackageNotFoundError: No package metadata was found for tool",
            (Orphan("tool", "tool/__init__.py", "2"),),
        ),
    ],
    ids=["alone", "owned", "beside-a-sibling", "another's-version", "init"],
)
def test_what_nobody_owns(
    tmp_path: Path, owned: dict[str, str], lost: dict[str, str], last: str, expected: tuple[Orphan, ...]
) -> None:
    site = tmp_path / "site-packages"
    add_distribution(site, "tool-sdk", "7.0", owned)
    if lost:
        shutil.rmtree(add_distribution(site, "tool-api", "1.25.0", lost))
    facts = read_facts(None, str(site), {}, str(tmp_path))
    text = f'Traceback (most recent call last):\n  File "{site}/{API.file}", line 1, in x\n    y\n{last}\n'
    assert read_orphans(facts, read_symptom(text)) == expected


@pytest.mark.parametrize(
    ("last", "sure"),
    [
        ("StopIteration", True),
        ("ValueError: no backend in importlib_metadata.entry_points", True),
        ("ValueError: 3 is not 4", False),
    ],
)
def test_it_is_likely_where_metadata_was_asked_for(tmp_path: Path, last: str, sure: bool) -> None:
    site = tmp_path / "site-packages"
    shutil.rmtree(add_distribution(site, "tool-api", "1.25.0", FILES))
    facts = read_facts(None, str(site), {}, str(tmp_path))
    text = f'Traceback (most recent call last):\n  File "{site}/{API.file}", line 1, in x\n    y\n{last}\n'
    symptom = read_symptom(text, exit_code=1)
    found = list(find(Examination(replace(facts, orphans=read_orphans(facts, symptom)), symptom)))
    assert [(f.culprits[0].name, f.confidence > 0.8) for f in found] == [("tool", sure)]

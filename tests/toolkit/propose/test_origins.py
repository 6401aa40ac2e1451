"""What came from a file on this machine, and whether the index means the same by its name."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.builders import write_wheel
from tests.toolkit.propose.test_settle import environ

from tts_doctor.effects.index import open_index
from tts_doctor.keep_origins import keep_origins
from tts_doctor.model.facts import Distribution, Facts, Interpreter
from tts_doctor.model.finding import Action
from tts_doctor.propose.candidates import shelf

PIN = Action("pin", "lib", "<3")


@pytest.mark.parametrize(
    ("version", "url", "is_public"),
    [
        ("2.0", "file:///srv/wheels/lib-2.0-py3-none-any.whl", True),
        ("2.0+cpu", "file:///srv/wheels/lib-2.0%2Bcpu-py3-none-any.whl", True),
        ("7.7", "file:///srv/wheels/lib-7.7-py3-none-any.whl", False),
        ("7.7", "https://example.org/lib-7.7-py3-none-any.whl", True),
        ("7.7", "", True),
    ],
)
def test_a_wheel_from_a_file_is_public_where_the_index_has_its_version(
    tmp_path: Path, version: str, url: str, is_public: bool
) -> None:
    for published in ("1.0", "2.0"):
        write_wheel(tmp_path / "wheels", "lib", published, {"lib.py": ""}, ())
    facts = Facts(Interpreter(version="3.11.7"), (Distribution("lib", version, direct_url=url),))
    index = open_index(facts, environ(tmp_path))
    assert list(keep_origins([(PIN,)], facts, index)) == ([(PIN,)] if is_public else [])
    assert bool(shelf("lib", facts, index).versions) is is_public

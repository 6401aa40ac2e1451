"""Which Requires-Dist lines hold for a patient."""

from __future__ import annotations

import pytest

from tts_doctor.model.facts import Interpreter
from tts_doctor.parse.requires import wanted_by

LINES = [
    ("six>=1", True),
    ("six ; extra == 'dev'", False),
    ('six ; python_version >= "3.8" and extra == "dev"', False),
    ("six ; extra == 'dev' or python_version >= '3.8'", True),
    ("six ; (extra == 'dev') or (extra == 'all')", False),
    ("six ; python_version < '3.8'", False),
    ("six ; platform_release == 'extra == \"x\"'", False),
    ("this is no requirement", False),
]


@pytest.mark.parametrize("line, holds", LINES)
def test_extras_count_as_not_asked_for(line: str, holds: bool) -> None:
    assert holds == bool(list(wanted_by([line], Interpreter(version="3.10.13"))))

"""docs/contract.md leaves nothing out. That its examples are true is for tests/docs to see."""

from __future__ import annotations

import re
from pathlib import Path

from tts_doctor.cli.arguments import build
from tts_doctor.errors import ExitCode

PAGE = Path(__file__).parents[3] / "docs" / "contract.md"


def test_every_option_is_documented() -> None:
    """Nothing that the program takes is missing from the page, in either language for the verbs."""
    text = PAGE.read_text(encoding="utf-8")
    chinese = PAGE.with_name("contract.zh.md").read_text(encoding="utf-8")
    verbs = next(a for a in build()._actions if a.dest == "verb").choices or {}
    for name, parser in verbs.items():  # type: ignore[union-attr]
        assert f"tts-doctor {name}" in text and f"tts-doctor {name}" in chinese
        for action in parser._actions:
            for option in action.option_strings:
                assert option in text or option in ("-h", "--help"), option


def test_every_exit_code_is_documented() -> None:
    """The table has a row for each."""
    rows = {int(n) for n in re.findall(r"^\| (\d+) \|", PAGE.read_text(encoding="utf-8"), re.M)}

    assert {int(code) for code in ExitCode} | {130} == rows

"""The audit of the handbook names what settles each claim; what it names exists, and both languages name the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLAIMS = ROOT / "tests" / "handbook" / "test_claims.py"
TESTS = re.compile(r"(tests/[\w/]+\.py)\W+((?:`test_\w+`\W*)+)")


def rows(page: str) -> dict[int, str]:
    """Number of each claim -> what settles it."""
    lines = (ROOT / "docs" / page).read_text("utf-8").splitlines()
    cells = [line.strip("|").split(" | ") for line in lines if re.match(r"\| \d+ \|", line)]
    return {int(cell[0]): cell[-1] for cell in cells}


def named(settled: str) -> set[str]:
    """The tests (`file::name`) and make's targets that a row names."""
    claims = CLAIMS.read_text("utf-8")
    found = {f"make {target}" for target in re.findall(r"`make ([\w-]+)`", settled)}
    for number in re.findall(r"row (\d+)", settled):
        tests = re.findall(rf"def (test_row_{number}_\w+)", claims)
        found |= {f"tests/handbook/test_claims.py::{name}" for name in tests}
    for file, names in TESTS.findall(settled):
        found |= {f"{file}::{name}" for name in re.findall(r"test_\w+", names)}
    return found


@pytest.mark.parametrize(("number", "settled"), rows("handbook-audit.md").items())
def test_what_settles_a_claim_exists(number: int, settled: str) -> None:
    found = named(settled)
    assert found, f"nothing settles claim {number}: {settled}"
    for one in found:
        file, _, name = one.partition("::")
        if name:
            assert f"def {name}(" in (ROOT / file).read_text("utf-8"), one
        else:
            assert f"\n{one.removeprefix('make ')}:" in (ROOT / "Makefile").read_text("utf-8"), one


def test_both_languages_name_the_same() -> None:
    english, chinese = rows("handbook-audit.md"), rows("handbook-audit.zh.md")
    assert 16 == len(english)
    assert {number: named(text) for number, text in english.items()} == {
        number: named(text) for number, text in chinese.items()
    }

"""No name and no message of a stranger steers the terminal that a report is read in, nor turns its lines around."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.builders import make_venv
from tests.elf_builder import needing
from tests.site_builder import add_distribution

from tts_doctor.render.page import line, to_terminal

if TYPE_CHECKING:
    from tests.toolkit.cli.conftest import Doctor

STEER = "\x1b[2J\x1b]0;title\x07\x9b31m\r\u202e"
STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\udc80-\udcff]")
APP = f"raise ImportError({f'No module named {STEER}'!r}, name={STEER!r})\n"


@pytest.fixture
def patient(tmp_path: Path) -> Path:
    """Each name and each text of it that can hold one holds escape sequences."""
    venv = make_venv(tmp_path / "venv", sys.executable, {})
    site = next(venv.glob("lib/python*/site-packages"))
    library = needing("s", [f"lib{STEER}.so"], STEER)
    files: dict[str, str | bytes] = {"good/__init__.py": "", f"good/x{STEER}.so": library}
    add_distribution(site, "good", "1", files, ["gone>=1"])
    bad = site / f"bad{STEER}-1.0.dist-info"
    bad.mkdir()
    (bad / "METADATA").write_text(f"Name: bad{STEER}\nVersion: 1{STEER}\nRequires-Dist: other{STEER}\n")
    (bad / "RECORD").write_text(f"bad{STEER}/x.py,sha256=AAAA,3\n")
    (site / f"empty{STEER}-1.dist-info").mkdir()
    (site / f"~rest{STEER}").mkdir()
    (site / f"bad{STEER}.pth").write_text(f"import os; {STEER}\n/nowhere{STEER}\n")
    (tmp_path / "app.py").write_text(APP)
    return venv / "bin/python"


@pytest.mark.parametrize("form", ["text", "json", "markdown", "sarif"])
def test_of_an_environment(form: str, patient: Path, doctor: Doctor) -> None:
    ran = doctor("diagnose", "--all", "--format", form, "--python", str(patient))
    assert "title" in ran.stdout and not STEERING.findall(ran.stdout + ran.stderr)
    if form == "json":
        assert any(STEER.lower() in finding["title"] for finding in json.loads(ran.stdout)["findings"])


def test_of_a_command(patient: Path, doctor: Doctor) -> None:
    for verb in (("diagnose",), ("treat", "--yes")):
        ran = doctor(*verb, "--python", str(patient), "--", str(patient), "app.py")
        assert not STEERING.findall(ran.stdout + ran.stderr)


def test_on_a_terminal_only_our_own_colours_are_sent() -> None:
    shown = to_terminal([line((STEER, "bad"), STEER)], 80)
    assert not STEERING.findall(re.sub(r"\x1b\[[\d;]*m", "", shown)) and "]0;title" in shown

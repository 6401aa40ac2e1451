"""Folders, files and words that are no UTF-8: Linux allows any byte, and a diagnosis goes on to its end."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.builders import make_venv
from tests.site_builder import add_distribution

if TYPE_CHECKING:
    from tests.toolkit.cli.conftest import Doctor

BYTES = os.fsdecode(b"b\xff")


@pytest.fixture
def python(tmp_path: Path) -> str:
    """Of an environment in such a folder, with such a module, package and library."""
    venv = make_venv(tmp_path / "venv", sys.executable, {})
    site = next(venv.glob("lib/python*/site-packages"))
    add_distribution(site, "good", "1", {"good/__init__.py": "import gone\n"}, ["gone>=1"])
    (site / BYTES).mkdir()
    for name in (f"{BYTES}.py", f"{BYTES}/x.so", f"x{BYTES}.so", f"{BYTES}-1.0.dist-info"):
        (site / name).write_text("import gone\n")
    shutil.move(venv, tmp_path / BYTES)
    return str(tmp_path / BYTES / "bin/python")


@pytest.mark.parametrize("form", ["text", "json", "markdown", "sarif"])
def test_an_environment(form: str, python: str, doctor: Doctor) -> None:
    ran = doctor("diagnose", "--all", "--format", form, "--python", python)
    assert ran.returncode == 1 and "gone" in ran.stdout, ran.stderr


@pytest.mark.parametrize("words", [("-c", f"import good #{BYTES}"), ("-m", BYTES), (f"{BYTES}.py",)])
def test_a_command(words: tuple[str, ...], doctor: Doctor, tmp_path: Path) -> None:
    python = str(make_venv(tmp_path / "venv", sys.executable, {}) / "bin/python")
    ran = doctor("diagnose", "--python", python, "--", python, *words)
    assert ran.returncode in (1, 3) and "internal error" not in ran.stderr, ran.stderr

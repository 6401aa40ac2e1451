"""A password among the variables of a failing program, which prints it, is in nothing that the doctor says or keeps."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.builders import make_venv

if TYPE_CHECKING:
    from tests.toolkit.cli.conftest import Doctor

PASSWORD, TOKEN = "hunter2-horse", "tok-5d1f9a7c3e"
APP = """
import os
url, token = os.environ["DATABASE_URL"], os.environ["SHOP_TOKEN"]
print("connecting to", url, "with", token)
if url.startswith("postgres:"):
    raise LookupError(f"Can't load plugin: sqlalchemy.dialects:postgres ({url}, {token})")
"""
SECRETS = {"DATABASE_URL": f"postgres://shop:{PASSWORD}@db/shop", "SHOP_TOKEN": TOKEN}


@pytest.fixture
def patient(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(APP)
    return make_venv(tmp_path / "venv", sys.executable, {}) / "bin/python"


@pytest.mark.parametrize("form", ["text", "json", "markdown", "sarif"])
def test_no_diagnosis_shows_it(form: str, patient: Path, doctor: Doctor) -> None:
    words = ("diagnose", "--all", "--format", form, "--python", str(patient), "--", str(patient), "app.py", TOKEN)
    ran = doctor(*words, env=SECRETS)
    assert ran.returncode == 1 and "DATABASE_URL" in ran.stdout
    assert PASSWORD not in ran.stdout + ran.stderr and TOKEN not in ran.stdout + ran.stderr


def test_no_receipt_has_it(patient: Path, doctor: Doctor, tmp_path: Path) -> None:
    """Though the command was run with it."""
    words = ("--python", str(patient), "--allow", "environment", "--yes", "--", str(patient), "app.py", TOKEN)
    ran = doctor("treat", "--format", "json", *words, env=SECRETS)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    told = [doctor("history", "--format", form, env=SECRETS) for form in ("text", "markdown")]
    said = "".join(each.stdout + each.stderr for each in (ran, *told))
    assert "DATABASE_URL" in said and PASSWORD not in said and TOKEN not in said
    kept = [path for path in (tmp_path / "state").rglob("*") if path.is_file()]
    assert any(path.name == "receipt.json" for path in kept)
    assert not [p for p in kept if PASSWORD.encode() in p.read_bytes() or TOKEN.encode() in p.read_bytes()]


def test_no_agent_is_told(patient: Path, base_environment: dict[str, str], tmp_path: Path) -> None:
    pytest.importorskip("mcp")
    from tts_doctor.cli.mcp_server import Tools

    tools = Tools({**base_environment, **SECRETS}, "en")
    command = [str(patient), "app.py", TOKEN]
    diagnosis = tools.diagnose(command, python=str(patient), folder=str(tmp_path))
    receipt = tools.treat(command, str(patient), str(tmp_path), True, allow=["environment"])
    for found in (diagnosis, receipt, tools.history()):
        assert "DATABASE_URL" in str(found) and PASSWORD not in str(found) and TOKEN not in str(found)

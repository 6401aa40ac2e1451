"""The tox environment of the documentation, as tox itself runs it: no test starts where its environment is broken."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.docs.examples import ROOT, blocks

TOOLS = Path(sys.executable).parent
PAGES = (ROOT / "docs" / "ecosystem.md", ROOT / "docs" / "ecosystem.zh.md")


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
@pytest.mark.parametrize(("prov", "status"), [("2.0", 1), ("1.0", 0)])
def test_the_documented_environment(page: Path, prov: str, status: int, wheels: Path, tmp_path: Path) -> None:
    documented = next(block.text for block in blocks(page) if block.title == "tox.ini")
    (tmp_path / "tox.ini").write_text(documented.replace("= pytest", """= python -c "print('the tests run')" """))
    (tmp_path / "requirements.txt").write_text(f"cons==1.0\nprov=={prov}\n")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("VIRTUAL_ENV", "PYTHON"))}
    environ |= {"UV_NO_INDEX": "1", "UV_FIND_LINKS": str(wheels), "PATH": f"{TOOLS}:{os.environ['PATH']}"}
    environ |= {"TTS_DOCTOR_STATE": str(tmp_path / "state"), "TTS_DOCTOR_CACHE": str(tmp_path / "cache")}
    done = subprocess.run(
        [TOOLS / "tox", "run", "-e", "py"], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=300
    )
    said = done.stdout + done.stderr
    assert status == done.returncode, said
    assert ("cons needs prov.thing" in said) is bool(status), said
    assert ("the tests run" in said) is not bool(status), said

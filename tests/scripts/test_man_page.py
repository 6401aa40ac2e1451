"""The manual page says what the command line says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_manual_page_is_fresh() -> None:
    done = subprocess.run([sys.executable, ROOT / "scripts" / "write_man_page.py", "--check"], check=False)
    assert 0 == done.returncode, "run `make man`"

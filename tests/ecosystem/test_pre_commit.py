"""The pre-commit hook, as pre-commit itself installs and runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRE_COMMIT = Path(sys.executable).with_name("pre-commit")


@pytest.mark.slow
@pytest.mark.network
@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="pre-commit takes hooks from a git repository")
def test_the_hook_fails_until_the_environment_is_whole(
    project: Path, install: Callable[..., None], tmp_path: Path
) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("VIRTUAL_ENV", "PYTHON"))}
    environ |= {"PRE_COMMIT_HOME": str(tmp_path / "home"), "TTS_DOCTOR_CACHE": str(tmp_path / "cache")}
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)

    def hook() -> subprocess.CompletedProcess[str]:
        command = [PRE_COMMIT, "try-repo", ROOT, "tts-doctor", "--all-files", "--verbose"]
        return subprocess.run(command, cwd=project, env=environ, capture_output=True, text=True, timeout=900)

    broken = hook()
    assert 1 == broken.returncode
    assert "cons needs prov.thing" in broken.stdout, broken.stdout + broken.stderr
    install("prov==1.0")
    assert 0 == hook().returncode

"""The second resolver, pip's own, comes to the same lock."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.pythons import python_or_skip
from tests.toolkit.effects.test_lock import Silent

from tts_doctor.effects.lock import compute_lock
from tts_doctor.effects.pip_tools import check_pip_tools
from tts_doctor.errors import UsageError
from tts_doctor.model.lock import Lock, LockRequest, RequirementList, ResolverSettings
from tts_doctor.parse.lock_text import read_pins
from tts_doctor.parse.requirements_file import read_line


def locked(resolver: str, python: str, cwd: str) -> Lock:
    listed = RequirementList(tuple(read_line(t, "r.txt", 1) for t in ("flask==2.2.2", "gunicorn==20.1.0", "soundfile")))
    request = LockRequest(listed, (python,), ResolverSettings(), resolver=resolver, cwd=cwd)
    path = f"{Path(python_or_skip(python)).parent}:{os.environ['PATH']}"
    return compute_lock(request, {**os.environ, "PATH": path}, Silent())


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.parametrize("python", ["3.11", "3.9"])
def test_both_resolvers_agree(python: str, tmp_path: Path) -> None:
    """The same versions, bounds included, and hashes in both; the reasons name the user's file."""
    uv, pip = (locked(name, python, str(tmp_path)).text for name in ("uv", "pip-tools"))

    assert dict(read_pins(uv)) == dict(read_pins(pip))
    assert "# via -r r.txt" in uv and "# via -r r.txt" in pip
    assert "--hash=sha256:" in uv and "--hash=sha256:" in pip


def test_pip_tools_knows_no_date() -> None:
    """Said before anything is asked."""
    with pytest.raises(UsageError, match="as-of"):
        check_pip_tools("2026-11-15")


def test_pip_tools_is_an_extra(tmp_path: Path) -> None:
    """Where it is not there, what to install is said, before anything is asked."""
    code = (
        "import sys; sys.modules['piptools'] = None; sys.argv = ['tts-doctor', *sys.argv[1:]]\n"
        "from tts_doctor.cli.main import main; sys.exit(main())"
    )
    (tmp_path / "list.txt").write_text("flask\n")
    argv = [sys.executable, "-I", "-c", code, "lock", "list.txt", "--python", "3.11", "--resolver", "pip-tools"]
    ran = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True)

    assert ran.returncode == 2 and "pip install 'tts-doctor[pip-tools]'" in ran.stderr

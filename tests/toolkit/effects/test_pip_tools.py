"""The second resolver, pip's own, comes to the same lock."""

from __future__ import annotations

import os

import pytest
from tests.toolkit.effects.test_lock import Silent

from tts_doctor.effects.lock import compute_lock
from tts_doctor.errors import UsageError
from tts_doctor.model.lock import Lock, LockRequest, RequirementList, ResolverSettings
from tts_doctor.parse.lock_text import read_pins
from tts_doctor.parse.requirements_file import read_line


def locked(resolver: str, cwd: str, as_of: str = "") -> Lock:
    listed = RequirementList(tuple(read_line(t, "r.txt", 1) for t in ("flask==2.2.2", "gunicorn==20.1.0", "soundfile")))
    settings = ResolverSettings(as_of=as_of)
    request = LockRequest(listed, ("3.11",), settings, resolver=resolver, cwd=cwd)
    return compute_lock(request, os.environ, Silent())


@pytest.mark.network
@pytest.mark.slow
def test_both_resolvers_agree(tmp_path: object) -> None:
    """The same versions, bounds included, and hashes in both."""
    uv, pip = (locked(name, str(tmp_path)).text for name in ("uv", "pip-tools"))

    assert dict(read_pins(uv)) == dict(read_pins(pip))
    assert "--hash=sha256:" in uv and "--hash=sha256:" in pip


@pytest.mark.network
def test_pip_tools_knows_no_date(tmp_path: object) -> None:
    """Said before anything is installed."""
    with pytest.raises(UsageError, match="as-of"):
        locked("pip-tools", str(tmp_path), "2026-11-15")

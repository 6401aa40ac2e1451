"""Without a container engine the verbs that need one say where they looked and what the system said."""

from __future__ import annotations

import pytest
from tests.toolkit.cli.conftest import Doctor

pytest.importorskip("docker")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("unix:///nowhere", "unix:///nowhere: No such file or directory"),
        ("tcp://127.0.0.1:1", "tcp://127.0.0.1:1: Connection refused"),
        ("http://", "Invalid bind address format"),
    ],
)
@pytest.mark.parametrize("words", [("check", "app:1"), ("diagnose", "app:1"), ("diff", "app:1", "app:2")])
def test_it_is_told(doctor: Doctor, words: tuple[str, ...], address: str, said: str) -> None:
    """Exit 3: nothing was found out."""
    told = doctor("image", *words, env={"DOCKER_HOST": address})
    assert told.returncode == 3
    assert f"error: no container engine answers: {said}" in told.stderr

"""What a person says of an environment, as they say it."""

from __future__ import annotations

import json

import pytest

from tts_doctor.errors import UsageError
from tts_doctor.parse.context import read_context


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("1.26.4", "1.26.4"),
        ("2.0.1+cu118", "2.0.1+cu118"),
        (">=82 in the isolated build", "82"),
        ("1.0rc1", "1.0rc1"),
        (3, "3"),
        (1.5, "1.5"),
        ("v0.22.0", "0.22.0"),
        ("installed", ""),
    ],
)
def test_versions(said: object, version: str) -> None:
    """As far as one can be read in it."""
    facts = read_context(json.dumps({"packages": {"Some_Name": said}}))

    assert version == facts.version("some-name")
    assert facts.get("some-name") is not None


@pytest.mark.parametrize("said", ["none (as with >=82)", None, "not installed", "Missing"])
def test_absence(said: object) -> None:
    """A package said to be absent is absent."""
    assert read_context(json.dumps({"packages": {"setuptools": said}})).get("setuptools") is None


@pytest.mark.parametrize(
    ("said", "minor"),
    [("3.10", (3, 10)), ("3.10.13", (3, 10)), ("Python 3.8", (3, 8)), (3.11, (3, 11)), (None, (0, 0))],
)
def test_pythons(said: object, minor: tuple[int, int]) -> None:
    """With or without the word."""
    assert minor == read_context(json.dumps({"python": said})).interpreter.minor


@pytest.mark.parametrize(
    ("said", "machine"),
    [("Debian 12 (bookworm), x86_64", "x86_64"), ("amd64 host", "x86_64"), ("macOS arm64", "aarch64"), ("Windows", "")],
)
def test_machines(said: str, machine: str) -> None:
    """Named by the kernel's words."""
    facts = read_context(json.dumps({"os": said}))

    assert machine == facts.interpreter.machine
    assert dict(facts.host)["os"] == said


@pytest.mark.parametrize("text", ["", "null", "3", '{"packages": []}', '{"packages": ["x"]}', '{"os": {}}', "\ud800"])
def test_nonsense(text: str) -> None:
    """A usage error, or nothing known; never anything else."""
    try:
        assert not read_context(text).distributions
    except UsageError as error:
        assert "context" in error.en and error.zh != error.en

"""The committed locks belong to the list as it stands; whether the index has moved since is not asked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

CONSTRAINTS = Path(__file__).parents[2] / "constraints"
LOCKS = sorted(CONSTRAINTS.glob("handbook-3.*.txt"))
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.M)
CHANGE = re.compile(r"^# changed: (\S+) -> (\S+)", re.M)


def published() -> dict[str, str]:
    text = (CONSTRAINTS / "handbook.txt").read_text()
    return {canonicalize_name(name): version for name, version in PIN.findall(text)}


def test_there_is_one_for_each_python() -> None:
    """torch 1.13.1 has wheels for these alone."""
    assert [p.stem for p in LOCKS] == ["handbook-3.10", "handbook-3.11", "handbook-3.8", "handbook-3.9"]


@pytest.mark.parametrize("lock", LOCKS, ids=[p.stem for p in LOCKS])
def test_a_lock_is_not_stale(lock: Path) -> None:
    """Every pin of the list is in it or named as changed; otherwise: make locks."""
    text = lock.read_text()
    pins = {canonicalize_name(name): version for name, version in PIN.findall(text)}
    changes = dict(CHANGE.findall(text))
    changed = {canonicalize_name(old.split("==")[0]): new.split("==")[1] for old, new in changes.items()}

    assert {name: pins.get(name) for name in published()} == published() | changed
    assert "datasets" in changed and len(changed) == (2 if lock.stem == "handbook-3.8" else 1)


@pytest.mark.parametrize("lock", LOCKS, ids=[p.stem for p in LOCKS])
def test_what_is_known_beyond_metadata_holds(lock: Path) -> None:
    """The three bounds without which it installs and does not import."""
    pins = {canonicalize_name(name): version for name, version in PIN.findall(lock.read_text())}
    major = {name: int(pins[name].split(".")[0]) for name in ("setuptools", "werkzeug", "pyarrow")}

    assert major["setuptools"] < 82 and major["werkzeug"] < 3 and major["pyarrow"] < 21

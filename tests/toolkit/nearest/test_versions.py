"""Which releases are near to a line."""

from __future__ import annotations

import pytest

from tts_doctor.model.lock import ListLine
from tts_doctor.nearest.versions import distance, same_release, sides
from tts_doctor.parse.requirements_file import read_line

RELEASES = ("0.9", "1.0", "1.1", "1.1.post1", "2.0", "3.0")


def line(text: str) -> ListLine:
    return read_line(text, "r.txt", 1)


SIDES = [
    ("a==1.1", ("1.1.post1", "2.0", "3.0"), ("1.0", "0.9")),
    ("a==1.5", ("2.0", "3.0"), ("1.1.post1", "1.1", "1.0", "0.9")),
    ("a>=1,<2", ("2.0", "3.0"), ("0.9",)),
    ("a~=1.0", ("2.0", "3.0"), ("0.9",)),
    ("a>=4", (), ("3.0", "2.0", "1.1.post1", "1.1", "1.0", "0.9")),
    ("a==1.*", ("2.0", "3.0"), ("0.9",)),
]


@pytest.mark.parametrize(("text", "above", "below"), SIDES, ids=[s[0] for s in SIDES])
def test_sides(text: str, above: tuple[str, ...], below: tuple[str, ...]) -> None:
    """Nearest first on each side of what the line admits or names."""
    up, down = sides(line(text), RELEASES)

    assert (up.versions, down.versions) == (above, below)


DISTANCES = [
    ("a==1.1", "2.0", 2),
    ("a==1.1", "0.9", 2),
    ("a>=1,<2", "3.0", 2),
    ("a==2.0+cu117", "2.0", 0),
    ("a==1.5", "2.0", 1),
]


@pytest.mark.parametrize(("text", "version", "steps"), DISTANCES, ids=[f"{d[0]}-{d[1]}" for d in DISTANCES])
def test_distance(text: str, version: str, steps: int) -> None:
    """Counted in releases."""
    assert distance(line(text), version, RELEASES) == steps


def test_the_public_release_of_a_local_version() -> None:
    """Only the local part changes."""
    assert same_release(line("a==2.0+cu117"), RELEASES) == "2.0"
    assert same_release(line("a==2.0"), RELEASES) == ""


def test_a_range_holds_its_ends() -> None:
    """`>` would leave post releases out, so both ends are inclusive."""
    up, down = sides(line("a==1.0"), RELEASES)

    assert up.within(0, 2) == ">=1.1,<=1.1.post1"
    assert down.within(0, 1) == "==0.9"

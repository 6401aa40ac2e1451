"""What a misspelt name may have meant."""

from __future__ import annotations

import pytest

from tts_doctor.knowledge.near_names import near_names


@pytest.mark.parametrize(
    ("name", "meant"), [("flsk", "flask"), ("nunpy", "numpy"), ("librosaa", "librosa"), ("zzzzqqqq", None)]
)
def test_the_nearest_known_distribution_comes_first(name: str, meant: str | None) -> None:
    assert meant == next(iter(near_names(name)), None)

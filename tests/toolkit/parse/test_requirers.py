"""Who asks for what, as a lock's comments tell it."""

from __future__ import annotations

import pytest

from tts_doctor.parse.lock_text import read_requirers

ONE = "a==1 \\\n    --hash=sha256:0\n    # via b\n"
SEVERAL = "C.d==1\n    # via\n    #   -r list.txt\n    #   e\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ONE, {"a": ("b",)}),
        (SEVERAL, {"c-d": ("-r list.txt", "e")}),
        (ONE + SEVERAL, {"a": ("b",), "c-d": ("-r list.txt", "e")}),
        ("a==1\n", {}),
        ("    # via nobody\n", {}),
    ],
)
def test_who_asks(text: str, expected: dict[str, tuple[str, ...]]) -> None:
    """A lock without such comments tells of nobody, which is not the same as nobody asking."""
    assert read_requirers(text) == expected

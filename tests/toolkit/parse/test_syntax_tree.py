"""Source that Python's parser would not come back from soon, or not in a machine's memory, has no tree."""

from __future__ import annotations

import pytest
from tests.guards import ends_within

from tts_doctor.parse.syntax_tree import syntax_tree

HOSTILE = {
    "an endless name": b"import a" + b".a" * 60_000,
    "an endless name in pieces": b"import a" + b" \\\n.\xc3\xa9" * 60_000,
    "an f-string of fields": b'f"' + b"{a}" * 60_000 + b'"',
    "brackets": b"(" * 100_000,
    "signs": b"-" * 100_000 + b"1",
    "nothing that is Python": b"import \xff",
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
def test_hostile_source_has_no_tree(source: bytes) -> None:
    with ends_within():
        assert syntax_tree(source) is None


def test_large_data_is_no_attack() -> None:
    assert syntax_tree(b"x = [" + b"{'a': b.c.d}, " * 30_000 + b"]") is not None

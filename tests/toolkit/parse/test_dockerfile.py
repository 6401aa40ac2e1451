"""Whatever a Dockerfile holds, its instructions are found in one pass, and together they are its text."""

from __future__ import annotations

import pytest
from tests.guards import ends_within

from tts_doctor.parse.dockerfile import parse_dockerfile

HOSTILE = {
    "heredocs without end": "RUN <<E\n" * 20_000,
    "heredocs without end, each of another name": "".join(f"RUN <<-E{n}\n" for n in range(20_000)),
    "continuation lines": "RUN a \\\n" * 20_000,
    "flags": "RUN " + "--a=b " * 30_000,
    "brackets": "CMD " + "[" * 100_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_read_once(text: str) -> None:
    with ends_within():
        assert parse_dockerfile(text).text == text


def test_a_heredoc_ends_at_its_own_word() -> None:
    text = "RUN <<A <<-B\n B\nA\nA\n\tB\nCMD x\nRUN <<C\nCMD y\n"
    found = parse_dockerfile(text).instructions

    assert [i.heredocs for i in found] == [(" B\n", "A\n"), (), (), ()]
    assert [i.keyword for i in found] == ["RUN", "CMD", "RUN", "CMD"]

"""Optional dependencies that a failure's words point at."""

from __future__ import annotations

import pytest
from tests.toolkit.signs.cases import case, dist, traceback

from tts_doctor.signs import missing_extra

SOUP = dist(
    "soup",
    requires=(
        "html5lib; extra == 'html5lib'",
        "lxml>=4; extra == 'lxml'",
        "stringy; extra == 'format'",
        "lxml>=4; extra == 'dev'",
        "colorama; sys_platform == 'win32' and extra == 'colour'",
        "always",
    ),
)


@pytest.mark.parametrize(
    ("message", "present", "expected"),
    [
        ("FeatureNotFound: no tree builder with the features: lxml", (), [("lxml", ">=4")]),
        ("FeatureNotFound: no tree builder with the features: lxml", (dist("lxml"),), []),
        ("AssertionError: the format is not checked", (), [("soup[format]", "==1.0")]),
        ("AssertionError: the colour is wrong", (), []),
        ("AssertionError: dev", (), []),
        ("AssertionError: always", (), []),
        ("ValueError: nothing of the kind", (), []),
    ],
    ids=["named", "present", "extra", "platform", "developers", "required", "unrelated"],
)
def test_an_extra_in_the_words_of_a_failure(
    message: str, present: tuple[object, ...], expected: list[tuple[str, str]]
) -> None:
    examined = case(SOUP, *present, text=traceback("soup/builder.py", message))  # type: ignore[arg-type]
    actions = [action for f in missing_extra.find(examined) for action in f.treatment.actions]
    assert expected == [(a.target, a.spec) for a in actions]

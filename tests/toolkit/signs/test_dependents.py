"""What a finding takes down, by what metadata requires."""

from __future__ import annotations

import pytest

from tts_doctor.model.facts import Distribution, Facts
from tts_doctor.model.finding import Culprit, Finding, Kind, Need, Severity, Verdict
from tts_doctor.model.text import Text
from tts_doctor.signs.dependents import with_what_breaks

FACTS = Facts(
    distributions=(
        Distribution("Lib", "2.0", "/s"),
        Distribution("user_one", "1.0", "/s", requires=("lib >=1",)),
        Distribution("app", "1.0", "/s", requires=("User.One; python_version > '3'",)),
        Distribution("aside", "1.0", "/s", requires=("lib; extra == 'fast'",)),
    )
)


def finding(*names: str, **more: object) -> Finding:
    culprits = tuple(Culprit(Kind.DISTRIBUTION, name) for name in names)
    return Finding("x", Text("x"), Text("x"), culprits=culprits, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "given, expected",
    [
        (finding("lib"), ("lib", "app", "user-one")),
        (finding("lib", "user-one"), ("user-one", "app")),
        (finding("lib", "aside"), ()),
        (finding("lib", need=Need("name", consumer="user-one", provider="lib")), ("user-one", "app")),
        (finding("absent"), ()),
        (finding("lib", severity=Severity.NOTE), ()),
        (finding("lib", verdict=Verdict.UNKNOWN), ()),
    ],
    ids=["its users", "the consumer", "unrelated parties", "as needed", "not installed", "note", "unknown"],
)
def test_breaks(given: Finding, expected: tuple[str, ...]) -> None:
    (told,) = with_what_breaks(FACTS, [given])

    assert expected == told.breaks

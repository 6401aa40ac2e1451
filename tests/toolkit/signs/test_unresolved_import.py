"""What following the imports found missing, as findings."""

from __future__ import annotations

import pytest

from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Distribution, Facts, Interpreter, MissingImport
from tts_doctor.model.finding import Severity
from tts_doctor.signs.unresolved_import import find

LIB = Distribution("lib", "2.0")
GONE = MissingImport("app", "app/core.py", 7, "lib.urls", "quote", "lib", "name", "app")


def findings(*items: MissingImport) -> list[object]:
    facts = Facts(Interpreter("3.10.13"), (LIB,), missing_imports=items)
    return [(f.id, f.severity, [c.name for c in f.culprits], f.need and f.need.kind) for f in find(Examination(facts))]


PRESENT = [
    (GONE, ("missing-name", Severity.ERROR, ["lib", "app"], "name")),
    (
        MissingImport("app", "app/a.py", 1, "absent", "", "absent"),
        ("missing-module", Severity.ERROR, ["absent", "app"], "module"),
    ),
    (
        MissingImport("app", "app/a.py", 1, "audioop", "", "python"),
        ("removed-standard-module", Severity.ERROR, ["python", "app"], "python"),
    ),
    (
        MissingImport("app", "app/a.py", 1, "lib", "x", "lib", "attribute", deferred=True),
        ("missing-name", Severity.WARNING, ["lib", "app"], "name"),
    ),
    (
        MissingImport("app", "app/a.py", 1, "absent", "", "absent", optional=True),
        ("missing-module", Severity.NOTE, ["absent", "app"], "module"),
    ),
    (
        MissingImport("", "/w/job.py", 1, "absent", "", "absent"),
        ("missing-module", Severity.ERROR, ["absent", "/w/job.py"], "module"),
    ),
]


@pytest.mark.parametrize("item, expected", PRESENT)
def test_present(item: MissingImport, expected: object) -> None:
    assert [expected] == findings(item)


def test_one_finding_for_each_contract() -> None:
    other = MissingImport("app", "app/other.py", 3, "lib.urls", "quote", "lib", "name", "app")
    found = list(find(Examination(Facts(missing_imports=(GONE, other)))))
    assert [["app/core.py:7", "app/other.py:3"]] == [[e.where for e in f.evidence] for f in found]


@pytest.mark.parametrize("missing", [(), None], ids=["absent", "not looked at"])
def test_absent(missing: tuple[MissingImport, ...] | None) -> None:
    assert [] == list(find(Examination(Facts(missing_imports=missing))))

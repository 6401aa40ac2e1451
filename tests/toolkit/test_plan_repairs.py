"""The order in which repairs are tried follows what users mind."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest

from tts_doctor.model.facts import Distribution, Facts
from tts_doctor.model.finding import Action, Diagnosis, Finding, Severity, Treatment, Verdict
from tts_doctor.model.text import Text
from tts_doctor.plan_repairs import Wishes, looks_pinned, nearest, plan_repairs, within_series
from tts_doctor.ports import Release

FACTS = Facts(
    distributions=(Distribution("flask", "2.2.2", requested=True), Distribution("werkzeug", "3.1.0")),
    environment=(("PYTHONPATH", "/opt/lib"),),
)
OLD_WERKZEUG = Action("pin", "werkzeug", "<3")
NEW_FLASK = Action("pin", "flask", ">=2.3")
UNSET = Action("env-var", "PYTHONPATH", value=None)


def finding(*repairs: tuple[Action, ...], confidence: float = 0.9, verdict: Verdict = Verdict.PRESENT) -> Finding:
    treatment = Treatment(repairs[0], repairs[1:])
    return Finding("f", Text("t"), Text("c"), verdict, confidence=confidence, treatment=treatment)


def planned(
    *findings: Finding, wishes: Wishes | None = None, fallbacks: tuple[tuple[Action, ...], ...] = ()
) -> list[tuple[Action, ...]]:
    wishes = wishes or Wishes(frozenset({"packages", "environment"}), asked=frozenset({"flask"}))
    return [r.actions for r in plan_repairs(Diagnosis("x", findings), fallbacks, FACTS, wishes)]


def test_what_the_user_asked_for_is_changed_last() -> None:
    assert planned(finding((NEW_FLASK,), (OLD_WERKZEUG,))) == [(OLD_WERKZEUG,), (NEW_FLASK,)]


@pytest.mark.parametrize(
    ("spec", "kept_to"),
    [(">=4.3", ">=4.3,<5"), (">4.1.1", ">4.1.1,<5"), (">=0.2.1", ">=0.2.1,<0.3"), (">=2,<3", ">=2,<3"), ("<3", "<3")],
)
def test_a_lower_bound_is_kept_to_its_series(spec: str, kept_to: str) -> None:
    assert [a.spec for a in within_series((Action("pin", "celery", spec),))] == [kept_to]


def test_another_python_is_no_small_change() -> None:
    python = Action("change-python", "python", "<3.12")
    assert planned(finding((python,), (OLD_WERKZEUG,), (NEW_FLASK,)))[0] == (OLD_WERKZEUG,)


def test_a_fallback_comes_after_a_known_cause() -> None:
    assert planned(finding((OLD_WERKZEUG,)), fallbacks=((Action("pin", "click", "<8"),),))[0] == (OLD_WERKZEUG,)


def test_two_findings_with_one_repair_give_one_trial() -> None:
    assert planned(finding((OLD_WERKZEUG,)), finding((OLD_WERKZEUG,))) == [(OLD_WERKZEUG,)]


def test_an_unknown_finding_proposes_nothing() -> None:
    assert planned(finding((OLD_WERKZEUG,), verdict=Verdict.UNKNOWN)) == []


@pytest.mark.parametrize(
    ("allow", "action"),
    [
        ("system", Action("system-package", "libgl1")),
        ("files", Action("rename", "random.py")),
        ("environment", UNSET),
    ],
)
def test_what_is_not_allowed_is_not_tried(allow: str, action: Action) -> None:
    assert planned(finding((action,)), wishes=Wishes()) == []
    assert planned(finding((action,)), wishes=Wishes(frozenset({allow}))) == [(action,)]


def test_what_is_merely_noted_comes_after_an_asked_for_change_that_explains() -> None:
    note = replace(finding((Action("pin", "click", "<8"),), confidence=0.2), severity=Severity.NOTE)
    assert planned(note, finding((NEW_FLASK,)))[0] == (NEW_FLASK,)


def test_a_note_justifies_no_change_outside_the_environment() -> None:
    note = replace(finding((Action("system-package", "libtbb12"),), (OLD_WERKZEUG,)), severity=Severity.NOTE)
    assert planned(note, wishes=Wishes(frozenset({"packages", "system"}))) == [(OLD_WERKZEUG,)]


def test_what_must_be_kept_is_not_touched() -> None:
    wishes = Wishes(keep=frozenset({"werkzeug"}), asked=frozenset())
    assert planned(finding((OLD_WERKZEUG,), (NEW_FLASK,)), wishes=wishes) == [(NEW_FLASK,)]


@pytest.mark.parametrize(
    "action",
    [
        Action("pin", "werkzeug", ">=3"),
        Action("env-var", "PYTHONPATH", value="/opt/lib"),
        Action("uninstall", "absent"),
        Action("install", "nltk data punkt"),
        Action("code-change", "app.py"),
        Action("change-base-image", "debian"),
    ],
)
def test_what_changes_nothing_or_cannot_be_done_is_not_tried(action: Action) -> None:
    assert planned(finding((action,))) == []


class Releases:
    """An index that knows the releases of one distribution."""

    def __init__(self, *versions: str) -> None:
        self.versions = versions

    def releases(self, name: str) -> list[Release]:
        return [Release(v, f"2024-0{n}-01T00:00:00") for n, v in enumerate(self.versions, 1)]

    def requires(self, name: str, version: str) -> list[str]:
        return []

    def files(self, name: str, version: str) -> list[str]:
        return []

    def read(self, name: str, version: str, path: str) -> bytes | None:
        return None


@pytest.mark.parametrize(
    ("installed", "requires", "installed_at", "pinned"),
    [
        ("1.0", (), "2025-01-01", True),
        ("2.0", (), "2025-01-01", False),
        ("1.0", ("parts<2",), "2025-01-01", False),
        ("1.0", (), "2024-01-15", False),
        ("local", (), "2025-01-01", False),
    ],
)
def test_a_version_below_what_an_installer_would_choose_is_somebodys_pin(
    installed: str, requires: tuple[str, ...], installed_at: str, pinned: bool
) -> None:
    when = datetime.fromisoformat(installed_at).replace(tzinfo=timezone.utc).timestamp()
    parts = Distribution("parts", installed, installed_at=when)
    facts = Facts(distributions=(parts, Distribution("shop", "1.0", requires=requires)))
    assert looks_pinned("parts", facts, Releases("1.0", "2.0")) is pinned


def test_a_local_build_is_traded_for_the_indexs_last() -> None:
    facts = Facts(distributions=(Distribution("torch", "2.13.0+cpu"), Distribution("torchvision", "0.20.1")))
    torch, vision = (Action("pin", "torch", "==2.5.1"),), (Action("uninstall", "torchvision"),)
    planned_here = plan_repairs(Diagnosis("x", (finding(torch, vision),)), (), facts, Wishes())
    assert [r.actions for r in planned_here] == [vision, torch]


@pytest.mark.parametrize(
    ("spec", "expected"), [("<2", "==1.5"), ("<1.5", "==1.0"), (">=1.5", ">=1.5"), ("<0.5", "<0.5"), (None, None)]
)
def test_an_upper_bound_means_the_newest_release_below_it(spec: str | None, expected: str | None) -> None:
    (found,) = nearest((Action("pin", "parts", spec),), Releases("1.0", "1.5", "2.0"))
    assert found.spec == expected

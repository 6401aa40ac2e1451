"""Playbooks: every file is good, what is generated is fresh, and every specimen triggers its own playbook alone."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.guards import ends_within

from tts_doctor.effects import playbooks as effects
from tts_doctor.errors import PlaybookError, UsageError
from tts_doctor.knowledge.bounds import bounds_for
from tts_doctor.knowledge.playbooks import load_library, playbook_files
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Distribution, Facts, Interpreter
from tts_doctor.parse.literal import catastrophic, literal
from tts_doctor.parse.playbook import read_playbook, read_yaml
from tts_doctor.parse.playbook_shape import PLAYBOOK
from tts_doctor.parse.shape import json_schema
from tts_doctor.parse.symptom import read_symptom
from tts_doctor.signs.playbook_match import match

SPECIMENS = Path(__file__).parent / "specimens"
LIBRARY = load_library().playbooks
BY_ID = {playbook.id: playbook for playbook in LIBRARY}


def examination(record: dict[str, Any]) -> Examination:
    """What a recorded patient showed: names and versions, no paths."""
    facts = Facts(
        Interpreter(version=record["python"]),
        tuple(Distribution(name, version) for name, version in record["packages"].items()),
        tuple(record["environment"].items()),
    )
    return Examination(facts, read_symptom(record["text"], exit_code=1))


def recorded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SPECIMENS / f"{name}.json").read_text("utf-8"))
    return found


def test_every_playbook_checks_well() -> None:
    """Schema, expressions, bounds, both languages, references and a reproduction."""
    assert effects.check_playbooks() == ()


def test_generated_files_are_fresh() -> None:
    """`python scripts/generate_playbooks.py` brings them up to date."""
    stale = [path.name for path, text in effects.generated().items() if path.read_text("utf-8") != text]
    assert stale == []


def test_there_are_many() -> None:
    """The least that the project promises."""
    assert len(LIBRARY) >= 32


@pytest.mark.parametrize("file", playbook_files(), ids=lambda path: path.stem)
def test_the_published_schema_accepts_every_file(file: Path) -> None:
    """Whoever edits with the schema in their editor sees no red."""
    jsonschema.validate(read_yaml(file.read_text("utf-8"), file.name), json_schema(PLAYBOOK))


def test_every_playbook_has_a_specimen() -> None:
    """Recorded from a real failing run by `tests/reproductions/build.py --record`."""
    assert sorted(path.stem for path in SPECIMENS.glob("*.json")) == sorted(BY_ID)


@pytest.mark.parametrize("name", sorted(BY_ID))
def test_a_specimen_triggers_its_own_playbook_and_no_other(name: str) -> None:
    """What a patient showed names its disease; another fires only where the playbook says `beside`."""
    found = {finding.id: finding for finding in match(examination(recorded(name)), LIBRARY)}
    assert name in found
    assert set(found) - {name} <= set(BY_ID[name].beside)
    assert found[name].treatment.repairs
    assert all(culprit.name for culprit in found[name].culprits)


@pytest.mark.parametrize("name", sorted(BY_ID))
def test_a_specimen_without_facts_still_names_the_disease_unless_facts_are_its_point(name: str) -> None:
    """From the text alone confidence is lower, never higher."""
    record = recorded(name)
    whole = {f.id: f for f in match(examination(record), LIBRARY)}[name]
    bare = Examination(Facts(from_text=True), read_symptom(record["text"], exit_code=1))
    for finding in match(bare, (BY_ID[name],)):
        assert finding.confidence <= whole.confidence


@pytest.mark.parametrize("facts", [True, False], ids=["facts", "text-alone"])
@pytest.mark.parametrize("name", sorted(BY_ID))
def test_its_sentences_have_no_holes(name: str, facts: bool) -> None:
    """What is not known of this patient leaves neither a double space nor an empty bracket behind."""
    record = recorded(name)
    case = examination(record)
    if not facts:
        case = Examination(Facts(from_text=True), case.symptom)
    for finding in match(case, (BY_ID[name],)):
        for text in (finding.title, finding.cause):
            for words in (text.en, text.zh):
                assert not re.search(r"\s\s|^\s|\s$|\(\s*\)|（\s*）|\s[,;:](?:\s|$)|\s[，；：。]", words), words


def test_the_users_own_code_is_called_so() -> None:
    """A traceback without a distribution: a sentence has a subject all the same."""
    text = 'Traceback (most recent call last):\n  File "app.py", line 1, in <module>\n    import imp\n'
    text += "ModuleNotFoundError: No module named 'imp'\n"
    case = Examination(Facts(Interpreter(version="3.12.1")), read_symptom(text, exit_code=1))
    (finding,) = match(case, (BY_ID["imp-removed"],))
    assert finding.title.en == "Your code imports imp, which Python 3.12 removed"
    assert finding.title.zh == "你的代码 导入的 imp 已被 Python 3.12 移除"


def test_a_healthy_environment_triggers_nothing_at_rest() -> None:
    """Versions alone are no disease."""
    packages = {
        name: version for path in SPECIMENS.glob("*.json") for name, version in recorded(path.stem)["packages"].items()
    }
    facts = Facts(Interpreter(version="3.11"), tuple(Distribution(n, v) for n, v in packages.items()))
    assert [finding.id for finding in match(Examination(facts), LIBRARY)] == []


MINIMAL: dict[str, Any] = {
    "id": "a-b",
    "title": {"en": "a", "zh": "甲"},
    "cause": {"en": "b", "zh": "乙"},
    "when": {"error": {"message": "x(?P<name>y)"}},
    "treatment": [{"actions": [{"action": "pin", "target": "a", "spec": "<2"}]}],
    "references": [],
}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"colour": "red"}, "a.yaml.colour is unknown"),
        ({"title": {"en": "a"}}, "a.yaml.title.zh is missing"),
        ({"when": {"all": [{"missing": "a"}, {"error": {"message": "("}}]}}, "a.yaml.when.all[1].error.message is"),
        ({"when": {"installed": {"name": "a", "spec": "2<"}}}, "a.yaml.when.installed.spec is '2<'"),
        ({"when": {"missing": "a", "python": "3"}}, "a.yaml.when must have exactly one of"),
        ({"when": {"all": []}}, "a.yaml.when.all is empty"),
        ({"when": {"all": "x"}}, "a.yaml.when.all must be a list, not str"),
        ({"confidence": 2}, "a.yaml.confidence is 2"),
        ({"confidence": True}, "a.yaml.confidence must be a number, not bool"),
        ({"treatment": [{"actions": []}]}, "a.yaml.treatment[0].actions is empty"),
        ({"treatment": [{"actions": [{"action": "pray", "target": "a"}]}]}, "a.yaml.treatment[0].actions[0].action is"),
        ({"treatment": [{"actions": [{"action": "pin", "target": "a", "bound": "no"}]}]}, "a.yaml.treatment[0].act"),
        ({"treatment": [{"actions": [{"action": "pin", "target": "{who}"}]}]}, "a.yaml.treatment uses {who}"),
        ({"references": ["ftp://x"]}, "a.yaml.references[0] is 'ftp://x'"),
        ({"id": "A B"}, "a.yaml.id is 'A B'"),
    ],
)  # fmt: skip
def test_a_broken_playbook_is_refused_with_a_dotted_path(change: dict[str, Any], path: str) -> None:
    """What is wrong, and where."""
    with pytest.raises(PlaybookError) as caught:
        read_playbook({**MINIMAL, **change}, "a.yaml", {})
    assert caught.value.en.startswith(path)


@pytest.mark.parametrize(
    "text",
    ["a: &x [1]\nb: [*x, *x]", "!!python/object/apply:os.system ['true']", "a: [", "x" * 70_000, "a: !custom 1"],
    ids=["alias", "object", "broken", "huge", "tag"],
)
def test_dangerous_yaml_is_refused(text: str) -> None:
    """Data, never code; no bombs of aliases."""
    with pytest.raises(PlaybookError):
        read_yaml(text, "a.yaml")


def test_a_new_playbook_lacks_only_what_must_be_filled_in(tmp_path: Path) -> None:
    """The scaffold is valid; `check` names what is still open."""
    target = effects.new_playbook("my-disease", str(tmp_path))
    said = [problem.what.en for problem in effects.check_playbooks([str(target)])]
    assert said == [
        f"my-disease.yaml still says {effects.TO_FILL_IN}",
        "my-disease.yaml.references is empty: name a public thread",
    ]
    with pytest.raises(UsageError):
        effects.new_playbook("my-disease", str(tmp_path))


def test_an_unknown_id_is_answered_with_the_nearest() -> None:
    """One typing error away."""
    with pytest.raises(UsageError) as caught:
        effects.find_playbook("itsdangerus-json")
    assert "itsdangerous-json" in caught.value.hint_en


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("cannot import name '(?P<name>\\w+)' from 'flask'", "cannot import name '"),
        ("(?:a|b)cdefg", "cdefg"),
        ("x*", ""),
        ("No module named 'a'?", "no module named 'a"),
    ],
)
def test_the_literal_of_an_expression(pattern: str, expected: str) -> None:
    """Every match contains it."""
    assert expected == literal(pattern)


@pytest.mark.parametrize(
    ("pattern", "expected"), [("(a+)+b", True), ("(a|b+)*", True), ("a+b+", False), ("(?:ab?)*", False)]
)
def test_a_repeat_inside_a_repeat_is_catastrophic(pattern: str, expected: bool) -> None:
    """Refused by `playbook check`."""
    assert expected == catastrophic(pattern)


def test_bounds_know_their_consumers_versions() -> None:
    """One source of truth for what metadata does not tell."""
    assert [bound.provider for bound in bounds_for("Flask", "2.1.3")] == ["werkzeug"]
    assert bounds_for("flask", "3.0.0") == ()
    assert bounds_for("flask", "no version") == ()


@pytest.mark.skipif(sys.version_info < (3, 11), reason="measured on one version")
def test_no_expression_hangs_on_a_long_log() -> None:
    """No expression is slow on a megabyte that almost matches."""
    text = "cannot import name 'x' from 'y' No module named 'z' module 'a' has no attribute 'b' size changed\n" * 10_000
    case = Examination(Facts(from_text=True), read_symptom(text, exit_code=1))
    with ends_within(60):
        list(match(case, LIBRARY))

"""The whole treatment, on real environments made of small wheels: find, prove, apply, or leave alone."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.builders import index_environment, install_into, make_venv, tree_hash, write_wheel

from tts_doctor.effects.treat import treat
from tts_doctor.errors import PatientError
from tts_doctor.model.receipt import Receipt
from tts_doctor.model.request import ExamineRequest, TreatRequest
from tts_doctor.model.text import Text


class Listener:
    """Notes what it is told; consents or not as it was made to."""

    def __init__(self, consent: bool = True) -> None:
        self.consent = consent
        self.notes: list[str] = []

    def step(self, text: Text) -> None:
        self.notes.append(text.en)

    def note(self, text: Text) -> None:
        self.notes.append(text.en)

    def confirm(self, question: Text) -> bool:
        self.notes.append(question.en)
        return self.consent


@pytest.fixture
def patient(tmp_path: Path) -> TreatRequest:
    """`shop 1.0` imports a name that `parts 2.0` no longer has; the user asked for shop alone."""
    wheels = tmp_path / "wheels"
    write_wheel(wheels, "parts", "1.0", {"parts.py": "def old(): return 1\n"})
    write_wheel(wheels, "parts", "1.5", {"parts.py": "def old(): return 1\ndef new(): return 2\n"})
    write_wheel(wheels, "parts", "2.0", {"parts.py": "def new(): return 2\n"})
    write_wheel(wheels, "shop", "1.0", {"shop.py": "from parts import old\n"}, requires=["parts>=1"])
    env = index_environment(wheels, tmp_path)
    venv = make_venv(tmp_path / "venv", sys.executable, env, "shop")
    for mark in venv.glob("lib/python3*/site-packages/parts-*/REQUESTED"):
        mark.unlink()
    command = (str(venv / "bin/python"), "-B", "-c", "import shop; print(shop.old())")
    examine = ExamineRequest(
        python=str(venv / "bin/python"), command=command, cwd=str(tmp_path), environment=tuple(env.items())
    )
    return TreatRequest(examine, yes=True)


def venv_of(request: TreatRequest) -> Path:
    return Path(request.examine.python).parents[1]


def runs(request: TreatRequest) -> bool:
    done = subprocess.run(request.examine.command, env=request.examine.environ, cwd=request.examine.cwd, check=False)
    return done.returncode == 0


def changes(receipt: Receipt) -> list[tuple[str, str | None, str | None]]:
    return [(c.name, c.before, c.after) for c in receipt.changed]


def test_the_nearest_version_that_has_the_name_is_put_in(patient: TreatRequest) -> None:
    receipt = treat(patient, Listener())
    assert (receipt.outcome, changes(receipt), runs(patient)) == ("repaired", [("parts", "2.0", "1.5")], True)


def test_a_command_that_runs_is_left_alone(patient: TreatRequest) -> None:
    well = replace(patient, examine=replace(patient.examine, command=(patient.examine.python, "-c", "pass")))
    before = tree_hash(venv_of(well))
    assert (treat(well, Listener()).outcome, tree_hash(venv_of(well))) == ("works", before)


def test_faults_that_hide_behind_each_other_are_repaired_together(patient: TreatRequest) -> None:
    wheels = Path(patient.examine.environ["PIP_FIND_LINKS"])
    write_wheel(wheels, "tool", "1.0", {"tool.py": "def early(): pass\n"})
    write_wheel(wheels, "tool", "2.0", {"tool.py": "def late(): pass\n"})
    write_wheel(
        wheels, "shop", "1.1", {"shop.py": "from parts import old\nfrom tool import early\n"}, ["parts", "tool"]
    )
    install_into(venv_of(patient), patient.examine.environ, "shop==1.1", "tool==2.0", "parts==2.0")
    receipt = treat(patient, Listener())
    assert changes(receipt) == [("parts", "2.0", "1.5"), ("tool", "2.0", "1.0")]
    assert runs(patient)


@pytest.mark.parametrize(("wish", "outcome"), [({"dry_run": True}, "dry-run"), ({"yes": False}, "declined")])
def test_without_consent_nothing_changes(patient: TreatRequest, wish: dict[str, bool], outcome: str) -> None:
    before = tree_hash(venv_of(patient))
    receipt = treat(replace(patient, **wish), Listener(consent=False))
    assert (receipt.outcome, tree_hash(venv_of(patient))) == (outcome, before)
    assert [(a.action.action, a.action.target, a.applied) for a in receipt.actions] == [("pin", "parts", False)]


def test_what_must_be_kept_is_kept_and_the_failure_said(patient: TreatRequest) -> None:
    before = tree_hash(venv_of(patient))
    receipt = treat(replace(patient, keep=("parts", "shop")), Listener())
    assert (receipt.outcome, tree_hash(venv_of(patient))) == ("not-repaired", before)


def test_a_variable_at_fault_is_reported_and_used_not_written_anywhere(patient: TreatRequest, tmp_path: Path) -> None:
    (tmp_path / "leak").mkdir()
    (tmp_path / "leak/parts.py").write_text("")
    install_into(venv_of(patient), patient.examine.environ, "parts==1.5")
    environment = (*patient.examine.environment, ("PYTHONPATH", str(tmp_path / "leak")))
    request = replace(
        patient, examine=replace(patient.examine, environment=environment), allow=frozenset({"environment"})
    )
    before = tree_hash(venv_of(patient))
    receipt = treat(request, Listener())
    assert [(a.action.target, a.action.value, a.applied) for a in receipt.actions] == [("PYTHONPATH", None, True)]
    assert tree_hash(venv_of(patient)) == before


def test_a_failure_that_no_change_repairs_leaves_the_patient_as_it_was(patient: TreatRequest) -> None:
    command = (patient.examine.python, "-B", "-c", "raise SystemExit('the application gave up')")
    request = replace(patient, examine=replace(patient.examine, command=command))
    before = tree_hash(venv_of(patient))
    assert (treat(request, Listener()).outcome, tree_hash(venv_of(patient))) == ("not-repaired", before)


def test_a_provider_that_behaves_otherwise_is_taken_back_to_an_earlier_series(patient: TreatRequest) -> None:
    wheels = Path(patient.examine.environ["PIP_FIND_LINKS"])
    for version, answer in (("0.1", 1), ("0.2", 1), ("0.3", 2), ("0.4", 2)):
        write_wheel(wheels, "drift", version, {"drift.py": f"def answer(): return {answer}\n"})
    install_into(venv_of(patient), patient.examine.environ, "drift")
    command = (patient.examine.python, "-B", "-c", "import drift; assert drift.answer() == 1")
    receipt = treat(replace(patient, examine=replace(patient.examine, command=command)), Listener())
    assert changes(receipt) == [("drift", "0.4", "0.2")]


def test_what_follows_a_known_cause_comes_before_guesses(patient: TreatRequest, tmp_path: Path) -> None:
    """Nothing but the two causes is tried: no guess before the second, none once both are repaired."""
    wheels = Path(patient.examine.environ["PIP_FIND_LINKS"])
    for version, text in (("1.0", "def early(): pass\n"), ("2.0", "def late(): pass\n")):
        write_wheel(wheels, "tool", version, {"tool.py": text})
    source = "from parts import old\nfrom tool import early\n"
    write_wheel(wheels, "shop", "1.1", {"shop.py": source}, ["parts", "tool"])
    install_into(venv_of(patient), patient.examine.environ, "shop==1.1", "tool==2.0", "parts==2.0")
    listener = Listener()
    treat(patient, listener)
    tried = [text for text in listener.notes if text.startswith("trying")]
    assert [re.sub(r"[<>=].*", "", words) for words in tried] == ["trying: pin parts", "trying: pin tool"]


def test_one_state_of_the_environment_is_examined_once(patient: TreatRequest, tmp_path: Path) -> None:
    """Many ways lead up and down to the same versions."""
    wheels, log = Path(patient.examine.environ["PIP_FIND_LINKS"]), tmp_path / "answers"
    for number in range(1, 6):
        write_wheel(wheels, "drift", f"{number}.0", {"drift.py": f"def answer(): return {number}\n"})
    install_into(venv_of(patient), patient.examine.environ, "drift==3.0")
    code = f"import drift; open({str(log)!r}, 'a').write(str(drift.answer())); raise SystemExit('no ' * drift.answer())"
    request = replace(patient.examine, command=(patient.examine.python, "-B", "-c", code))
    assert treat(replace(patient, examine=request), Listener()).outcome == "not-repaired"
    answers = log.read_text().lstrip("3")
    assert "1" in answers
    assert sorted(answers) == sorted(set(answers))


def test_treat_needs_a_command(patient: TreatRequest) -> None:
    with pytest.raises(PatientError):
        treat(replace(patient, examine=replace(patient.examine, command=())), Listener())

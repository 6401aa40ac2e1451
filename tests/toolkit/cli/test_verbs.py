"""The verbs end to end, through the launcher: exit status, JSON on standard output, all else beside it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest

if TYPE_CHECKING:
    from tests.toolkit.cli.conftest import Doctor

SCHEMAS = Path(__file__).parents[3] / "docs" / "schema"
CRASH = """
import os, sys
from tts_doctor.effects.read_site import read_facts
from tts_doctor.effects.transaction import Transaction
facts = read_facts(sys.argv[1], None, dict(os.environ), "/")
Transaction.begin(facts, ("true",), dict(os.environ)).fork()
os._exit(9)
"""


@pytest.fixture
def patient(tmp_path: Path) -> Path:
    """The interpreter of an empty environment."""
    folder = tmp_path / "patient"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    return folder / "bin" / "python"


def follows(text: str, name: str) -> dict[str, object]:
    """The JSON object, valid by the published schema."""
    value: dict[str, object] = json.loads(text)
    jsonschema.Draft202012Validator(json.loads((SCHEMAS / name).read_text())).validate(value)
    return value


def test_a_healthy_environment_exits_0(doctor: Doctor, patient: Path) -> None:
    """Without a command nothing is run; the verdict is `absent`."""
    ran = doctor("diagnose", "--python", str(patient), "--format", "json")

    assert 0 == ran.returncode, ran.stdout + ran.stderr
    assert "absent" == follows(ran.stdout, "diagnosis.schema.json")["verdict"]


def test_a_command_that_succeeds_exits_0(doctor: Doctor, patient: Path) -> None:
    """Its own output does not reach ours."""
    ran = doctor("diagnose", "--python", str(patient), "--format", "json", "--", str(patient), "-c", "print('hello')")

    assert 0 == ran.returncode, ran.stdout + ran.stderr
    follows(ran.stdout, "diagnosis.schema.json")


def test_a_command_that_fails_does_not_exit_0(doctor: Doctor, patient: Path) -> None:
    """Findings or unknown, valid JSON in either case."""
    ran = doctor("diagnose", "--python", str(patient), "--format", "json", "--", str(patient), "-c", "import yaml")

    assert ran.returncode in (1, 3), ran.stderr
    follows(ran.stdout, "diagnosis.schema.json")


def test_site_alone(doctor: Doctor, patient: Path) -> None:
    """A folder without an interpreter can be examined."""
    (site,) = patient.parent.parent.glob("lib/python*/site-packages")
    ran = doctor("diagnose", "--site", str(site), "--format", "json")

    assert ran.returncode in (0, 1, 3), ran.stderr
    follows(ran.stdout, "diagnosis.schema.json")


def test_the_active_environment_is_the_patient(doctor: Doctor, patient: Path) -> None:
    """$VIRTUAL_ENV, as the caller has it."""
    ran = doctor("diagnose", "--format", "json", env={"VIRTUAL_ENV": str(patient.parent.parent)})

    assert str(patient) == json.loads(ran.stdout)["target"]


def test_treating_what_works_exits_0(doctor: Doctor, patient: Path) -> None:
    """Nothing to do is a success, with a receipt."""
    ran = doctor("treat", "--python", str(patient), "--yes", "--format", "json", "--", str(patient), "-c", "pass")

    assert 0 == ran.returncode, ran.stderr
    assert [] == follows(ran.stdout, "receipt.schema.json")["actions"]


def test_treating_what_cannot_be_repaired_exits_4(doctor: Doctor, patient: Path) -> None:
    """Also the user's own failing code: nothing was changed."""
    ran = doctor("treat", "--python", str(patient), "--yes", "--format", "json", "--", str(patient), "-c", "1/0")

    assert 4 == ran.returncode, ran.stdout + ran.stderr
    follows(ran.stdout, "receipt.schema.json")


def test_a_server_that_stays_up_is_a_success(doctor: Doctor, patient: Path) -> None:
    """`--up` ends it after its seconds."""
    code = "import time; time.sleep(50)"
    ran = doctor("diagnose", "--up", "1", "--python", str(patient), "--", str(patient), "-c", code)

    assert 0 == ran.returncode, ran.stdout + ran.stderr


def test_a_command_that_hangs_is_ended(doctor: Doctor, patient: Path) -> None:
    """`--timeout` bounds it; a command that did not end is no success."""
    code = "import time; time.sleep(50)"
    ran = doctor("diagnose", "--timeout", "1", "--python", str(patient), "--", str(patient), "-c", code, timeout=30)

    assert ran.returncode in (1, 3), ran.stdout + ran.stderr


def test_an_empty_history(doctor: Doctor) -> None:
    """Says so; in JSON an empty list."""
    ran = doctor("history", "--format", "json")

    assert (0, []) == (ran.returncode, json.loads(ran.stdout)["receipts"])
    assert "no repair" in doctor("history").stdout


def test_nothing_to_undo(doctor: Doctor, log: Path) -> None:
    """A usage error, also for a file that is no receipt."""
    assert 2 == doctor("undo").returncode
    assert 2 == doctor("undo", "deadbeef").returncode
    assert "is no receipt" in doctor("undo", str(log)).stderr


def test_a_crash_is_noticed_by_any_verb_and_undone(doctor: Doctor, patient: Path) -> None:
    """A treatment that died leaves a journal; `history` says so, `undo` settles it, then nothing is left."""
    doctor("-c", CRASH, str(patient), command=(sys.executable,))
    noticed = doctor("history")
    undone = doctor("undo", "--format", "json")
    after = doctor("history")

    assert "cut off" in noticed.stderr and str(patient) in noticed.stderr
    assert 0 == undone.returncode, undone.stderr
    assert "undone" == follows(undone.stdout, "receipt.schema.json")["outcome"]
    assert "cut off" not in after.stderr
    assert [] == list(patient.parent.parent.parent.glob(".*tts-doctor*"))


@pytest.mark.parametrize("verb", [(), ("diagnose",), ("treat",), ("undo",), ("history",), ("playbook",)])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_help(verb: tuple[str, ...], lang: str, doctor: Doctor) -> None:
    """On standard output, with the exit codes, in the caller's language."""
    ran = doctor(*verb, "--help", env={"LC_ALL": None, "LANG": "zh_CN.UTF-8" if lang == "zh" else "en_US.UTF-8"})

    assert (0, "") == (ran.returncode, ran.stderr)
    assert ("退出码" if lang == "zh" else "exit codes") in ran.stdout


def test_playbooks_are_listed_and_shown(doctor: Doctor) -> None:
    """Every listed one can be shown; templates are readable."""
    listed = doctor("playbook", "list")
    first = listed.stdout.split()[0]
    shown = doctor("playbook", "show", first, "--lang", "zh", "--format", "json")

    assert 0 == listed.returncode and len(listed.stdout.splitlines()) >= 30
    assert 0 == shown.returncode, shown.stderr
    assert first == json.loads(shown.stdout)["id"]
    assert "{" not in listed.stdout


def test_an_unknown_playbook(doctor: Doctor) -> None:
    """A usage error with a next step."""
    ran = doctor("playbook", "show", "no-such-disease")

    assert 2 == ran.returncode
    assert "hint:" in ran.stderr


def test_a_new_playbook_must_be_filled_in(doctor: Doctor, tmp_path: Path) -> None:
    """The scaffold is written once, and `check` names what is left to do."""
    made = doctor("playbook", "new", "my-disease")
    again = doctor("playbook", "new", "my-disease")
    checked = doctor("playbook", "check", "my-disease.yaml")

    assert (0, 2, 2) == (made.returncode, again.returncode, checked.returncode), made.stderr + checked.stderr
    assert (tmp_path / "my-disease.yaml").exists()
    assert "FILL IN" in checked.stdout

"""A treatment is tried in a copy, brought in whole, kept with a receipt, and taken back byte for byte."""

from __future__ import annotations

import errno
import json
import os
import resource
import subprocess
from pathlib import Path

import pytest
from tests.builders import tree_hash
from tests.toolkit.effects.conftest import Ward

from tts_doctor.effects import bring_in, swap, transaction
from tts_doctor.effects.recover import recover
from tts_doctor.effects.run_command import namespaces_available
from tts_doctor.effects.transaction import Transaction
from tts_doctor.effects.undo import history, undo
from tts_doctor.errors import InstallError, RestoreError, TransactionError, UsageError
from tts_doctor.model.finding import Action
from tts_doctor.model.receipt import Changed, Verification, from_json, to_json

CURE = (Action("pin", "lib", "<3"),)
QUIET = {"PYTHONDONTWRITEBYTECODE": "1"}
WELL = Verification(1, 0, 0.1)


def command(ward: Ward) -> list[str]:
    return [ward.python, "-c", "import app, sys; print(app.__file__)"]


def alone(ward: Ward) -> bool:
    return sorted(p.name for p in ward.folder.iterdir() if ".tts-doctor-" in p.name) == []


def treat(ward: Ward, *actions: Action) -> str:
    with Transaction.begin(ward.facts(), command(ward), ward.env) as tx:
        trial = tx.fork()
        tx.apply(trial, actions or CURE)
        tx.commit(trial)
        return tx.keep(actions or CURE, None, WELL).id


def test_a_trial_is_seen_by_the_command_and_by_nobody_else(ward: Ward) -> None:
    before = tree_hash(ward.venv)
    with Transaction.begin(ward.facts(), command(ward), ward.env) as tx:
        sick, well = tx.fork(), tx.fork()
        tx.apply(well, CURE)
        assert tx.run(sick, command(ward), ward.env, "/", 30).exit_code == 1
        result = tx.run(well, command(ward), ward.env, "/", 30)
        assert (0, f"{ward.site}/app/__init__.py") == (result.exit_code, result.output.strip())
        assert subprocess.run(command(ward), capture_output=True).returncode == 1
    for path in ward.venv.rglob("__pycache__"):  # of the plain run
        subprocess.run(["rm", "-r", str(path)], check=True)
    assert {k: v for k, v in before.items() if "__pycache__" not in k} == tree_hash(ward.venv)
    assert alone(ward)


def test_keep_then_undo_restores_every_byte(ward: Ward) -> None:
    before = tree_hash(ward.venv)
    with Transaction.begin(ward.facts(), command(ward), ward.env) as tx:
        trial = tx.fork()
        tx.apply(trial, CURE)
        tx.commit(trial)
        quiet = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}  # what a plain run compiles is not ours to take back
        ran = subprocess.run([str(ward.venv / "bin/app-run")], env=quiet, capture_output=True)
        assert ran.stdout == b"app runs\n"
        receipt = tx.keep(CURE, None, WELL)
    assert receipt.changed == (Changed("lib", "3.0", "2.0"),)
    assert receipt.actions[0].applied
    assert from_json(json.loads(json.dumps(to_json(receipt)))) == receipt
    assert alone(ward)
    undone = undo(ward.env)
    assert undone.undoes == receipt.id
    assert tree_hash(ward.venv) == before
    assert alone(ward)
    assert [r.outcome for r in history(ward.env)] == ["repaired", "undone"]
    with pytest.raises(UsageError):
        undo(ward.env)


def test_files_whose_names_are_no_text_are_taken_back_too(ward: Ward) -> None:
    names = [os.fsdecode(name) for name in (b"bad\xff.py", b"new\nline.py", b"\x1b[31m.py", b"-rf")]
    for name in names:
        (ward.site / name).write_text("before")
    before = tree_hash(ward.venv)
    with Transaction.begin(ward.facts(), command(ward), ward.env) as tx:
        trial = tx.fork()
        tx.apply(trial, CURE)
        for name in names:
            file = Path(tx.inside(trial, str(ward.site / name)))
            file.unlink()
            file.write_text("after")
        tx.commit(trial)
        tx.keep(CURE, None, WELL)
    assert (ward.site / names[0]).read_text() == "after"
    undo(ward.env)
    assert tree_hash(ward.venv) == before


def test_an_undo_can_be_undone(ward: Ward) -> None:
    treat(ward)
    after = tree_hash(ward.venv)
    undone = undo(ward.env)
    undo(ward.env, undone.id)
    assert tree_hash(ward.venv) == after


def test_undo_refuses_where_files_changed_since(ward: Ward) -> None:
    before = tree_hash(ward.venv)
    treat(ward)
    edited = ward.site / "lib/__init__.py"
    edited.unlink()  # never in place: it is a hard link into the installer's cache
    edited.write_text("mine = 1\n")
    with pytest.raises(RestoreError, match="lib/__init__"):
        undo(ward.env)
    assert edited.read_text() == "mine = 1\n"
    undo(ward.env, force=True)
    assert tree_hash(ward.venv) == before


def test_trials_stack_and_a_discarded_one_leaves_nothing(ward: Ward) -> None:
    with Transaction.begin(ward.facts(), command(ward), ward.env) as tx:
        first = tx.fork()
        tx.apply(first, CURE)
        second = tx.fork(first)
        tx.apply(second, [Action("uninstall", "other")])
        tx.discard(first)
        assert tx.run(second, command(ward), ward.env, "/", 30).exit_code == 0
        tx.commit(second)
        receipt = tx.keep((), None, WELL)
    assert receipt.changed == (Changed("lib", "3.0", "2.0"), Changed("other", "1.0", None))
    assert alone(ward)


@pytest.mark.parametrize("actions", [
    [Action("reinstall", "other"), Action("pin", "lib", ">=9")],
    [Action("uninstall", "other"), Action("rename", "no-such-file")],
    [Action("rename", "mine.py"), Action("rename", "no-such-file")],
])  # fmt: skip
def test_a_refused_step_leaves_the_trial_as_it_was(ward: Ward, actions: list[Action]) -> None:
    (ward.folder / "mine.py").write_text("")
    with Transaction.begin(ward.facts(), command(ward), ward.env) as tx:
        trial = tx.fork()
        clone = Path(trial.pairs[0][1])
        before = tree_hash(clone)
        with pytest.raises((InstallError, TransactionError)):
            tx.apply(trial, actions)
        assert tree_hash(clone) == before
        assert (ward.folder / "mine.py").exists()


def test_a_second_treatment_is_told_who_is_at_work(ward: Ward) -> None:
    with (
        Transaction.begin(ward.facts(), command(ward), ward.env),
        pytest.raises(TransactionError, match=f"process {os.getpid()}"),
    ):
        Transaction.begin(ward.facts(), command(ward), ward.env)
    Transaction.begin(ward.facts(), command(ward), ward.env).rollback()


def test_a_disk_that_takes_no_byte_more_is_told_and_nothing_is_begun(ward: Ward) -> None:
    """From the first byte on, the lock's own included."""
    before, limits = tree_hash(ward.venv), resource.getrlimit(resource.RLIMIT_FSIZE)
    facts = ward.facts()
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        with pytest.raises(TransactionError, match="no journal can be written"):
            Transaction.begin(facts, command(ward), ward.env)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert tree_hash(ward.venv) == before and alone(ward)
    Transaction.begin(facts, command(ward), ward.env).rollback()


def test_files_of_the_user_are_renamed_for_one_trial_only(ward: Ward) -> None:
    shadow = ward.folder / "random.py"
    shadow.write_text("x = 1\n")
    listing = ["ls", str(ward.folder)]
    with Transaction.begin(ward.facts(), command(ward), ward.env) as tx:
        plain, renamed = tx.fork(), tx.fork()
        tx.apply(renamed, [Action("rename", str(shadow), value="random_demo.py")])
        assert "random_demo.py" in tx.run(renamed, listing, ward.env, "/", 30).output
        assert "random.py" in tx.run(plain, listing, ward.env, "/", 30).output
        tx.commit(renamed)
        assert not shadow.exists()
        receipt = tx.keep((), None, WELL)
    assert (ward.folder / "random_demo.py").read_text() == "x = 1\n"
    undo(ward.env, receipt.id)
    assert shadow.read_text() == "x = 1\n"


@pytest.mark.parametrize("target", ["mine.cfg", "lib/__init__.py"])
def test_patches_are_taken_back_outside_and_inside(ward: Ward, target: str) -> None:
    path = ward.folder / target if target == "mine.cfg" else ward.site / target
    path.write_text("a = 1\n")
    path.chmod(0o640)
    before = tree_hash(ward.folder / "v"), path.read_text(), path.stat().st_mode
    treat(ward, Action("patch", str(path), "a = 1", "a = 2"))
    assert (path.read_text(), path.stat().st_mode) == ("a = 2\n", before[2])
    undo(ward.env)
    assert (tree_hash(ward.folder / "v"), path.read_text(), path.stat().st_mode) == before


def test_a_text_is_written_anew_as_utf_8_and_taken_back(ward: Ward) -> None:
    path = ward.folder / ".env"
    path.write_bytes("VOICE=小燕\n".encode("utf-16"))
    before = path.read_bytes()
    treat(ward, Action("patch", str(path), "utf-16", None))
    assert path.read_text("utf-8") == "VOICE=小燕\n"
    undo(ward.env)
    assert path.read_bytes() == before


def test_a_text_in_another_encoding_than_was_thought_is_left_alone(ward: Ward) -> None:
    path = ward.folder / ".env"
    path.write_bytes(b"VOICE=\xff\n")
    with Transaction.begin(ward.facts(), (), ward.env) as tx, pytest.raises(InstallError, match="is not gb2312"):
        tx.apply(tx.fork(), [Action("patch", str(path), "gb2312", None)])
    assert path.read_bytes() == b"VOICE=\xff\n"


def test_without_exchange_two_renames_serve(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tree_hash(ward.venv)

    class Old:
        """A C library without renameat2."""

        def __init__(self, *_: object, **__: object) -> None: ...

    monkeypatch.setattr(swap.ctypes, "CDLL", Old)
    treat(ward)
    assert subprocess.run(command(ward), capture_output=True, env=ward.env | QUIET).returncode == 0
    undo(ward.env)
    assert tree_hash(ward.venv) == before
    assert alone(ward)


def immovable(*_: object) -> None:
    raise OSError(errno.EXDEV, "Invalid cross-device link")


def test_folders_that_cannot_be_renamed_get_their_files_replaced(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tree_hash(ward.venv)
    monkeypatch.setattr(bring_in, "exchange", immovable)
    treat(ward)
    assert subprocess.run(command(ward), capture_output=True, env=ward.env | QUIET).returncode == 0
    undo(ward.env)
    assert tree_hash(ward.venv) == before


@pytest.mark.parametrize("movable", [True, False])
def test_without_namespaces_the_command_runs_in_place_and_out_again(
    ward: Ward, monkeypatch: pytest.MonkeyPatch, movable: bool
) -> None:
    before = tree_hash(ward.venv)
    monkeypatch.setattr(transaction, "namespaces_available", lambda: False)
    if not movable:
        monkeypatch.setattr(bring_in, "exchange", immovable)
    env = ward.env | QUIET
    with Transaction.begin(ward.facts(), command(ward), ward.env) as tx:
        trial = tx.fork()
        tx.apply(trial, CURE)
        assert tx.run(trial, command(ward), env, "/", 30).exit_code == 0
        assert tree_hash(ward.venv) == before
        assert subprocess.run(command(ward), capture_output=True, env=env).returncode == 1
    assert tree_hash(ward.venv) == before
    assert alone(ward)


def test_a_venv_inside_a_project_of_other_files_is_treated_folder_by_folder(ward: Ward) -> None:
    if not namespaces_available():
        pytest.skip("needs mount namespaces")
    (ward.venv / "my-project").mkdir()
    before = tree_hash(ward.venv)
    with Transaction.begin(ward.facts(), command(ward), ward.env) as tx:
        assert set(tx.roots) == {str(ward.site), str(ward.venv / "bin")}
        trial = tx.fork()
        tx.apply(trial, CURE)
        assert tx.run(trial, command(ward), ward.env, "/", 30).exit_code == 0
        tx.commit(trial)
        tx.keep(CURE, None, WELL)
    assert (ward.site / "lib-2.0.dist-info").exists()
    undo(ward.env)
    assert tree_hash(ward.venv) == before


def test_nothing_is_left_to_recover_after_a_rollback(ward: Ward) -> None:
    tx = Transaction.begin(ward.facts(), command(ward), ward.env)
    tx.commit(tx.fork())
    tx.rollback()
    assert recover(ward.env["TTS_DOCTOR_STATE"]) == ()
    assert history(ward.env) == ()


def test_what_a_rehearsed_command_writes_is_thrown_away(ward: Ward) -> None:
    shadow = ward.folder / "random.py"
    shadow.write_text("")
    script = f"ls {ward.folder}; rm -r {ward.site}/other.py; touch {ward.site}/made.py"
    with Transaction.begin(ward.facts(), command(ward), ward.env) as tx:
        trial = tx.fork()
        tx.apply(trial, [*CURE, Action("rename", str(shadow), value="random_demo.py")])
        assert "random_demo.py" in tx.rehearse(trial, ["sh", "-c", script], ward.env, "/", 30).output
        assert Path(tx.inside(trial, str(ward.site)), "other.py").exists()
        tx.commit(trial)
        assert "random_demo.py" in tx.rehearse(None, ["sh", "-c", script], ward.env, "/", 30).output
        tx.keep((), None, WELL)
    assert (ward.site / "other.py").exists()
    assert not (ward.site / "made.py").exists()
    assert not shadow.exists()
    assert alone(ward)

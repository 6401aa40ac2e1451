"""Whatever fails, and whenever the process is killed: the patient is as before or as after, never in between."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.builders import tree_hash
from tests.toolkit.effects.conftest import Ward
from tests.toolkit.effects.test_transaction import WELL, command, immovable
from tests.toolkit.effects.trials import count

from tts_doctor.effects import bring_in, journal
from tts_doctor.effects.journal import BEGIN, journals
from tts_doctor.effects.recover import recover
from tts_doctor.effects.transaction import Transaction
from tts_doctor.effects.undo import history, undo
from tts_doctor.errors import DoctorError
from tts_doctor.model.finding import Action

States = tuple[Ward, dict[str, object], dict[str, object]]
CODES = (errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EIO)
KILLS = int(os.environ.get("TTS_DOCTOR_FAULTS", "100"))
WORKER = """
import sys
sys.path[:0] = sys.argv[1:3]
from pathlib import Path
from tests.toolkit.effects.conftest import Ward
from tests.toolkit.effects.test_faults import treat_quickly
from tts_doctor.effects.recover import recover
from tts_doctor.effects.undo import undo
import os
ward = Ward(Path(sys.argv[3]), Path(sys.argv[4]), Path(sys.argv[3], "v"), dict(os.environ))
print("ready", flush=True)
if sys.argv[5] == "undo":
    undo(ward.env)
elif sys.argv[5] == "recover":
    recover(ward.env["TTS_DOCTOR_STATE"])
else:
    treat_quickly(ward)
print("done", flush=True)
"""
CALLS: list[tuple[object, str]] = [
    (os, "link"), (os, "mkdir"), (os, "symlink"), (os, "rename"), (os, "replace"), (os, "fsync"), (os, "unlink"),
    (shutil, "copyfile"), (shutil, "copystat"), (shutil, "rmtree"), (Path, "open"),
]  # fmt: skip


def treat_quickly(ward: Ward) -> None:
    """A treatment without an installer: a file goes, one comes, one changes, one of the user's is renamed."""
    with Transaction.begin(ward.facts(), command(ward), ward.env) as tx:
        trial = tx.fork()
        site = Path(tx.inside(trial, str(ward.site)))
        os.unlink(site / "other.py")
        (site / "fresh.py").write_text("fresh = 1\n")
        os.unlink(site / "lib/__init__.py")
        (site / "lib/__init__.py").write_text("old = 4\n")
        os.utime(site / "lib/__init__.py", ns=(1, 1))
        os.utime(site / "fresh.py", ns=(1, 1))
        tx.apply(trial, [_rename(ward)])
        tx.commit(trial)
        tx.keep((), None, WELL)


def _rename(ward: Ward) -> Action:
    return Action("rename", str(ward.folder / "mine.py"), value="yours.py")


def whole(ward: Ward) -> dict[str, object]:
    """The patient, the user's file, and whether anything of ours lies about."""
    ours = [p.name for p in ward.folder.iterdir() if ".tts-doctor-" in p.name]
    mine = sorted(p.name for p in ward.folder.glob("*.py"))
    return {"tree": tree_hash(ward.venv), "mine": mine, "ours": ours}


@pytest.fixture
def both(ward: Ward) -> States:
    """The ward before a treatment, and its two rightful states."""
    (ward.folder / "mine.py").write_text("")
    facts = ward.facts()
    object.__setattr__(ward, "facts", lambda: facts)
    before = whole(ward)
    treat_quickly(ward)
    after = whole(ward)
    undo(ward.env)
    assert whole(ward) == before
    shutil.rmtree(ward.env["TTS_DOCTOR_STATE"])
    return ward, before, after


def failing(real: Callable[..., object], number: int, code: int) -> tuple[Callable[..., object], list[int]]:
    """`real`, whose call `number` fails, and a counter of its calls."""
    calls = [0]

    def fail(*args: object, **kwargs: object) -> object:
        calls[0] += 1
        if calls[0] == number:
            raise OSError(code, os.strerror(code))
        return real(*args, **kwargs)

    return fail, calls


def fail_at(
    ward: Ward, states: tuple[dict[str, object], dict[str, object]], fault: tuple[object, str, int], number: int
) -> bool:
    """One treatment whose call `number` fails; False where it made fewer calls."""
    before, after = states
    holder, name, code = fault
    fail, calls = failing(getattr(holder, name), number, code)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(holder, name, fail)
        with contextlib.suppress(DoctorError, OSError):
            treat_quickly(ward)
    recover(ward.env["TTS_DOCTOR_STATE"])
    kept = bool(history(ward.env))
    assert whole(ward) == (after if kept else before), f"{name} call {number}"
    count(f"{errno.errorcode[code]} in {name}", "after" if kept else "before")
    if kept:
        undo(ward.env)
        assert whole(ward) == before
    shutil.rmtree(ward.env["TTS_DOCTOR_STATE"], ignore_errors=True)
    return calls[0] >= number


@pytest.mark.parametrize("holder, name", CALLS)
def test_a_failing_call_leaves_before_or_after(both: States, holder: object, name: str) -> None:
    ward, *states = both
    chooser = random.Random(name)
    fault = (holder, name, chooser.choice(CODES))
    assert fail_at(ward, (states[0], states[1]), fault, 1)
    for number in chooser.sample(range(2, 24), 4):
        fail_at(ward, (states[0], states[1]), fault, number)


@pytest.mark.slow
@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("holder, name", CALLS)
def test_every_failing_call_leaves_before_or_after(both: States, holder: object, name: str, code: int) -> None:
    ward, *states = both
    number = 1
    while fail_at(ward, (states[0], states[1]), (holder, name, code), number):
        number += 1


def kill_once(ward: Ward, verb: str, delay: float) -> bool:
    """Start a treatment or an undo, kill it after `delay` seconds; True where it was still at work."""
    root, package = str(Path(__file__).parents[3]), str(Path(journal.__file__).parents[2])
    argv = [sys.executable, "-c", WORKER, root, package, str(ward.folder), str(ward.wheels), verb]
    with subprocess.Popen(argv, env=ward.env | {"PATH": os.environ["PATH"]}, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:  # fmt: skip
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        return process.stdout.read() == b""


def kill_many(states: States, rounds: int) -> None:
    ward, before, after = states
    chooser = random.Random(4)
    state = ward.env["TTS_DOCTOR_STATE"]
    hits = 0
    for _ in range(rounds):
        hits += kill_once(ward, "treat", chooser.uniform(0.0, 0.35))
        recover(state)
        kept = bool(history(ward.env))
        assert whole(ward) == (after if kept else before)
        count("SIGKILL while treating", "after" if kept else "before")
        if kept:
            hits += kill_once(ward, "undo", chooser.uniform(0.0, 0.15))
            recover(state)
            undone = any(r.undoes for r in history(ward.env))
            assert whole(ward) == (before if undone else after)
            count("SIGKILL while undoing", "after" if undone else "before")
            if not undone:
                undo(ward.env)
        shutil.rmtree(state, ignore_errors=True)
    assert hits > 0


def test_a_kill_leaves_before_or_after(both: States) -> None:
    kill_many(both, 6)


@pytest.mark.slow
def test_many_kills_leave_before_or_after(both: States) -> None:
    kill_many(both, KILLS)


def crash_at(
    ward: Ward, monkeypatch: pytest.MonkeyPatch, where: str, act: Callable[[Ward], object] = treat_quickly
) -> None:
    """Leave a transaction as a power cut would: nothing after `where` happens, not even the taking back."""

    class PowerCut(BaseException):
        pass

    def cut(*_: object, **__: object) -> None:
        raise PowerCut

    name = {"exchange": "sync_folder", "sync": "take_after"}[where]
    with monkeypatch.context() as patched:
        patched.setattr(Transaction, "rollback", lambda self: self._lock.release())
        if where == "sync":
            patched.setattr(bring_in, "exchange", immovable)
        patched.setattr(bring_in, name, cut)
        with pytest.raises(PowerCut):
            act(ward)


@pytest.mark.parametrize("where", ["exchange", "sync"])
def test_a_begin_record_cut_off_anywhere_is_recovered_from_its_copy(
    both: States, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    ward, before, _ = both
    state = Path(ward.env["TTS_DOCTOR_STATE"])
    crash_at(ward, monkeypatch, where)
    kept = ward.folder / "kept"
    size = next(journals(str(state))).folder.joinpath(BEGIN[0]).stat().st_size
    for length in range(size):
        if length in (0, 1, size // 2, size - 1):
            shutil.rmtree(kept, ignore_errors=True)
        found = next(journals(str(state)))
        target = found.folder / BEGIN[length % 2]
        target.write_bytes(target.read_bytes()[:length])
        assert found.begun().get("id") == found.id
        count("begin record cut off", "before")
        shutil.copy(found.folder / BEGIN[1 - length % 2], target)
    target.write_bytes(target.read_bytes()[: size // 2])
    assert [u.restored for u in recover(str(state))] == [True]
    assert whole(ward) == before


def test_an_environment_that_its_user_removed_holds_nobody_up(both: States, monkeypatch: pytest.MonkeyPatch) -> None:
    ward, *_ = both
    crash_at(ward, monkeypatch, "exchange")
    for path in (ward.venv, *ward.folder.glob(".v.tts-doctor-*")):
        shutil.rmtree(path)
    assert len(recover(ward.env["TTS_DOCTOR_STATE"])) == 1
    assert recover(ward.env["TTS_DOCTOR_STATE"]) == ()


def test_a_running_treatment_is_not_recovered_by_another_call(both: States) -> None:
    ward, before, _ = both
    with Transaction.begin(ward.facts(), command(ward), ward.env) as tx:
        trial = tx.fork()
        tx.commit(trial)
        assert recover(ward.env["TTS_DOCTOR_STATE"]) == ()
        assert Path(trial.pairs[0][1]).exists()
    assert whole(ward) == before


@pytest.mark.parametrize("where", ["exchange", "sync"])
def test_a_power_cut_while_undoing_leaves_what_was_treated(
    both: States, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Fault: its begin record is cut off at every byte, in turn with its copy; the undo can then be done anew."""
    ward, before, after = both
    treat_quickly(ward)
    state = ward.env["TTS_DOCTOR_STATE"]
    crash_at(ward, monkeypatch, where, lambda w: undo(w.env))
    (found,) = [j for j in journals(state) if not j.committed]
    files = [found.folder / name for name in BEGIN]
    content = files[0].read_bytes()
    for length in range(len(content)):
        files[length % 2].write_bytes(content[:length])
        assert found.begun().get("id") == found.id
        files[length % 2].write_bytes(content)
        count("begin record of an undo cut off", "before")
    files[0].write_bytes(content[: len(content) // 2])
    recover(state)
    assert whole(ward) == after
    undo(ward.env)
    assert whole(ward) == before


@pytest.mark.parametrize("where", ["exchange", "sync"])
def test_a_kill_while_recovering_leaves_it_to_the_next_recovery(
    both: States, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    ward, before, _ = both
    chooser = random.Random(where)
    for _ in range(max(3, KILLS // 20)):
        crash_at(ward, monkeypatch, where)
        for _ in range(2):
            kill_once(ward, "recover", chooser.uniform(0.0, 0.02))
            count("SIGKILL while recovering", "before")
        recover(ward.env["TTS_DOCTOR_STATE"])
        assert whole(ward) == before


FULL = """
import os, subprocess, sys
sys.path[:0] = sys.argv[1:3]
from pathlib import Path
from tests.toolkit.effects.conftest import Ward
from tests.toolkit.effects.test_faults import treat_quickly, whole
from tts_doctor.effects.recover import recover
from tts_doctor.effects.undo import history, undo
from tts_doctor.errors import DoctorError
folder = Path(sys.argv[3])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", str(folder)], check=True)
subprocess.run(["cp", "-a", sys.argv[4] + "/.", str(folder)], check=True)
ward = Ward(folder, folder, folder / "v", dict(os.environ))
before = whole(ward)
treat_quickly(ward)
after = whole(ward)
undo(ward.env)
assert whole(ward) == before
for free in range(0, 160, 4):
    ballast = folder / "home/ballast"
    room = os.statvfs(folder)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, room.f_bavail * room.f_bsize - free * 1024))
    try:
        treat_quickly(ward)
    except (DoctorError, OSError):
        pass
    kept = sum(not r.undoes for r in history(ward.env)) > len([r for r in history(ward.env) if r.undoes])
    ballast.unlink()
    recover(ward.env["TTS_DOCTOR_STATE"])
    assert whole(ward) == (after if kept else before), (free, kept)
    print("after" if kept else "before")
    if kept:
        undo(ward.env)
        assert whole(ward) == before, free
"""


def test_a_disk_full_fault_leaves_before_or_after(both: States, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A real file system of 96 MiB in a mount namespace, with 0 to 156 KiB left."""
    ward, *_ = both
    if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0:
        pytest.skip("mount namespaces are not allowed here")
    saved = tmp_path_factory.mktemp("saved")
    shutil.copytree(ward.folder, saved, symlinks=True, dirs_exist_ok=True)
    root, package = str(Path(__file__).parents[3]), str(Path(journal.__file__).parents[2])
    argv = ["unshare", "-m", sys.executable, "-c", FULL, root, package, str(ward.folder), str(saved)]
    ran = subprocess.run(argv, env=ward.env | {"PATH": os.environ["PATH"]}, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr[-2000:]
    for outcome in ran.stdout.split():
        count("a full disk", outcome)

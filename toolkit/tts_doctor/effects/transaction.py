"""One treatment's changes to a patient: tried in clones, brought in by one exchange, kept or taken back as a whole.

Decides nothing about which changes are good. A kill at any moment leaves the patient as before or as after; `recover`
finishes what was left.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from types import TracebackType

from tts_doctor.effects.bring_in import bring_in
from tts_doctor.effects.changed_versions import versions_of_facts, versions_on_disk
from tts_doctor.effects.changes import Change, compare, is_bytecode, store_originals, to_json
from tts_doctor.effects.clone import cannot, clone_path, clone_tree, remove_tree, roots_of
from tts_doctor.effects.install import Bench, apply_packages, may_fail_late
from tts_doctor.effects.journal import acquire, new_journal, now, state_folder
from tts_doctor.effects.receipts import prune
from tts_doctor.effects.recover import recover, restore_trees, roll_back, roll_forward
from tts_doctor.effects.run_command import RunResult, namespaces_available, run
from tts_doctor.effects.steps import Step, perform, read_step, revert
from tts_doctor.effects.swap import inode, sync_disk
from tts_doctor.effects.trial import Trial as Trial
from tts_doctor.effects.trial import python_and_site
from tts_doctor.effects.user_files import file_steps, inside
from tts_doctor.errors import DoctorError, RestoreError, TransactionError
from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Action
from tts_doctor.model.receipt import Applied, Changed, Receipt, Verification
from tts_doctor.model.receipt import to_json as receipt_to_json
from tts_doctor.parse.hide_secrets import hide, secrets_of
from tts_doctor.plan_repairs import PACKAGE_ACTIONS

INSTALLER_ACTIONS = PACKAGE_ACTIONS | {"change-python"}
FILE_ACTIONS = frozenset({"rename", "patch", "system-package"})
APPLICABLE = INSTALLER_ACTIONS | FILE_ACTIONS
"""What `Transaction.apply` carries out."""


class Transaction:
    """Use as a context manager: what was not kept is taken back at the end, whatever happened."""

    def __init__(
        self, facts: Facts, patient: str, roots: tuple[str, ...], command: Sequence[str], env: Mapping[str, str]
    ) -> None:
        state = state_folder(env)
        recover(state, roots)
        self.facts, self.patient, self.roots, self.env = facts, patient, roots, dict(env)
        self.command = tuple(command)
        self._count = 0
        self._steps: dict[int, list[Step]] = {}
        self._active: list[tuple[str, Step]] = []
        self._committed: list[Step] = []
        self._changes: tuple[tuple[str, tuple[Change, ...]], ...] = ()
        self._changed: tuple[Changed, ...] = ()
        self._open = True
        self._lock = acquire(state, roots, f"treating {patient}")
        try:
            self.journal = new_journal(state)
            self.journal.begin({
                "version": 1, "id": self.journal.id, "patient": patient, "time": now(),
                "command": hide(list(command), secrets_of(env)),
                "roots": [{"path": root, "inode": inode(root)} for root in roots],
            })  # fmt: skip
        except BaseException as error:
            self._lock.release()
            if isinstance(error, OSError):
                raise cannot("no journal can be written", "无法写入事务日志", error) from error
            raise

    @classmethod
    def begin(cls, facts: Facts, command: Sequence[str], env: Mapping[str, str]) -> Transaction:
        """Settle what a crash left of earlier treatments, lock the patient, write the journal; touch nothing of it.

        Raises TransactionError, RestoreError.
        """
        patient = facts.interpreter.executable or facts.interpreter.purelib
        roots = roots_of(facts.interpreter, facts.lost_config)
        if not roots:
            raise TransactionError(f"{patient}: no folder that could be treated", f"{patient}：没有可处理的目录")
        return cls(facts, patient, roots, command, env)

    @property
    def sites(self) -> tuple[str, ...]:
        """The real paths of the patient's site-packages."""
        found = self.facts.interpreter
        return tuple(dict.fromkeys(os.path.realpath(f) for f in (found.purelib, found.platlib) if f))

    def __enter__(self) -> Transaction:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._open:
            self.rollback()

    def fork(self, base: Trial | None = None) -> Trial:
        """A fresh clone of the patient, or of an earlier trial. Raises TransactionError."""
        self._count += 1
        number = self._count
        pairs: list[tuple[str, str]] = []
        for root in self.roots:
            source = dict(base.pairs)[root] if base else root
            target = clone_path(root, f"{self.journal.id}-{number}")
            try:
                clone_tree(source, target)
            except TransactionError:
                for _, made in pairs:
                    remove_tree(made)
                raise
            pairs.append((root, target))
        self._steps[number] = list(self._steps.get(base.number, ()) if base else self._committed)
        return Trial(number, tuple(pairs))

    def apply(
        self, trial: Trial, actions: Sequence[Action], hold: str = "all", keep: Sequence[str] = (), seconds: float = 600
    ) -> None:
        """Carry out `actions` in the trial, all or none; what is not `APPLICABLE` (variables, code) is passed over.

        `hold` is `all`, `requested` or `none` and says which other distributions must stay as they are; `keep` names
        such that must stay in any case. Steps outside the patient's folders are performed for real, journalled.
        Raises InstallError, TransactionError.
        """
        packages = [a for a in actions if a.action in INSTALLER_ACTIONS]
        done = list(self._steps[trial.number])
        self._activate(done)
        spare = self.fork(trial) if may_fail_late(packages, hold) else None
        try:
            if packages:
                apply_packages(self.bench(trial), packages, hold, tuple(keep), seconds)
            for action in actions:
                if action.action in FILE_ACTIONS:
                    for step in file_steps(action, trial.pairs, self.facts, self.journal, self.env):
                        self.perform(trial, step)
        except DoctorError:
            self._activate(done)
            self._steps[trial.number] = done
            if spare is not None:
                self._replace(trial, spare)
            raise
        if spare is not None:
            self._remove(spare)

    def _replace(self, trial: Trial, spare: Trial) -> None:
        """The trial is as it was when `spare` was forked from it."""
        try:
            for (_, clone), (_, good) in zip(trial.pairs, spare.pairs, strict=True):
                remove_tree(clone)
                os.rename(good, clone)
        except OSError as error:
            raise cannot("cannot restore the copy", "无法恢复副本", error) from error
        self._steps.pop(spare.number)

    def perform(self, trial: Trial, step: Step) -> None:
        """Do a step outside the roots for a trial, journalled. Raises InstallError, TransactionError."""
        self._activate([*self._steps[trial.number], step])
        self._steps[trial.number].append(step)

    def _activate(self, wanted: list[Step]) -> None:
        """Of all trials' steps outside the roots exactly `wanted` are in effect."""
        same = 0
        while same < min(len(wanted), len(self._active)) and self._active[same][1] == wanted[same]:
            same += 1
        try:
            while len(self._active) > same:
                revert(self.journal, self._active[-1][0])
                self._active.pop()
            for step in wanted[same:]:
                self._active.append((perform(self.journal, step), step))
        except OSError as error:
            raise cannot("cannot change a file outside the environment", "无法更改环境之外的文件", error) from error

    def bench(self, trial: Trial) -> Bench:
        """Where the installer works: the clone's own path, or the patient's with the clone mounted over it."""
        python, _ = self.site_python(trial)
        if python:
            return Bench(self.facts, trial.pairs, python, (), self.env)
        if not namespaces_available():
            raise TransactionError(
                "this environment can only be treated where mount namespaces are allowed",
                "只有在允许挂载命名空间时才能处理此环境",
                hint_en="Use a virtual environment, or run as root.", hint_zh="请使用虚拟环境，或以 root 运行。",
            )  # fmt: skip
        return Bench(self.facts, trial.pairs, self.facts.interpreter.executable, trial.binds, self.env)

    def inside(self, trial: Trial, path: str) -> str:
        """Where a path of the patient lies in the trial; the path itself where it is in no root."""
        return inside(trial.pairs, path)

    def site_python(self, trial: Trial) -> tuple[str, str]:
        """Interpreter and site-packages of the trial for reading facts; no interpreter where the roots hold none."""
        return python_and_site(trial, self.facts.interpreter)

    def run(
        self, trial: Trial, argv: Sequence[str], env: Mapping[str, str], cwd: str, timeout: float,
        up: float | None = None,
    ) -> RunResult:  # fmt: skip
        """Run a command that sees the trial in the patient's place. Raises TransactionError."""
        self._activate(self._steps[trial.number])
        if namespaces_available():
            return run(argv, env, cwd, timeout, up, trial.binds)
        self._place(trial)
        try:
            return run(argv, env, cwd, timeout, up)
        finally:
            restore_trees(self.journal)

    def rehearse(
        self, base: Trial | None, argv: Sequence[str], env: Mapping[str, str], cwd: str, timeout: float,
        up: float | None = None,
    ) -> RunResult:  # fmt: skip
        """Run a command in a copy of a trial, or of the patient as it is now: what it writes there is thrown away.

        Raises TransactionError.
        """
        copy = self.fork(base)
        try:
            return self.run(copy, argv, env, cwd, timeout, up)
        finally:
            self._remove(copy)

    def discard(self, trial: Trial) -> None:
        """Throw a trial away, and take back the steps that were performed for it."""
        if self._steps.pop(trial.number, []):
            self._activate(self._committed)
        self._remove(trial)

    def _remove(self, trial: Trial) -> None:
        self._steps.pop(trial.number, None)
        for _, clone in trial.pairs:
            with contextlib.suppress(OSError):
                remove_tree(clone)

    def commit(self, trial: Trial) -> None:
        """Bring the trial into the patient's place, after storing the originals. Raises TransactionError."""
        self._activate(self._steps[trial.number])
        found = []
        try:
            for root, clone in trial.pairs:
                changes = compare(root, clone)
                store_originals(changes, root, self.journal.store)
                found.append((root, changes))
            self._changes = tuple(found)
            self._changed = versions_on_disk(trial.pairs, self.sites)
            data = [{"root": root, "changes": to_json(changes)} for root, changes in found]
            self.journal.write("changes", data)
            sync_disk(trial.pairs[0][1])
        except OSError as error:
            raise cannot("cannot store the originals", "无法保存原件", error) from error
        self._place(trial)
        self._committed = list(self._steps[trial.number])

    def _place(self, trial: Trial) -> None:
        try:
            for number, (root, clone) in enumerate(trial.pairs):
                bring_in(self.journal, number, root, clone)
        except OSError as error:
            restore_trees(self.journal)
            raise cannot("cannot bring the changes in", "无法写入更改", error) from error

    def keep(
        self, actions: Sequence[Action], facts: Facts | None, verification: Verification, outcome: str = "repaired",
        undoes: str = "",
    ) -> Receipt:  # fmt: skip
        """The committed trial stays: write the receipt (from here on there is no way back but `undo`) and tidy up.

        `actions` are those that the verification ran with, `facts` the patient's now, for the versions that changed.
        Raises TransactionError where the receipt cannot be written; then nothing is kept yet.
        """
        steps = [read_step(self.journal, name) for name in self.journal.steps()]
        receipt = hide(Receipt(
            id=self.journal.id, time=now(), patient=self.patient, command=self.command,
            actions=tuple(Applied(action, action.action in APPLICABLE | {"env-var"}) for action in actions),
            changed=self._changed if facts is None else versions_of_facts(self.facts, facts),
            files=sum(not is_bytecode(c.path) for _, changes in self._changes for c in changes),
            system=tuple(name for step in steps if step.kind == "install" for name in step.packages),
            verification=verification, outcome=outcome, undo=f"tts-doctor undo {self.journal.id}", undoes=undoes,
        ), secrets_of(self.env))  # fmt: skip
        try:
            self.journal.write("receipt", receipt_to_json(receipt))
        except OSError as error:
            raise cannot("the receipt cannot be written", "无法写入回执", error) from error
        self._open = False
        with contextlib.suppress(RestoreError, OSError):  # what cannot be removed now is removed by the next call
            roll_forward(self.journal)
            prune(str(self.journal.folder.parents[1]))
        self._lock.release()
        return receipt

    def rollback(self) -> None:
        """The patient, the user's files and the Debian packages are as before. Raises RestoreError."""
        self._open = False
        try:
            roll_back(self.journal)
        finally:
            self._lock.release()

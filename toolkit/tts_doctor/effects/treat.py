"""The treatment: find a repair in copies, change the patient once, verify by the user's command, or change nothing.

What happens when: the command is run; where it fails a repair is searched in copies; the user consents; the copy takes
the patient's place in one step; the command is run again in place; only if it succeeds is the change kept.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from packaging.utils import canonicalize_name

from tts_doctor.effects.examine import find_index, gather
from tts_doctor.effects.search_repair import Attempt, Search, State, environment_with, spoken
from tts_doctor.effects.transaction import Transaction
from tts_doctor.errors import ExitCode, PatientError
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Facts
from tts_doctor.model.receipt import Applied, Receipt, Verification
from tts_doctor.model.request import ExamineRequest, TreatRequest
from tts_doctor.model.text import Text
from tts_doctor.parse.requirement_names import requirement_names
from tts_doctor.plan_repairs import Wishes
from tts_doctor.ports import Reporter

EXIT_CODES = {
    "works": ExitCode.OK,
    "repaired": ExitCode.OK,
    "not-repaired": ExitCode.NOT_REPAIRED,
    "declined": ExitCode.DECLINED,
    "dry-run": ExitCode.DECLINED,
}
"""Outcome of a receipt -> exit code of `treat`."""


def treat(request: TreatRequest, say: Reporter) -> Receipt:
    """Raises DoctorError where the patient cannot be examined, locked, changed or restored."""
    examined = request.examine
    case = gather(examined, say)
    symptom = case.symptom
    if symptom is None:
        raise PatientError("treat needs the command that fails", "treat 需要一条失败的命令")
    if not symptom.failed:
        return _receipt(case, "works", Verification(0, 0, symptom.seconds))
    examined = replace(examined, python=case.facts.interpreter.executable or examined.python)
    index, _ = find_index(case.facts, examined)
    transaction = Transaction.begin(case.facts, examined.command, examined.environ)
    with transaction:
        deadline = time.monotonic() + request.budget
        search = Search(transaction, examined, wishes(request, case.facts), index, say, deadline, request.only)
        found = search.run(case)
        if found is None:
            _say_tried(search.attempts, say)
            transaction.rollback()
            return _receipt(case, "not-repaired", Verification(symptom.exit_code, None, symptom.seconds))
        return _finish(transaction, request, examined, case, found, say)


def _finish(
    transaction: Transaction, request: TreatRequest, examined: ExamineRequest, case: Examination, found: State,
    say: Reporter,
) -> Receipt:  # fmt: skip
    before = case.symptom.exit_code if case.symptom else None
    verification = Verification(before, 0, found.case.symptom.seconds if found.case.symptom else 0.0)
    if request.dry_run or not (request.yes or say.confirm(_question(found))):
        transaction.rollback()
        outcome = "dry-run" if request.dry_run else "declined"
        return replace(_receipt(case, outcome, verification), actions=tuple(Applied(a, False) for a in found.actions))
    say.step(Text(f"applying: {spoken(found.actions)}", f"正在应用：{spoken(found.actions)}"))
    transaction.commit(found.trial)
    say.step(Text("verifying in place", "正在原地验证"))
    environ = environment_with(examined.environ, found.actions)
    ran = transaction.rehearse(None, examined.command, environ, examined.cwd, examined.timeout, examined.up)
    if ran.exit_code:
        transaction.rollback()
        say.note(
            Text(
                "the repair worked in the copy but not in place: everything was put back",
                "修复在副本中有效，但原地无效：已全部恢复",
            )
        )
        return _receipt(case, "not-repaired", replace(verification, exit_after=ran.exit_code))
    verification = Verification(before, 0, ran.seconds)
    return transaction.keep(found.actions, found.case.facts, verification)


def wishes(request: TreatRequest, facts: Facts) -> Wishes:
    """What may change: from the options, and what the user asked for, from a requirements file or the marks."""
    marks_tell = True
    if request.requirements:
        asked = frozenset(requirement_names(Path(request.requirements).read_text("utf-8", "replace")))
    else:
        asked, marks_tell = asked_for(facts)
    allow = {"packages", "system", "files", "environment"} if "all" in request.allow else set(request.allow)
    return Wishes(frozenset(allow | {"packages"}), frozenset(map(canonicalize_name, request.keep)), asked, marks_tell)


def asked_for(facts: Facts) -> tuple[frozenset[str], bool]:
    """What the user asked for, by the REQUESTED marks, and whether these tell; where every distribution bears one (as
    some installers mark all) or none does, what no other distribution requires counts as asked for.
    """
    marked = frozenset(d.key for d in facts.distributions if d.requested)
    if marked and len(marked) < len(facts.by_key):
        return marked, True
    required = {name for d in facts.distributions for name in requirement_names("\n".join(d.requires))}
    return frozenset(facts.by_key) - required, False


def _question(found: State) -> Text:
    actions = spoken(found.actions)
    return Text(
        f"This makes the command run (tried in a copy): {actions}. Apply it?",
        f"已在副本中验证有效：{actions}。是否应用？",
    )


def _say_tried(attempts: list[Attempt], say: Reporter) -> None:
    if not attempts:
        say.note(Text("no repair that may be tried was found", "没有找到可以尝试的修复方法"))
    for attempt in attempts:
        outcome = attempt.outcome.strip().splitlines()[-1] if attempt.outcome.strip() else ""
        say.note(Text(f"tried {spoken(attempt.actions)}: {outcome}", f"已尝试 {spoken(attempt.actions)}：{outcome}"))


def _receipt(case: Examination, outcome: str, verification: Verification) -> Receipt:
    return Receipt(
        id="",
        time="",
        patient=case.facts.interpreter.executable,
        command=case.symptom.command if case.symptom else (),
        verification=verification,
        outcome=outcome,
    )

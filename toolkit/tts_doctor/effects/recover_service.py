"""Runs one deployment playbook: looks, matches, tries each remedy, keeps the first that the service proves.

The order is fixed: what was is written down before anything changes, and is put back where the proof fails. Which
remedies there are, and what they change, is decided in `tts_doctor.deployment`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from tts_doctor.deployment.match import fits, others
from tts_doctor.deployment.propose import proposals
from tts_doctor.deployment.settings import current, default
from tts_doctor.deployment.tell import evidence, step
from tts_doctor.effects import keep_recovery
from tts_doctor.effects.find_interpreter import interpreter_of_command
from tts_doctor.effects.journal import acquire, now, state_folder
from tts_doctor.effects.observe_process import Watch
from tts_doctor.effects.read_machine import FOLDERS, read_machine
from tts_doctor.effects.smoke import diagnose_words
from tts_doctor.errors import UsageError
from tts_doctor.knowledge.deployments import deployment_playbooks
from tts_doctor.model.deployment import (
    Deployment,
    DeploymentPlaybook,
    Observation,
    Proposal,
    Recovery,
    Refusal,
    Surroundings,
)
from tts_doctor.model.text import Text
from tts_doctor.ports import Reporter

MOST = 8
"""Proposals that are tried."""


class Target(Protocol):
    """A deployment that can be looked at, tried in another form, and changed."""

    deployment: Deployment
    file: str

    def look(self) -> Observation:
        """As it is."""

    def remember(self, wanted: Deployment, said: str) -> dict[str, Any]:
        """All that it takes to go back, on disk before anything changes."""

    def trial(self, wanted: Deployment) -> Observation:
        """As it would be."""

    def commit(self, kept: Mapping[str, Any]) -> Observation:
        """Make it so, and look at it in place."""

    def next_steps(self) -> tuple[Text, ...]:
        """What remains for the person."""


@dataclass(frozen=True)
class RecoveryRequest:
    """One run of `tts-doctor playbook run ID --target …`."""

    playbook: DeploymentPlaybook
    target: str
    command: tuple[str, ...] = ()
    check: bool = False
    """Say what would be done; nothing is tried and nothing changes."""
    yes: bool = False
    watch: Watch = field(default_factory=Watch)
    cwd: str = "/"
    environment: tuple[tuple[str, str], ...] = ()


def recover(request: RecoveryRequest, say: Reporter) -> Recovery:
    """One recovery of a place at a time; what a killed one left there is put back first.

    Raises DoctorError where the target cannot be read or the way back cannot be kept.
    """
    environ = dict(request.environment)
    place = _target(request, environ).deployment.place
    lock = acquire(state_folder(environ), (place,), "playbook run")
    try:
        for ident in keep_recovery.unfinished(environ, place):
            roll_back(environ, ident)
            say.note(Text(f"{place}: an interrupted recovery was put back", f"{place}：已还原一次中断的恢复"))
        return _recover(request, _target(request, environ), environ, say)
    finally:
        lock.release()


def _recover(request: RecoveryRequest, target: Target, environ: Mapping[str, str], say: Reporter) -> Recovery:
    say.step(Text("looking at the service", "正在查看服务"))
    seen = target.look()
    place = target.deployment.place
    report = Recovery("", now(), request.playbook.id, request.playbook.title, place, "well", seen=seen)
    if seen.healthy:
        return report
    fitting = others(deployment_playbooks(), request.playbook, seen)
    if fits(request.playbook, seen) is None:
        report = replace(report, outcome="other", others=tuple(p.id for p in fitting))
        return _diagnosed(request, target, replace(report, evidence=evidence(seen, Surroundings(), {})), say)
    books = (*(p for p in fitting if request.playbook.general), request.playbook)
    wanted, refusals, found = _plan(books, target.deployment, seen, environ)
    report = replace(report, evidence=found, refusals=refusals)
    if request.check:
        return replace(report, outcome="planned", steps=tuple(proposal.title for proposal in wanted[:MOST]))
    question = Text(f"Change how the service of {place} is started?", f"是否更改 {place} 的启动方式？")
    if wanted and not request.yes and not say.confirm(question):
        return replace(report, outcome="declined", steps=tuple(proposal.title for proposal in wanted[:MOST]))
    return _diagnosed(request, target, _carry_out(request, target, wanted[:MOST], report, environ, say), say)


def _plan(
    books: tuple[DeploymentPlaybook, ...], deployment: Deployment, seen: Observation, environ: Mapping[str, str]
) -> tuple[tuple[Proposal, ...], tuple[Refusal, ...], tuple[Text, ...]]:
    """What every playbook would try, in order; what it cannot; and the evidence."""
    wanted: list[Proposal] = []
    refused: list[Refusal] = []
    found: list[Text] = []
    for playbook in books:
        port = current(deployment, "port") or default(deployment, "port")
        captured = {"port": port, **(fits(playbook, seen) or {})}
        around = read_machine(playbook, deployment, environ, captured)
        more, not_here = proposals(playbook, deployment, seen, around, captured)
        wanted, refused = [*wanted, *more], [*refused, *not_here]
        found += evidence(seen, around, captured)
    return tuple(wanted), tuple(refused), tuple(dict.fromkeys(found))


def _diagnosed(request: RecoveryRequest, target: Target, report: Recovery, say: Reporter) -> Recovery:
    """With what its words tell of the environment, where no remedy has helped."""
    if report.outcome not in ("other", "failed") or report.others:
        return report
    environ = dict(request.environment)
    command = target.deployment.command
    python = "" if target.deployment.kind == "container" else interpreter_of_command(command, environ, request.cwd)
    return replace(report, diagnosis=diagnose_words(report.seen.text, python, request.cwd, environ, say))


def _carry_out(
    request: RecoveryRequest,
    target: Target,
    wanted: tuple[Proposal, ...],
    report: Recovery,
    environ: Mapping[str, str],
    say: Reporter,
) -> Recovery:
    steps: list[Text] = []
    for proposal in wanted:
        say.step(Text(f"trying to {proposal.title.en}", f"正在尝试：{proposal.title.zh}"))
        kept = target.remember(proposal.deployment, f"Written by tts-doctor, playbook {request.playbook.id}.")
        ident = keep_recovery.begin(environ, {**kept, "playbook": request.playbook.id, "place": report.place})
        proved = False
        try:
            _make_folders(proposal)
            seen = target.trial(proposal.deployment)
            steps.append(step(proposal, seen))
            report = replace(report, steps=tuple(steps))
            if seen.healthy:
                seen = target.commit(kept)
                report = replace(report, outcome="restored", seen=seen)
                proved = seen.healthy
        finally:
            if not proved:
                roll_back(environ, ident)
                _drop_folders(proposal)
        if proved:
            keep_recovery.finish(environ, ident)
            return _recovered(report, ident, target, proposal, seen)
        if report.outcome == "restored":
            return report
    return replace(report, outcome="failed")


def _recovered(report: Recovery, ident: str, target: Target, proposal: Proposal, seen: Observation) -> Recovery:
    steps = (*report.steps, *target.next_steps())
    done = replace(report, id=ident, outcome="recovered", changes=proposal.changes, steps=steps, seen=seen)
    return replace(done, file=target.file)


def roll_back(environ: Mapping[str, str], ident: str = "") -> tuple[str, str]:
    """(id, what was put back) of the named recovery or the last. Raises UsageError, RestoreError."""
    found, kept = keep_recovery.receipt(environ, ident)
    if "container" in kept:
        from tts_doctor.effects.container_target import put_back

        put_back(kept, environ)
    else:
        keep_recovery.put_back(kept, kept["after"])
    keep_recovery.forget(environ, found)
    return found, str(kept.get("file") or kept.get("container"))


def _target(request: RecoveryRequest, environ: Mapping[str, str]) -> Target:
    kind, _, place = request.target.partition(":")
    if kind in ("settings", "script", "unit") and place:
        from tts_doctor.effects.file_target import FileTarget

        return FileTarget(request.target, request.command, request.cwd, environ, request.watch)
    if kind == "container" and place:
        from tts_doctor.effects.container_target import ContainerTarget

        return ContainerTarget(place, environ, request.watch)
    raise UsageError(
        f"--target {request.target} is none that can be changed",
        f"--target {request.target} 不是可更改的目标",
        hint_en="settings:FILE with the start command after --, script:FILE, unit:FILE.service, or container:NAME",
        hint_zh="可用：settings:文件（-- 之后给出启动命令）、script:文件、unit:文件.service 或 container:名称",
    )


def _make_folders(proposal: Proposal) -> None:
    for change in proposal.changes:
        if change.name.removeprefix("variable ") in FOLDERS:
            Path(change.after).mkdir(parents=True, exist_ok=True, mode=0o700)


def _drop_folders(proposal: Proposal) -> None:
    """Those that are empty."""
    for change in proposal.changes:
        if change.name.removeprefix("variable ") in FOLDERS:
            with contextlib.suppress(OSError):
                Path(change.after).rmdir()
                Path(change.after).parent.rmdir()

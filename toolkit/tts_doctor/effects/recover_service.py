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
from tts_doctor.deployment.settings import current
from tts_doctor.deployment.tell import evidence, step
from tts_doctor.effects import keep_recovery
from tts_doctor.effects.journal import now
from tts_doctor.effects.observe_process import Watch
from tts_doctor.effects.read_machine import FOLDERS, read_machine
from tts_doctor.errors import UsageError
from tts_doctor.knowledge.deployments import deployment_playbooks
from tts_doctor.model.deployment import Deployment, DeploymentPlaybook, Observation, Proposal, Recovery, Surroundings
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

    def trial(self, wanted: Deployment) -> Observation:
        """As it would be; `abandon` takes back what a trial had to change."""

    def remember(self, wanted: Deployment, said: str) -> dict[str, Any]:
        """All that it takes to go back, on disk before anything changes."""

    def commit(self, kept: Mapping[str, Any]) -> Observation:
        """Make it so, and look at it in place."""

    def abandon(self) -> None: ...

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
    """Raises DoctorError where the target cannot be read or the way back cannot be kept."""
    environ = dict(request.environment)
    target = _target(request, environ)
    say.step(Text("looking at the service", "正在查看服务"))
    seen = target.look()
    place = target.deployment.place
    report = Recovery("", now(), request.playbook.id, request.playbook.title, place, "well", seen=seen)
    if seen.healthy:
        return report
    captured = fits(request.playbook, seen)
    if captured is None:
        fitting = others(deployment_playbooks(), request.playbook.id, seen)
        return replace(report, outcome="other", others=fitting, evidence=evidence(seen, Surroundings(), {}))
    if port := current(target.deployment, "port"):
        captured = {"port": port, **captured}
    around = read_machine(request.playbook, target.deployment, environ, captured)
    wanted, refusals = proposals(request.playbook, target.deployment, seen, around, captured)
    report = replace(report, evidence=evidence(seen, around, captured), refusals=refusals)
    if request.check:
        return replace(report, outcome="planned", steps=tuple(proposal.title for proposal in wanted[:MOST]))
    question = Text(f"Change how the service of {place} is started?", f"是否更改 {place} 的启动方式？")
    if wanted and not request.yes and not say.confirm(question):
        return replace(report, outcome="declined", steps=tuple(proposal.title for proposal in wanted[:MOST]))
    return _carry_out(request, target, wanted[:MOST], report, environ, say)


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
        _make_folders(proposal)
        seen = target.trial(proposal.deployment)
        steps.append(step(proposal, seen))
        if seen.healthy:
            return _keep(request, target, proposal, replace(report, steps=tuple(steps)), environ)
        target.abandon()
        _drop_folders(proposal)
    return replace(report, outcome="failed", steps=tuple(steps))


def _keep(
    request: RecoveryRequest, target: Target, proposal: Proposal, report: Recovery, environ: Mapping[str, str]
) -> Recovery:
    said = f"Written by tts-doctor, playbook {request.playbook.id}. Taken back by: tts-doctor playbook rollback"
    kept = target.remember(proposal.deployment, said)
    ident = keep_recovery.begin(environ, {**kept, "playbook": request.playbook.id, "place": report.place})
    seen = target.commit(kept)
    if not seen.healthy:
        roll_back(environ, ident)
        return replace(report, outcome="restored", seen=seen)
    steps = (*report.steps, *target.next_steps())
    done = replace(report, id=ident, outcome="recovered", changes=proposal.changes, steps=steps, seen=seen)
    return replace(done, file=target.file)


def roll_back(environ: Mapping[str, str], ident: str = "") -> tuple[str, str]:
    """(id, what was put back) of the named recovery or the last. Raises UsageError, RestoreError."""
    found, kept = keep_recovery.receipt(environ, ident)
    keep_recovery.put_back(kept, kept["after"])
    keep_recovery.forget(environ, found)
    return found, str(kept["file"])


def _target(request: RecoveryRequest, environ: Mapping[str, str]) -> Target:
    kind, _, place = request.target.partition(":")
    if kind in ("settings", "unit") and place:
        from tts_doctor.effects.file_target import FileTarget

        return FileTarget(request.target, request.command, request.cwd, environ, request.watch)
    raise UsageError(
        f"--target {request.target} is none that can be changed",
        f"--target {request.target} 不是可更改的目标",
        hint_en="settings:FILE with the start command after --, or unit:FILE.service",
        hint_zh="可用：settings:文件（-- 之后给出启动命令）或 unit:文件.service",
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

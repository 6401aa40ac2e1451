"""Works out what each remedy of a playbook would change, in the order in which it is tried. Tries nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tts_doctor.deployment.settings import changed, current, default, offered
from tts_doctor.model.deployment import (
    ChangedSetting,
    Deployment,
    DeploymentPlaybook,
    Observation,
    Proposal,
    Refusal,
    Remedy,
    Surroundings,
)
from tts_doctor.model.text import Text

PORTS = 50
"""So many ports above the taken one are looked at."""
ENOUGH = 64 << 20
"""Bytes that a folder must have left to be worth writing to."""
OWN = "tts-doctor-service"
"""The folder that is made where there is room."""

MEBIBYTE = 1 << 20


def proposals(
    playbook: DeploymentPlaybook,
    deployment: Deployment,
    seen: Observation,
    around: Surroundings,
    captured: Mapping[str, str],
) -> tuple[tuple[Proposal, ...], tuple[Refusal, ...]]:
    """Everything worth trying, and the remedies that have no place in this deployment."""
    wanted: list[Proposal] = []
    refused: list[Refusal] = []
    for remedy in playbook.remedies:
        found = list(_proposals(remedy, deployment, seen, around, captured))
        wanted += [item for item in found if isinstance(item, Proposal)]
        refused += [item for item in found if isinstance(item, Refusal)][:1]
    unlike = {proposal.deployment: proposal for proposal in reversed(wanted)}
    return tuple(p for p in wanted if unlike[p.deployment] is p), tuple(refused)


def _proposals(
    remedy: Remedy, deployment: Deployment, seen: Observation, around: Surroundings, captured: Mapping[str, str]
) -> Iterator[Proposal | Refusal]:
    if remedy.how == "roomiest":
        yield from _move(remedy, deployment, around)
        return
    for setting in remedy.settings:
        if setting == "variable named":
            setting = _naming(deployment, captured)
        if not setting or not offered(deployment, setting):
            continue
        said = current(deployment, setting)
        before = captured.get(setting) or said or _observed(setting, seen) or default(deployment, setting)
        for after in _values(remedy, before, around, captured, said):
            if after != before:
                yield _one(remedy, deployment, setting, before, after, captured)


def _one(
    remedy: Remedy, deployment: Deployment, setting: str, before: str, after: str, captured: Mapping[str, str]
) -> Proposal | Refusal:
    title = _filled(remedy.title, setting, before, after)
    new = changed(deployment, setting, after, f"{captured.get('host') or '127.0.0.1'}:{before}")
    if new is None:
        return Refusal(title, _no_place(deployment, setting))
    return Proposal(title, (ChangedSetting(setting, before, after),), new)


def _values(
    remedy: Remedy, before: str, around: Surroundings, captured: Mapping[str, str], written: str
) -> Iterator[str]:
    if remedy.how == "text":
        yield from remedy.values
    elif remedy.how == "factors":
        start = float(before or remedy.values[0])
        bound = around.memory if remedy.settings[0] == "limit memory" else float("inf")
        yield from (f"{start * factor:.0f}" for factor in map(float, remedy.values[1:]) if start * factor <= bound)
    elif remedy.how == "halve":
        number = int(before) if before.isdigit() else 1
        while number > 1:
            number //= 2
            yield str(number)
    elif remedy.how == "free":
        taken = {listener.port for listener in around.listeners}
        start = int(before) if before.isdigit() else 8000
        free = (port for port in range(start + 1, min(start + PORTS, 65536)) if port not in taken)
        yield from (str(port) for _, port in zip(range(3), free, strict=False))
    elif remedy.how == "found":
        yield from _rewritten(written, captured.get("path", ""), around.found)
    elif remedy.how == "cached" and around.found:
        yield from remedy.values


def _move(remedy: Remedy, deployment: Deployment, around: Surroundings) -> Iterator[Proposal | Refusal]:
    """Everything that is written to a full file system goes to the roomiest folder, all in one step."""
    full = [room for room in around.used if room.free < ENOUGH and f"variable {room.variable}" in remedy.settings]
    spare = [room for room in around.spare if room.free >= ENOUGH]
    for room in spare[:2] if full else ():
        new, changes = deployment, []
        for one in full:
            after = f"{room.folder}/{OWN}/{one.variable.lower()}"
            new = new.with_variable(one.variable, after)
            changes.append(ChangedSetting(f"variable {one.variable}", one.folder, after))
        before = ", ".join(dict.fromkeys(one.folder for one in full))
        yield Proposal(_filled(remedy.title, "", before, f"{room.folder}/{OWN}"), tuple(changes), new)


def _rewritten(written: str, missing: str, found: tuple[str, ...]) -> Iterator[str]:
    """The variable's value such that the missing path would be one that was found."""
    if not written or not (missing == written or missing.startswith(written.rstrip("/") + "/")):
        return
    tail = missing[len(written.rstrip("/")) :]
    for path in found:
        if path.endswith(tail):
            yield path[: len(path) - len(tail)] if tail else path


def _naming(deployment: Deployment, captured: Mapping[str, str]) -> str:
    """The setting of the variable whose value leads to the captured path."""
    path = captured.get("path", "")
    for name, value in deployment.variables:
        if value.startswith("/") and (path == value or path.startswith(value.rstrip("/") + "/")):
            return f"variable {name}"
    return ""


def _observed(setting: str, seen: Observation) -> str:
    return str(seen.workers) if setting == "workers" and seen.workers else ""


def _no_place(deployment: Deployment, setting: str) -> Text:
    file = deployment.place.rsplit("/", 1)[-1]
    if deployment.fixed and not setting.startswith("limit"):
        return Text(
            f"the start command sets it itself; write ${{NAME}} there, and NAME into {file}",
            f"启动命令自己设置了它；请在命令中写 ${{NAME}}，并把 NAME 写进 {file}",
        )
    return Text(f"a {deployment.kind} has no place for it", f"{deployment.kind} 中没有这一项")


def _filled(title: Text, setting: str, before: str, after: str) -> Text:
    values = {"before": _shown(setting, before), "after": _shown(setting, after), "name": setting.partition(" ")[2]}
    return Text(*(part.format(**values) for part in (title.en, title.zh)))


def _shown(setting: str, value: str) -> str:
    if setting.startswith("limit") and value.isdigit():
        size = int(value)
        return f"{size // MEBIBYTE} MB" if size >= MEBIBYTE else f"{size // 1024} kB"
    return value or "-"


def with_expanded(deployment: Deployment, environ: Mapping[str, str]) -> Deployment:
    """The deployment whose command has its variables filled in, ready to be started."""
    from tts_doctor.deployment.settings import expanded

    command = tuple(expanded(word, deployment, dict(environ)) for word in deployment.command)
    return replace(deployment, command=command)

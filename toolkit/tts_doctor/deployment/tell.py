"""Puts what was seen and done into sentences. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tts_doctor.model.deployment import Observation, Proposal, Surroundings
from tts_doctor.model.text import Text

SHOWN = 5
MEBIBYTE = 1 << 20


def evidence(seen: Observation, around: Surroundings, captured: Mapping[str, str]) -> tuple[Text, ...]:
    """What speaks for the disease, most telling first."""
    return (*_of_machine(around, captured), *_of_service(seen))


def step(proposal: Proposal, seen: Observation) -> Text:
    """One trial and how it ended."""
    ended = state(seen)
    return Text(f"{proposal.title.en}: {ended.en}", f"{proposal.title.zh}：{ended.zh}")


def state(seen: Observation) -> Text:
    """How the service is, in a few words."""
    if seen.healthy:
        return Text(f"it answers after {seen.seconds:.1f} s", f"{seen.seconds:.1f} 秒后正常响应")
    if seen.replaced:
        return Text(f"{seen.replaced} of its workers ended", f"{seen.replaced} 个工作进程中途结束")
    if seen.unanswered:
        return Text(f"no good answer from {', '.join(seen.unanswered)}", f"{'、'.join(seen.unanswered)} 没有正常响应")
    if seen.states:
        return Text(f"its engine calls it {', '.join(seen.states)}", f"引擎报告其状态为 {', '.join(seen.states)}")
    if seen.exit_code is not None:
        return Text("it ended", "服务已退出")
    if seen.status:
        return Text(f"it answers {seen.status}", f"响应状态 {seen.status}")
    return Text("it does not answer", "服务没有响应")


def _of_machine(around: Surroundings, captured: Mapping[str, str]) -> Iterator[Text]:
    for one in around.listeners:
        if str(one.port) == captured.get("port"):
            who = f"{one.command} ({one.pid})" if one.pid else "another user's process"
            zh = f"{one.command}（{one.pid}）" if one.pid else "其他用户的进程"
            yield Text(f"port {one.port} is held by {who}", f"端口 {one.port} 被 {zh} 占用")
    for room in around.used:
        if room.free < 64 * MEBIBYTE:
            en = f"{room.folder} ({room.variable}) has {room.free // 1024} kB left"
            yield Text(en, f"{room.folder}（{room.variable}）只剩 {room.free // 1024} kB")
    for place in around.found[:SHOWN]:
        yield Text(f"found: {place}", f"已找到：{place}")


def _of_service(seen: Observation) -> Iterator[Text]:
    yield state(seen)
    told = [line.strip() for line in seen.text.splitlines() if line.strip()]
    wanted = ("error", "critical", "killed", "timeout", "in use", "no space", "not found", "no such", "unreachable")
    telling = [line for line in told if any(word in line.lower() for word in wanted)] or told
    for line in dict.fromkeys(telling[-SHOWN:]):
        yield Text("".join(c if c.isprintable() else "\ufffd" for c in line[:300]))

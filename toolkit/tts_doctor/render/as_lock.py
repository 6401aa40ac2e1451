"""A lock as its file, as JSON, as words. Adds nothing that the lock does not say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from packaging.utils import canonicalize_name

from tts_doctor.model.lock import ChangedLine, Lock
from tts_doctor.model.playbook import Bound
from tts_doctor.model.text import Text
from tts_doctor.render.page import Line, line

PROVEN = {
    "resolves": Text("resolves: the metadata agree; nothing was installed", "可解析：元数据一致；未做安装"),
    "installs": Text("installs, but does not run:", "可安装，但无法运行："),
    "runs": Text("runs: installed and imported in a fresh environment", "可运行：已在全新环境中安装并导入"),
}
PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==")


def lock_file(lock: Lock, command: str) -> str:
    """The requirements file: a head that says how it came about, then the pins with hashes and reasons."""
    nearest = lock.nearest
    head = [f"# Computed by `{command}` for Python {nearest.python}; do not edit."]
    head += [f"# asked for: {lock.asked}", f"# {lock.proven}"]
    for change in nearest.changes:
        head.append(f"# changed: {change.before} -> {change.after} ({_flat(change.why.en)})")
    for bound in lock.broken_bounds:
        head.append(f"# known not to work: {_bound_words(bound)}, which the list rules out ({_flat(bound.reason.en)})")
    return "\n".join(head) + "\n" + _annotated(lock.text, lock.bounds)


def lock_object(lock: Lock, lang: str) -> dict[str, Any]:
    """The JSON object."""
    nearest = lock.nearest
    return {
        "schema_version": 1,
        "python": nearest.python,
        "resolves": nearest.resolves,
        "requirements": list(nearest.requirements),
        "changes": [_change(c, lang) for c in nearest.changes],
        "conflicts": [{"requirements": list(c.requirements), "why": c.why.say(lang)} for c in nearest.conflicts],
        "alternatives": [
            {"python": a.python, "changes": [_change(c, lang) for c in a.changes]} for a in nearest.alternatives
        ],
        "optimal": nearest.optimal,
        "proof": nearest.proof.say(lang),
        "pins": [f"{name}=={version}" for name, version in nearest.pins],
        "bounds": [_bound(b, lang) for b in lock.bounds],
        "broken_bounds": [_bound(b, lang) for b in lock.broken_bounds],
        "proven": lock.proven,
        "proof_output": lock.proof_output,
        "resolver": lock.resolver,
        "moved": [{"name": name, "old": old or None, "new": new or None} for name, old, new in lock.moved],
        "seconds": round(lock.seconds, 2),
    }


def lock_lines(lock: Lock, lang: str) -> Iterator[Line]:
    """What was found, for a person."""
    nearest = lock.nearest
    if not nearest.resolves:
        yield line((Text("The list does not resolve.", "该列表无法解析。").say(lang), "strong"))
    elif nearest.changes:
        count = len(nearest.changes)
        told = Text(f"{count} changed on Python {nearest.python}", f"Python {nearest.python} 上改动 {count} 处")
        yield line((told.say(lang), "strong"))
    else:
        told = Text(f"Resolves on Python {nearest.python}.", f"可在 Python {nearest.python} 上解析。")
        yield line((told.say(lang), "strong"))
    for conflict in nearest.conflicts:
        yield line(("✗ ", "bad"), conflict.why.say(lang), indent=2, hang=2)
    if nearest.changes:
        where = nearest.python
        hint = Text(f"--nearest would change (Python {where}):", f"--nearest 将改动（Python {where}）：")
        yield line((Text("changes:", "改动：") if nearest.resolves else hint).say(lang))
        yield from _change_lines(nearest.changes)
    if lock.moved:
        yield line(Text("moved:", "变动：").say(lang))
        yield from moved_lines(lock.moved)
    for other in nearest.alternatives:
        yield line(Text("or, with as few changes:", "或者（改动同样少）：").say(lang))
        yield from _change_lines(other.changes)
    for bound in lock.broken_bounds:
        told = Text(f"known not to work: {_bound_words(bound)}", f"已知无法正常工作：{_bound_words(bound)}")
        yield line(("! ", "bad"), f"{told.say(lang)} ({bound.reason.say(lang)})", indent=2, hang=2)
    if nearest.resolves:
        yield line(*PROVEN[lock.proven].say(lang).splitlines(), indent=2)
    for row in lock.proof_output.splitlines():
        yield line((row, "dim"), indent=4)
    if nearest.proof.en:
        yield line(nearest.proof.say(lang), indent=2, hang=2)


def moved_lines(moved: Sequence[tuple[str, str, str]]) -> Iterator[Line]:
    """What came, went or has another version."""
    for name, before, after in moved:
        yield line(f"{name} {before or '-'} → ", (after or "-", "code"), indent=2)


def _change_lines(changes: Sequence[ChangedLine]) -> Iterator[Line]:
    for change in changes:
        yield line(f"{change.before} → ", (change.after, "code"), indent=2)


def _change(change: ChangedLine, lang: str) -> dict[str, Any]:
    return {
        "name": change.name,
        "from": change.before,
        "to": change.after,
        "steps": change.steps,
        "why": change.why.say(lang),
    }


def _bound(bound: Bound, lang: str) -> dict[str, Any]:
    return {
        "id": bound.id,
        "consumer": f"{bound.consumer}{bound.versions}",
        "requirement": f"{bound.provider}{bound.bound}",
        "why": bound.reason.say(lang),
        "evidence": bound.evidence,
    }


def _bound_words(bound: Bound) -> str:
    return f"{bound.consumer}{bound.versions} needs {bound.provider}{bound.bound}"


def _annotated(text: str, bounds: Sequence[Bound]) -> str:
    """uv's text with a comment below each pin that a known bound holds back."""
    rows: list[str] = []
    pending: list[str] = []
    for row in text.splitlines():
        if row and not row.startswith((" ", "#")):
            rows += pending
            match = PINNED.match(row)
            name = canonicalize_name(match[1]) if match else ""
            pending = [
                f"    # bound {b.id}: {_bound_words(b)}: {_flat(b.reason.en)}"
                for b in bounds
                if canonicalize_name(b.provider) == name
            ]
        rows.append(row)
    return "\n".join([*rows, *pending]) + "\n"


def _flat(text: str) -> str:
    return " ".join(text.split())

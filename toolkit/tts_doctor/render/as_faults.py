"""Faults of a Dockerfile as lines for people and as an object for programs. Orders nothing, judges nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tts_doctor.model.dockerfile import Fault
from tts_doctor.render.as_json import SCHEMA_VERSION
from tts_doctor.render.page import Line, line

MARKS = {"error": ("✗", "bad"), "warning": ("!", "warn"), "note": ("·", "dim")}


def fault_lines(faults: Sequence[Fault], path: str, lang: str) -> Iterator[Line]:
    """What is wrong, where, why, and whether it was mended."""
    if not faults:
        yield line(("✓ ", "good"), f"{path}: " + ("nothing found" if lang == "en" else "没有发现问题"))
        return
    for one in faults:
        mark, style = MARKS[one.severity]
        yield line(
            (f"{mark} ", style), (f"{path}:{one.line}: {one.title.say(lang)}", "strong"), f"  [{one.id}]", hang=2
        )
        yield line(one.why.say(lang), indent=2)
        if not one.fixed:
            yield line(("left to you" if lang == "en" else "需由你决定", "warn"), indent=2)
    mended = sum(1 for one in faults if one.fixed)
    told = f"{len(faults)} faults, {mended} mended" if lang == "en" else f"{len(faults)} 处问题，已修复 {mended} 处"
    yield Line()
    yield line(told)


def faults_object(faults: Sequence[Fault], text: str, lang: str) -> dict[str, object]:
    """`dockerfile` is the mended text."""
    return {
        "schema_version": SCHEMA_VERSION,
        "faults": [
            {
                "id": one.id,
                "line": one.line,
                "severity": one.severity,
                "title": one.title.say(lang),
                "why": one.why.say(lang),
                "fixed": one.fixed,
            }
            for one in faults
        ],
        "dockerfile": text,
    }

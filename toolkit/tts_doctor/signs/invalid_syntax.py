"""An installed distribution's source is not valid in the patient's Python.

Present where a SyntaxError lies in a distribution's own file. Old code (Python 2's statements, `async` as a name) wants
a newer release, or the distribution that lives on under the same import name; new syntax on an old Python wants an
older release. Absent for the user's own files: those are nobody's to change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tts_doctor.knowledge.import_names import distributions_for
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Distribution
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Need, Treatment
from tts_doctor.model.symptom import Frame
from tts_doctor.model.text import Text
from tts_doctor.signs.parties import owner_of_file, weighted_errors

KINDS = ("SyntaxError", "IndentationError", "TabError")
OLD = re.compile(
    r"\basync\b(?!\s+(?:def|with|for)\b)|\bprint\s+[\"'\w%]|\bexec\s+[\"'\w]|except\s+[\w.]+\s*,\s*\w+\s*:|<>|\braise\s+\w+,|`"
)


def find(case: Examination) -> Iterator[Finding]:
    if case.symptom is None:
        return
    for error, weight in weighted_errors(case.symptom):
        if error.type in KINDS and error.frames:
            owner, relative = owner_of_file(case.facts, error.frames[-1].file)
            dist = case.facts.get(owner) if owner else None
            if dist is not None and dist.version:
                yield _finding(case, dist, error.frames[-1], relative, weight)


def _finding(case: Examination, dist: Distribution, frame: Frame, file: str, weight: float) -> Finding:
    python = ".".join(map(str, case.facts.interpreter.minor))
    old = bool(OLD.search(frame.code))
    newer = (
        Action(
            "pin",
            dist.key,
            f">{dist.version}",
            why=Text(f"a release that is written for Python {python}", f"为 Python {python} 编写的版本"),
        ),
    )
    older = (
        Action(
            "pin",
            dist.key,
            f"<{dist.version}",
            why=Text(f"a release that still knows Python {python}", f"仍支持 Python {python} 的版本"),
        ),
    )
    repairs = [*_successors(dist), newer] if old else [older, newer, *_successors(dist)]
    return Finding(
        id="invalid-syntax",
        title=Text(
            f"{dist.name} {dist.version} is not valid in Python {python}",
            f"{dist.name} {dist.version} 的代码在 Python {python} 中无效",
        ),
        cause=Text(
            f"{frame.file}, line {frame.line}, is written for {'an older' if old else 'another'} Python: {frame.code}",
            f"{frame.file} 第 {frame.line} 行是为{'更旧' if old else '其他'}版本的 Python 编写的：{frame.code}",
        ),
        confidence=0.9 * weight,
        culprits=(
            Culprit(Kind.DISTRIBUTION, dist.key, dist.version),
            Culprit(Kind.INTERPRETER, "python", case.facts.interpreter.version or None),
        ),
        evidence=(Evidence("invalid-syntax", f"{frame.file}:{frame.line}", frame.code, f"valid Python {python}"),),
        fallback=Treatment(repairs[0], tuple(repairs[1:])),
        need=Need("syntax", dist.key, file),
    )


def _successors(dist: Distribution) -> list[tuple[Action, ...]]:
    """Distributions that are better known for the same import name: the dead one goes, the other comes."""
    found: dict[str, None] = {}
    for name in dist.top_level:
        known = distributions_for(name)
        found.update(dict.fromkeys(known[: known.index(dist.key)] if dist.key in known else known[:2]))
    return [
        (
            Action("uninstall", dist.key, why=Text("no longer maintained", "已不再维护")),
            Action("install", name, why=Text("provides the same module", "提供同一模块")),
        )
        for name in list(found)[:3]
    ]

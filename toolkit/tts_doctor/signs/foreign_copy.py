"""A copy of a package comes before the installed one: an old checkout that a forgotten `.pth` line or PYTHONPATH names.

Present where the failure passes through the copy while a distribution of that package is installed. Installing it once
more changes nothing, since the copy is found first; what puts the copy there has to go.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import PurePosixPath

from tts_doctor.model.examination import Examination
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Treatment
from tts_doctor.model.surroundings import ForeignCopy
from tts_doctor.model.text import Text
from tts_doctor.signs.parties import party


def find(case: Examination) -> Iterator[Finding]:
    if case.symptom is None or not case.symptom.failed:
        return
    for copy in case.facts.foreign_copies:
        yield _finding(case, copy)


def _finding(case: Examination, copy: ForeignCopy) -> Finding:
    dist = party(case.facts, copy.owner)
    shown = f"{copy.owner} {dist.installed or ''}".strip()
    variable = copy.by == "PYTHONPATH"
    culprit = Culprit(Kind.VARIABLE, copy.by) if variable else Culprit(Kind.FILE, PurePosixPath(copy.by).name)
    return Finding(
        id="foreign-copy",
        title=Text(
            f"A copy of {copy.name} in {copy.folder} comes before the installed {shown}",
            f"{copy.folder} 中的一份 {copy.name} 排在已安装的 {shown} 之前",
        ),
        cause=Text(
            f"{copy.by} puts {copy.folder} first on the path, so {copy.name} never means the installed {shown}.",
            f"{copy.by} 把 {copy.folder} 放在搜索路径最前面，因此 {copy.name} 不再指向已安装的 {shown}。",
        ),
        confidence=0.93,
        culprits=(culprit, dist, Culprit(Kind.FILE, copy.folder)),
        evidence=(Evidence("foreign-copy", copy.by, copy.folder, f"{copy.name} of {shown}"),),
        treatment=Treatment((_unset(case, copy) if variable else _aside(copy),)),
    )


def _aside(copy: ForeignCopy) -> Action:
    name = PurePosixPath(copy.by).name
    return Action(
        "rename",
        copy.by,
        value=f"{name}.off",
        why=Text(f"Python no longer reads it, and {copy.folder} stays", f"Python 不再读取它，{copy.folder} 保持不变"),
    )


def _unset(case: Examination, copy: ForeignCopy) -> Action:
    parts = case.facts.variables.get("PYTHONPATH", "").split(":")
    rest = [p for p in parts if p and posixpath.normpath(posixpath.join(case.facts.cwd, p)) != copy.folder]
    return Action(
        "env-var", "PYTHONPATH", value=":".join(rest) or None, why=Text(f"without {copy.folder}", f"去掉 {copy.folder}")
    )

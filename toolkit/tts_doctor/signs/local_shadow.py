"""A module beside the user's script has the name of one that is installed, or of the standard library's.

Seen in the files, for what a traceback cannot show: a regular package `google/` beside the script ends the search for
the namespace package of that name, and no frame ever passes through it. Present where the message misses something
of just that module; a mere namesake is nobody's illness.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from tts_doctor.model.examination import Examination
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Treatment
from tts_doctor.model.text import Text
from tts_doctor.signs.parties import chain_text, party

MISSED = (
    r"No module named '{0}\.",
    r"cannot import name '\w+' from (?:partially initialized module )?'{0}['.]",
    r"module '{0}' has no attribute",
    r"'{0}' is not a package",
)


def find(case: Examination) -> Iterator[Finding]:
    if case.symptom is None or not case.symptom.failed:
        return
    text = chain_text(case.symptom)
    for name, path in case.facts.local_shadows:
        seen = next((m for p in MISSED if (m := re.search(p.format(re.escape(name)), text))), None)
        if seen:
            yield _finding(case, name, path, seen.group(0))


def _finding(case: Examination, name: str, path: str, seen: str) -> Finding:
    dists = case.facts.owners.get(name, ())
    owners = ", ".join(f"{d.name} {d.version}" for d in dists)
    whose = owners or "the standard library"
    file = PurePosixPath(path).name
    init = (Culprit(Kind.FILE, f"{file}/__init__.py"),) if not file.endswith((".py", ".so")) else ()
    return Finding(
        id="shadowing",
        title=Text(
            f"{file} beside the script hides {name} of {whose}",
            f"脚本旁的 {file} 遮蔽了 {owners or '标准库'} 的 {name}",
        ),
        cause=Text(
            f"{path} lies in the folder where Python looks first, so {name} never means that of {whose}.",
            f"{path} 位于 Python 最先查找的文件夹，因此 {name} 不再指向 {owners or '标准库'} 的模块。",
        ),
        confidence=0.94,
        culprits=(Culprit(Kind.FILE, file), *init, *(party(case.facts, d.key) for d in dists)),
        evidence=(Evidence("local-shadow", path, seen, f"{name} is that of {whose}"),),
        treatment=Treatment(
            (Action("rename", path, why=Text(f"any name that is not {name}", f"改成 {name} 以外的任何名称")),)
        ),
    )

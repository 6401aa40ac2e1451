"""A compiled file that Python finds and cannot load: cut off by a full disk or a power failure, or of another Python.

`EOFError: marshal data too short`, `bad magic number in 'six'`. The repair takes only that file out of the way; where
its source lies beside it, Python writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Treatment
from tts_doctor.model.surroundings import BadBytecode
from tts_doctor.model.text import Text
from tts_doctor.signs.bounds import reinstall
from tts_doctor.signs.parties import owner_of_file, party

ANEW = Text("Python compiles the source anew", "Python 会重新编译源文件")
FOUND = Text("the module that is meant is found then", "之后便会找到真正要用的模块")


def find(case: Examination) -> Iterator[Finding]:
    if case.symptom is None or not case.symptom.failed or not case.facts.bad_bytecode:
        return
    yield _finding(case.facts, case.facts.bad_bytecode)


def _finding(facts: Facts, bad: tuple[BadBytecode, ...]) -> Finding:
    first = bad[0]
    file = PurePosixPath(first.path).name
    steps = tuple(
        Action(
            "rename",
            each.path,
            value=f"{PurePosixPath(each.path).name}.damaged",
            why=ANEW if each.has_source else FOUND,
        )
        for each in bad
    )
    owner = owner_of_file(facts, first.path)[0] if "/__pycache__/" in first.path else ""
    owner = owner if facts.get(owner) else ""
    again = (reinstall(facts, owner).actions,) if owner else ()
    return Finding(
        id="bad-bytecode",
        title=Text(f"The compiled file {file} cannot be loaded", f"编译文件 {file} 无法加载"),
        cause=Text(
            f"Python finds {first.path} for {first.module} and cannot load it: {first.why}.",
            f"Python 为 {first.module} 找到了 {first.path}，但无法加载：{first.why}。",
        ),
        confidence=0.95,
        culprits=(
            Culprit(Kind.FILE, file),
            *((party(facts, owner),) if owner else ()),
            Culprit(Kind.FILE, first.module),
        ),
        evidence=tuple(Evidence("bad-bytecode", b.path, b.why, "bytecode of this Python") for b in bad[:4]),
        treatment=Treatment(steps, again),
    )

"""A warning that the settings turn into an error: `DeprecationWarning: 'audioop' is deprecated` at a traceback's end.

Python only warns; a failure comes of `-W error`, PYTHONWARNINGS or `filterwarnings = error` of pytest. Present where
the error that ended the program is a warning. What warns still works, so the setting is mended first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tts_doctor.model.examination import Examination
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Treatment
from tts_doctor.model.symptom import Error
from tts_doctor.model.text import Text
from tts_doctor.signs.parties import consumer_of, last_chain, party

_BY_PYTEST = re.compile(r"\bpytest\b|test session starts|short test summary")


def find(case: Examination) -> Iterator[Finding]:
    if case.symptom is None:
        return
    for error in last_chain(case.symptom):
        if error.type.endswith("Warning"):
            yield _finding(case, error, bool(_BY_PYTEST.search(case.symptom.text)))
            return


def _finding(case: Examination, error: Error, tested: bool) -> Finding:
    consumer = consumer_of(case.facts, error, "")
    warned = " ".join(error.message.split())[:200]
    kind = error.type.rsplit(".", 1)[-1]
    file = "pyproject.toml" if tested else "application"
    start = re.split(r"[:.]\s", warned, maxsplit=1)[0][:80]
    step = Action(
        "code-change",
        file,
        value=f"ignore:{start}:{kind}",
        why=Text("a filter after the one that makes errors of warnings", "加在将警告视为错误的过滤规则之后"),
    )
    newer = (Action("install", consumer.name, why=Text("a release that no longer warns", "不再发出该警告的版本")),)
    return Finding(
        id="warning-as-error",
        title=Text(f"A warning is treated as an error: {warned[:100]}", f"警告被当作错误：{warned[:100]}"),
        cause=Text(
            f"{consumer.name or 'The program'} still works; a setting (-W error, filterwarnings) ends it at a {kind}.",
            f"{consumer.name or '程序'} 本可运行；设置（-W error、filterwarnings）使 {kind} 成为错误。",
        ),
        confidence=0.93,
        culprits=(
            *((party(case.facts, consumer.name),) if consumer.name else ()),
            Culprit(Kind.APPLICATION, file),
            *((Culprit(Kind.VARIABLE, "PYTHONWARNINGS"),) if not tested else ()),
        ),
        evidence=(Evidence("warning-as-error", consumer.file or "output", f"{error.type}: {warned}"),),
        treatment=Treatment((step,), (newer,) if consumer.name else ()),
    )

"""Several OpenMP runtimes in one process, where the symptom says that they quarrel.

Many wheels carry their own libgomp, libomp or libiomp5, mostly without harm: their number is no illness. Intel's and
LLVM's refuse to be the second of their kind (OMP: Error #15), and threadpoolctl warns of the pair that may deadlock.
Present where such a message stands in the symptom; the files tell whose copies they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Severity, Treatment
from tts_doctor.model.text import Text
from tts_doctor.signs.parties import party

RUNTIME = re.compile(r"(?:^|/)lib(?P<kind>gomp|iomp5|omp)(?:-[0-9a-f]{6,})?\.so")
QUARREL = re.compile(
    r"OMP: Error #15\b[^\n]*|Found Intel OpenMP \('libiomp'\) and LLVM OpenMP \('libomp'\) loaded at\s+the same time"
)
SHOWN = 6

SILENT = Text("the second runtime then stays silent", "第二个运行时便不再报错")
SHARED = Text("newer wheels may share one runtime", "较新的 wheel 可能共用一个运行时")


def find(case: Examination) -> Iterator[Finding]:
    said = QUARREL.search(case.symptom.text) if case.symptom else None
    copies = _copies(case.facts) if said else []
    owners = list(dict.fromkeys(owner for _, owner, _ in copies))
    if said is None or len(owners) < 2:
        return
    # Those of Intel's kind quarrel; GNU's runtime minds nobody.
    loud = [owner for kind, owner, _ in copies if kind != "gomp"]
    named = list(dict.fromkeys([*loud, *owners]))
    shown = " and ".join(named[:2])
    yield Finding(
        "openmp-duplicate",
        Text(f"{shown} each bring an OpenMP runtime", f"{'、'.join(named[:2])} 各自带有 OpenMP 运行时"),
        Text("Two OpenMP runtimes are loaded in one process, and one of them refuses to go on.",
             "同一进程加载了两个 OpenMP 运行时，其中一个拒绝继续。"),
        severity=Severity.ERROR if case.symptom and case.symptom.failed else Severity.NOTE,
        confidence=0.95,
        culprits=(Culprit(Kind.VARIABLE, "KMP_DUPLICATE_LIB_OK"), *(party(case.facts, n) for n in named[:3])),
        evidence=tuple(Evidence("openmp-runtimes", p, f"lib{kind}", said[0][:200]) for kind, _, p in copies[:SHOWN]),
        treatment=Treatment(
            (Action("env-var", "KMP_DUPLICATE_LIB_OK", value="TRUE", why=SILENT),),
            tuple((Action("pin", n, f">{case.facts.version(n)}", why=SHARED),)
                  for n in loud[:2] if case.facts.version(n)),
        ),
    )  # fmt: skip


def _copies(facts: Facts) -> list[tuple[str, str, str]]:
    """(runtime, owner, path)."""
    found = [(RUNTIME.search(s.path), s) for s in facts.shared_objects or ()]
    return [(m["kind"], s.dist, s.path) for m, s in found if m and s.dist]

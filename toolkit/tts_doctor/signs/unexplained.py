"""The command fails and no sign says why: what the failure passes through, as the place to look.

Asked only where every other sign is silent. Its verdict is *unknown*: the parties it names are witnesses, not culprits
found guilty; `treat` tries other versions of them and believes only the command.
"""

from __future__ import annotations

from collections.abc import Iterator

from tts_doctor.model.examination import Examination
from tts_doctor.model.finding import Culprit, Evidence, Finding, Kind, Severity, Verdict
from tts_doctor.model.text import Text
from tts_doctor.signs.parties import owner_of_file

MOST_WITNESSES = 3


def find(case: Examination) -> Iterator[Finding]:
    symptom = case.symptom
    if symptom is None or not symptom.failed or (not symptom.errors and case.facts.from_text):
        return
    names = list(dict.fromkeys([*_passed_through(case), *case.facts.own_imports]))[:MOST_WITNESSES]
    kind, message = symptom.last_words
    culprits = tuple(Culprit(Kind.DISTRIBUTION, name, case.facts.version(name) or None) for name in names)
    if names:
        title = Text(f"Unexplained: the failure involves {', '.join(names)}", f"原因不明：失败涉及 {', '.join(names)}")
    else:
        title = Text("Unexplained: no known cause fits", "原因不明：没有已知原因与之相符")
    yield Finding(
        id="unexplained",
        title=title,
        cause=Text(
            "No check explains this failure; these distributions are the ones that it passes through.",
            "没有任何检查能解释此失败；以上是它经过的发行包。",
        ),
        verdict=Verdict.UNKNOWN,
        severity=Severity.ERROR,
        confidence=0.1,
        culprits=culprits,
        evidence=(Evidence("unexplained", "output", f"{kind}: {message}"[:300] if kind else message[:300]),),
    )


def _passed_through(case: Examination) -> Iterator[str]:
    """Distributions of the traceback, the last error's innermost first."""
    for error in reversed(case.symptom.errors if case.symptom else ()):
        for frame in reversed(error.frames):
            name, _ = owner_of_file(case.facts, frame.file)
            if name:
                yield name

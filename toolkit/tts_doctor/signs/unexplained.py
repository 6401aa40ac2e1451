"""The command fails and no sign says why: what the failure passes through, as the place to look.

Asked only where every other sign is silent. Its verdict is *unknown*: the parties it names are witnesses, not culprits
found guilty; `treat` tries other versions of them and believes only the command. Where the failure arises in the user's
own code, at most with the standard library below it, that line is named first: no version of anything may mend it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tts_doctor.model.examination import Examination
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Severity, Treatment, Verdict
from tts_doctor.model.symptom import Frame
from tts_doctor.model.text import Text
from tts_doctor.signs.parties import is_own, is_standard, last_chain, owner_of_file, owner_of_module

MOST_WITNESSES = 3
NOT_OF_ITS_LINE = frozenset({"ImportError", "ModuleNotFoundError", "SystemError"})
"""An import fails for what is imported, not for the line that asks for it."""
_SAID_OF_WITNESSES = Text(
    "No check explains this failure; these distributions are the ones that it passes through.",
    "没有任何检查能解释此失败；以上是它经过的发行包。",
)
_SAID_OF_OWN_CODE = Text(
    "No check explains this failure. It arises at a line of your own code, so look there first.",
    "没有任何检查能解释此失败。它发生在您自己代码的一行中，请先查看那里。",
)


def find(case: Examination) -> Iterator[Finding]:
    symptom = case.symptom
    if symptom is None or not symptom.failed or (not symptom.errors and case.facts.from_text):
        return
    names = list(dict.fromkeys([*_passed_through(case), *case.facts.own_imports, *_spoken_of(case)]))[:MOST_WITNESSES]
    kind, message = symptom.last_words
    culprits = tuple(Culprit(Kind.DISTRIBUTION, name, case.facts.version(name) or None) for name in names)
    place = _own_place(case)
    asking: Frame | None = None
    if place:
        culprits = (Culprit(Kind.APPLICATION, place.file), *culprits)
        where = f"{place.file}, line {place.line}"
        title = Text(
            f"Unexplained: the failure arises in your own code, {where}", f"原因不明：失败发生在您自己的代码中：{where}"
        )
    elif names:
        asking = _asking_line(case)
        if asking:
            culprits = (*culprits[: MOST_WITNESSES - 1], Culprit(Kind.APPLICATION, asking.file))
        title = Text(f"Unexplained: the failure involves {', '.join(names)}", f"原因不明：失败涉及 {', '.join(names)}")
    else:
        title = Text("Unexplained: no known cause fits", "原因不明：没有已知原因与之相符")
    yield Finding(
        id="unexplained",
        title=title,
        cause=_SAID_OF_OWN_CODE if place else _SAID_OF_WITNESSES,
        verdict=Verdict.UNKNOWN,
        severity=Severity.ERROR,
        confidence=0.1,
        culprits=culprits,
        evidence=(Evidence("unexplained", "output", f"{kind}: {message}"[:300] if kind else message[:300]),),
        treatment=_look_at(place, f"line {place.line}", f"第 {place.line} 行")
        if place
        else _look_at(asking, f"what line {asking.line} hands over", f"第 {asking.line} 行传入的内容")
        if asking
        else Treatment(),
    )


def _look_at(place: Frame, why: str, why_zh: str) -> Treatment:
    return Treatment((Action("code-change", place.file, why=Text(why, why_zh)),))


def _asking_line(case: Examination) -> Frame | None:
    """Of a pasted text, which nothing can be tried on: the user's line that the failing distributions were called from.

    Where a distribution fails on purpose, what it was asked for is the next thing to look at.
    """
    errors = last_chain(case.symptom) if case.symptom and case.facts.from_text else ()
    if not errors or errors[-1].type in NOT_OF_ITS_LINE:
        return None
    return next((f for f in reversed(errors[-1].frames) if is_own(case.facts, f.file)), None)


def _own_place(case: Examination) -> Frame | None:
    """The line of the user's own code below which there is only the standard library, in the error that came last."""
    errors = last_chain(case.symptom) if case.symptom else ()
    if not errors or errors[-1].type in NOT_OF_ITS_LINE:
        return None
    for frame in reversed(errors[-1].frames):
        if is_own(case.facts, frame.file):
            return frame
        if not is_standard(case.facts, frame.file):
            return None
    return None


def _passed_through(case: Examination) -> Iterator[str]:
    """Distributions of the traceback, the last error's innermost first."""
    for error in reversed(case.symptom.errors if case.symptom else ()):
        for frame in reversed(error.frames):
            name, _ = owner_of_file(case.facts, frame.file)
            if name:
                yield name
        if "." in error.type and not error.frames and (name := owner_of_module(case.facts, error.type)):
            yield name  # kombu.exceptions.DecodeError, and nothing above it


def _spoken_of(case: Examination) -> Iterator[str]:
    """Where a pasted failure arises in the user's own code: the distributions of its context that the text names."""
    if case.symptom is None or not case.facts.from_text or not _own_place(case):
        return
    for dist in case.facts.distributions:
        if re.search(rf"(?<![A-Za-z0-9]){re.escape(dist.name)}(?![a-z0-9])", case.symptom.text, re.I):
            yield dist.key

"""The words of a pasted error say which setting to change or which command to run.

`Try increasing gpu_memory_utilization`, `set the option trust_remote_code=True`, `please run: playwright install`:
whoever wrote the program foresaw it. Present where the message of an error, best of the one that ended the program, or
the last lines of a tool without a traceback, name such a step; what is to be installed is the business of another
sign. Believed less than any known cause, and said of pasted texts alone: in a living environment no version of
anything carries it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tts_doctor.model.examination import Examination
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Treatment
from tts_doctor.model.symptom import Error, Symptom
from tts_doctor.model.text import Text
from tts_doctor.signs.parties import consumer_of, last_chain, party

_DO = (
    r"(?:[Ss]et(?:ting)?|[Pp]ass(?:ing)?|[Ss]pecify(?:ing)?|[Uu]s(?:e|ing)|[Ii]ncreas(?:e|ing)|[Dd]ecreas(?:e|ing)|"
    r"[Rr]educ(?:e|ing)|[Ll]ower(?:ing)?|[Rr]ais(?:e|ing)|[Ee]nabl(?:e|ing)|[Dd]isabl(?:e|ing)|[Aa]djust(?:ing)?|"
    r"[Cc]hang(?:e|ing)|[Aa]dd(?:ing)?|[Pp]rovid(?:e|ing)|[Ss]elect(?:ing)?|[Cc]onfigur(?:e|ing)|[Rr]emov(?:e|ing)|"
    r"[Ii]nclud(?:e|ing)|[Ss]witch(?:ing)?)"
)
_BETWEEN = r"[^\n.`'\"={]{0,60}?"
_STEPS = (
    re.compile(r"(?:[Ff]or example|e\.g\.|[Ll]ike|such as)[:,]? ?[`'\"]{0,2}(?P<step>--[a-z][\w-]+(?:[= ][\w./:-]+)?)"),
    re.compile(r"\b(?:[Rr]un(?:ning)?|[Ee]xecut(?:e|ing)|[Uu]s(?:e|ing)|[Tt]ry)\b[^\n`'\"]{0,80}?[`'\"]"
        r"(?P<step>[a-z][\w./-]{1,30} [^`'\"\n]{2,80})[`'\"]"),
    re.compile(r"\b(?:[Rr]un|[Ee]xecute|[Uu]se)\b[^\n]{0,60}?(?:command)?[^\n]{0,40}:\s*\n\s*(?:[>$#] ?)?"
        r"(?P<step>[a-z][\w./-]{1,30} [^\n]{2,80}?)\s*$", re.M),
    re.compile(rf"\b{_DO} {_BETWEEN}[`'\"]{{0,2}}(?P<step>--[a-z][\w-]+(?:[= ][\w./:-]{{1,40}})?)"),
    re.compile(rf"\b{_DO} {_BETWEEN}[`'\"](?P<step>[A-Za-z_][\w.]*(?:\(\))?(?: ?= ?[^`'\"\n]{{1,40}})?)[`'\"]"),
    re.compile(rf"\b{_DO} {_BETWEEN}(?<![\w`'\"])(?P<step>[a-z]\w*(?:_\w+)+(?: ?= ?[\w.]+)?|[a-z]\w+=\w+)"),
)  # fmt: skip
_INSTALL = re.compile(r"(?:pip3?|uv|conda|poetry|apt(?:-get)?)\b.* (?:install|add)\b")
_TOOL = re.compile(r"^\s*(?:error|ERROR|Error|fatal|FATAL|E|hint|help)\b[^\n]{0,20}: ", re.M)
_COMPLAINS = re.compile(
    r"error|fail(?:ed|ure)|cannot|could not|needs? to be|must be|out ?of ?date|outdated|changed significantly|missing"
    r"|not (?:found|installed|initiali[sz]ed|up to date)",
    re.I,
)
LAST_WORDS = 400
NOT_STEPS = frozenset(
    {"python", "pip", "True", "False", "None", "str", "int", "bytes", "bool", "float", "list", "dict"}
)


def find(case: Examination) -> Iterator[Finding]:
    symptom = case.symptom
    if symptom is None or not case.facts.from_text:
        return
    chain = last_chain(symptom)
    before = [error for error in symptom.errors if error not in chain]
    for error in (*reversed(chain), *reversed(before)) if chain else _tool_lines(symptom):
        step = _advised(error.message)
        if step:
            yield _finding(case, error, step)
            return


def _tool_lines(symptom: Symptom) -> tuple[Error, ...]:
    """What a tool without a traceback says at the end of the text, from its first complaint on."""
    tail = symptom.text[-3000:]
    if complaint := _TOOL.search(tail):
        return (Error("", tail[complaint.start() :]),)
    return (Error("", tail[-LAST_WORDS:]),) if _COMPLAINS.search(tail[-LAST_WORDS:]) else ()


def _advised(message: str) -> str:
    for pattern in _STEPS:
        for match in pattern.finditer(message):
            step = match["step"].strip()
            if step not in NOT_STEPS and not _INSTALL.match(step):
                return step
    return ""


def _finding(case: Examination, error: Error, step: str) -> Finding:
    speaker = consumer_of(case.facts, error, "").name
    own = Culprit(Kind.APPLICATION, "application")
    return Finding(
        id="advised-step",
        title=Text(f"The message advises: {step}", f"错误信息建议：{step}"),
        cause=Text(
            f"{speaker or 'The program'} foresaw this error, and its message says what to change in how it is used.",
            f"{speaker or '程序'} 预见了此错误，错误信息说明了应如何更改用法。",
        ),
        confidence=0.4,
        culprits=(party(case.facts, speaker), own) if speaker else (own,),
        evidence=(Evidence("advised-step", "output", " ".join(error.message.split())[:300]),),
        treatment=Treatment(
            (
                Action(
                    "code-change", speaker or "application", value=step, why=Text("as the message says", "如报错所述")
                ),
            )
        ),
    )

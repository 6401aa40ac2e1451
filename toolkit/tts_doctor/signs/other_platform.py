"""A pasted failure asks the standard library for what the system it ran on does not have.

`module 'signal' has no attribute 'SIGKILL'` and `No module named 'fcntl'` on Windows, `os.sched_getaffinity` on macOS,
`ctypes.windll` on Linux: the program was written for another system, and no version of Python brings the name. Present
where the text or its context tells the system and the standard library of that system lacks the name; a living
environment is no business of this sign, since there the same words tell a damaged Python.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tts_doctor.knowledge.load_data import load_data
from tts_doctor.model.examination import Examination
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Treatment
from tts_doctor.model.symptom import Error
from tts_doctor.model.text import Text
from tts_doctor.signs.parties import consumer_of, party, weighted_errors

_ATTRIBUTE = re.compile(r"module '(?P<module>\w+)' has no attribute '(?P<name>\w+)'")
_FROM = re.compile(r"cannot import name '(?P<name>\w+)' from '(?P<module>\w+)'")
_MODULE = re.compile(r"No module named '(?P<module>\w+)'")
_REFUSED = re.compile(r"(?P<name>[\w.-]+) does not support (?P<system>Windows|macOS)\b", re.I)
_WINDOWS = re.compile(r"(?:^|[\s'\"(])(?:PS )?[A-Za-z]:\\|\bWindows (?:1[01]|Server)\b|\bwin(?:32|_amd64)\b", re.M)
_MACOS = re.compile(r"(?:^|[\s'\"(])/(?:Users|Library|opt/homebrew|System)/|\bmacOS\b|\bdarwin\b|\bMacBook", re.M)
_HAS = {"windows": ("windows",), "macos": ("posix",), "linux": ("posix", "linux")}
_CALLED = {"windows": "Windows", "macos": "macOS", "linux": "Linux", "posix": "Linux"}


def find(case: Examination) -> Iterator[Finding]:
    if case.symptom is None or not case.facts.from_text:
        return
    here = _system(case)
    for error, weight in weighted_errors(case.symptom):
        asked, wanted = _asked(error, here)
        if asked:
            yield _finding(case, error, asked, here, wanted, weight)
            return


def _system(case: Examination) -> str:
    told = " ".join(value for _, value in case.facts.host)
    for text in (told, case.symptom.text if case.symptom else ""):
        if _WINDOWS.search(text):
            return "windows"
        if _MACOS.search(text):
            return "macos"
    return "linux"


def _asked(error: Error, here: str) -> tuple[str, str]:
    """What is asked for, and the system that has it; empty where this system has it, or nobody."""
    refused = _REFUSED.search(error.message)
    if refused and refused["system"].lower() == here:
        return refused["name"], "linux"
    match = _ATTRIBUTE.search(error.message) or _FROM.search(error.message) or _MODULE.search(error.message)
    if not match:
        return "", ""
    module, name = match["module"], match.groupdict().get("name") or ""
    for row in load_data("platform_names.yaml"):
        names = row["names"].get(module, "") if name else row["modules"]
        if row["system"] not in _HAS[here] and (name or module) in names.split():
            return f"{module}.{name}" if name else module, row["system"]
    return "", ""


def _finding(case: Examination, error: Error, asked: str, here: str, wanted: str, weight: float) -> Finding:
    consumer = consumer_of(case.facts, error, "")
    user = consumer.name or "your code"
    there, absent = _CALLED[wanted], _CALLED[here]
    own = (Action("code-change", consumer.file or "application", why=Text(f"do without {asked}", f"不使用 {asked}")),)
    moved = (
        Action("change-base-image", there, why=Text("WSL2, a container or another machine", "WSL2、容器或另一台机器")),
    )
    other = (Action("install", consumer.name, why=Text("a release that does without it", "不需要它的版本")),)
    repairs = (moved, other, own) if consumer.name else (own, moved)
    return Finding(
        id="other-platform",
        title=Text(f"{user} needs {asked}, which {absent} does not have", f"{user} 需要 {asked}，而 {absent} 没有"),
        cause=Text(
            f"{asked} exists on {there} only; {user} was written for that system and does not ask where it runs.",
            f"{asked} 只存在于 {there}；{user} 为该系统编写，没有判断运行环境。",
        ),
        confidence=0.95 * weight,
        culprits=(
            party(case.facts, consumer.name)
            if consumer.name
            else Culprit(Kind.APPLICATION, consumer.file or "application"),
            Culprit(Kind.BASE_IMAGE, absent),
        ),
        evidence=(Evidence("other-platform", consumer.file or "output", error.message.strip()[:200], there),),
        treatment=Treatment(repairs[0], repairs[1:]),
    )

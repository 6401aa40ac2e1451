"""A library that the message calls by its bare name: `Unable to find zbar shared library`.

Wrappers that load a library by ctypes or cffi say its name in their own words. Present where the name is one of a known
library of the system; absent for names that nobody knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tts_doctor.knowledge.load_data import load_data
from tts_doctor.model.examination import Examination
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Treatment
from tts_doctor.model.text import Text
from tts_doctor.signs.parties import consumer_of, party, weighted_errors

_NAME = r"['\"]?(?:lib)?(?P<name>[A-Za-z][\w+-]{1,40}?)(?:-\d[\w.]*)?(?:\.so[\w.]*)?['\"]?"
NAMED = (
    re.compile(rf"(?:find|locate|load|open) (?:the |a )?{_NAME} (?:shared |dynamic |system |C )?library"),
    re.compile(
        rf"(?:cannot|could not|unable to|failed to) (?:load|find|locate|open) (?:the )?library {_NAME}(?![\w.])", re.I
    ),
    re.compile(r"(?:cannot|could not|couldn't|unable to|failed to|can't) (?:load|find|locate|open) (?:the )?"
        r"['\"]?lib(?P<name>[A-Za-z][\w+-]{1,40}?)(?:-\d[\w.]*)?(?:\.so[\w.]*)?['\"]?(?![\w/-])", re.I),
    re.compile(r"(?<![\w/])['\"]?lib(?P<name>[A-Za-z][\w+-]{1,40}?)['\"]? (?:is |was )?(?:not |n't )(?:be )?"
        r"(?:found|installed|available|loaded)"),
    re.compile(rf"[Nn]o library called {_NAME}(?![\w.])"),
    re.compile(rf"{_NAME} (?:shared |dynamic |system )?library (?:was |could |is )?(?:not |n't )+(?:be )?found"),
)  # fmt: skip


def find(case: Examination) -> Iterator[Finding]:
    if case.symptom is None:
        return
    for error, weight in weighted_errors(case.symptom):
        for pattern in NAMED:
            match = pattern.search(error.message)
            package = debian_of(match["name"]) if match else ""
            if match and package:
                consumer = consumer_of(case.facts, error, "").name
                yield _finding(case, package, match[0], consumer, weight)
                break


def debian_of(name: str) -> str:
    """Debian package of the library of that bare name, or ''."""
    table: dict[str, dict[str, Any]] = load_data("sonames.yaml")["libraries"]
    wanted = name.lower().removeprefix("lib")
    found = {
        row["debian"]
        for soname, row in table.items()
        if "debian" in row and soname.lower().removeprefix("lib").split(".so", 1)[0].rstrip("-.0123456789") == wanted
    }
    return min((p for p in found if not p.endswith("-dev")), key=len, default="")


def _finding(case: Examination, package: str, seen: str, consumer: str, weight: float) -> Finding:
    step = (
        Action(
            "system-package",
            package,
            why=Text("the library itself; the distribution only wraps it", "库本身；该包只是对它的封装"),
        ),
    )
    installed = case.facts.version(consumer) if consumer else ""
    newer = (
        (
            (
                Action(
                    "pin",
                    consumer,
                    f">{installed}",
                    why=Text("later wheels may bring the library", "较新的 wheel 可能自带该库"),
                ),
            ),
        )
        if installed
        else ()
    )
    return Finding(
        id="missing-shared-library",
        title=Text(f"The system library of {package} is missing", f"缺少系统库 {package}"),
        cause=Text(
            f"{consumer or 'The program'} loads a library of the system, which is not installed: {seen}.",
            f"{consumer or '程序'} 需要加载系统库，但未安装：{seen}。",
        ),
        confidence=0.85 * weight,
        culprits=(
            Culprit(Kind.SYSTEM_LIBRARY, package),
            *((party(case.facts, consumer),) if consumer else ()),
        ),
        evidence=(Evidence("named-library", consumer or "output", seen, package),),
        treatment=Treatment(step, newer),
    )

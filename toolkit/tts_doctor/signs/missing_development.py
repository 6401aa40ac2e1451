"""What a build looks for and does not find: a header, a library to link, a pkg-config module, a config program.

Compilers, linkers, pkg-config, Meson, CMake and setup scripts each say it in their own words; all of them mean one
Debian package of development files. Present where the thing is of a known package; absent for what nobody knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.utils import canonicalize_name

from tts_doctor.knowledge.development import development_package
from tts_doctor.model.examination import Examination
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Treatment
from tts_doctor.model.text import Text
from tts_doctor.signs.build import built_distribution
from tts_doctor.signs.parties import party

_Q = r"['\"`‘’“”<>]{0,2}"
_WORD = r"[A-Za-z][\w.+-]{0,60}?"
_CONFIG = r"[\w.+-]{1,40}[-_]config"
_CANNOT = r"(?:[Cc]ould not|[Cc]annot|[Cc]an't|[Uu]nable to|[Ff]ailed to)"
_SEEN = tuple(
    (way, re.compile(pattern, re.M))
    for way, pattern in (
        ("headers", rf"error: {_Q}(?P<name>[\w./+-]{{1,120}}){_Q}:? (?:No such file or directory|file not found)"),
        ("headers", rf"{_CANNOT} (?:find|locate|open) (?:the )?(?:header |include )?{_Q}(?P<name>[\w/+-]+\.h)\b"),
        ("headers", r"checking for (?P<name>[\w/+-]{1,100}\.h)\.\.\. no$"),
        ("libs", r"(?:cannot|unable to) find -l(?P<name>[\w.+-]{1,60}?)(?=:? |:?$)"),
        ("libs", r"library not found for -l(?P<name>[\w.+-]{1,60})"),
        ("modules", rf"[Pp]ackage {_Q}(?P<name>{_WORD}){_Q}(?:, required by [^\n]{{1,80}})?,? (?:was )?not found"),
        ("modules", rf"[Nn]o package {_Q}(?P<name>{_WORD}){_Q} found"),
        ("modules", rf"[Dd]ependency {_Q}(?P<name>{_WORD}){_Q}(?: found: NO| not found)"),
        ("modules", r"Could NOT find (?P<name>\w{2,40}) \(missing:"),
        ("modules", rf"package configuration file provided by {_Q}(?P<name>{_WORD}){_Q}"),
        ("modules", rf"pkg-config --\w+ {_Q}(?P<name>{_WORD})['\"]? returned non-zero exit status (?!127)"),
        ("modules", rf"library files could not be found for (?P<name>{_WORD})(?=[,.\s]|$)"),
        ("modules", rf"RequiredDependencyException: (?P<name>{_WORD})(?=[,.\s]|$)"),
        ("modules", rf"Unable to load dependency (?P<name>{_WORD})(?=[,.\s]|$)"),
        ("modules", rf"(?:make sure|ensure) (?:the )?(?P<name>{_WORD})(?: and \S{{1,40}})? dev\w* (?:packages?|files)"),
        ("modules", rf"{_CANNOT} (?:find|locate) (?:the )?(?P<name>{_WORD}) (?:headers?|(?:library|dev\w*) files)"),
        ("programs", rf"(?<![\w/.-])(?P<name>{_CONFIG})(?: executable)?{_Q}?:? ?(?:is |was |command )?not found"),
        ("programs", rf"No such file or directory[^\n]{{0,20}}: {_Q}(?P<name>{_CONFIG})"),
        ("programs", rf"{_CANNOT} (?:find|locate|run|execute) (?:the )?{_Q}(?P<name>{_CONFIG})(?![\w-])"),
    )
)  # fmt: skip


_FAILED = re.compile(r"error|fail|fatal|non-zero|not found|cannot find|development packages", re.I)
"""Configuring a build, much is looked for that it does without: nothing is missing where nothing fails."""
SURE = 0.94
BUNDLED = 0.7
"""A source that looks for a library of its own name mostly brings it along, and goes on without."""


def find(case: Examination) -> Iterator[Finding]:
    if case.symptom is None or not _FAILED.search(case.symptom.text):
        return
    told: set[str] = set()
    for way, pattern in _SEEN:
        for match in pattern.finditer(case.symptom.text):
            package = development_package(way, match["name"])
            if package and package not in told:
                told.add(package)
                yield _finding(case, package, match["name"], match[0])


def _finding(case: Examination, package: str, name: str, seen: str) -> Finding:
    built = built_distribution(case.facts, case.symptom) if case.symptom else ""
    what = built or "A source distribution"
    return Finding(
        id="missing-development-files",
        title=Text(f"The build needs {name}, which {package} holds", f"构建需要 {name}，它在 {package} 中"),
        cause=Text(
            f"{what} is compiled from source, and the development files of a library that it uses are not installed.",
            f"{built or '源码包'} 需从源码编译，而它所用的库的开发文件没有安装。",
        ),
        confidence=BUNDLED if built and canonicalize_name(name) == built else SURE,
        culprits=(
            Culprit(Kind.SYSTEM_LIBRARY, package),
            *((party(case.facts, built),) if built else ()),
        ),
        evidence=(Evidence("missing-development", "the log", " ".join(seen.split())[:200], package),),
        treatment=Treatment(
            (Action("system-package", package, why=Text(f"it holds {name}", f"其中有 {name}")),),
            ((Action("install", built, why=Text("a release that has a wheel", "有 wheel 的版本")),),) if built else (),
        ),
    )

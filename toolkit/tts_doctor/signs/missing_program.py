"""A program that is not installed: `FileNotFoundError: 'dot'`, `git: not found`, `espeak not installed on your
system`.

Present where an error of a started process, a shell or a library that looks for a program says so. The treatment is
the Debian package. A missing *file* (with a folder in its name) is none of this sign's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tts_doctor.knowledge.load_data import load_data
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Need, Treatment
from tts_doctor.model.symptom import Error
from tts_doctor.model.text import Text
from tts_doctor.signs.parties import consumer_of, party, weighted_errors

_ERRNO = re.compile(r"\[Errno 2\] No such file or directory: ['\"](?P<program>[\w.+-]+)['\"]")
_SAID = (
    re.compile(
        r"(?<![\w.+-])(?P<program>[A-Za-z][\w.+-]{0,60})['\"`]?(?: is|: )?(?: command)? not (?:installed on your system"
        r"|found on your system|found in PATH|found in your PATH|found on PATH|on PATH)"
    ),
    re.compile(
        r"(?:Couldn't|Could not|Cannot|Can't|Unable to) (?:find|locate) (?:the )?['\"`]?(?P<program>ffmpeg"
        r"|ffprobe|espeak(?:-ng)?|sox|dot|git|java|cmake|nvcc|gcc|g\+\+|mecab-config|pkg-config|node|ninja"
        r"|rustc|cargo)['\"`]?"
    ),
    re.compile(
        r"(?P<program>ffmpeg|ffprobe|espeak|espeak-ng|sox|graphviz|tesseract|java|git|perl|mecab-config) (?:is "
        r"|was )?not (?:found|installed)",
        re.I,
    ),
    re.compile(r"\b[Ii]s (?P<program>[A-Za-z][\w.+-]{0,40}) installed\b(?: and (?:in|on) (?:your )?PATH)?"),
    re.compile(
        r"\b[Nn]o (?P<program>[A-Za-z][\w.+-]{1,40}) (?:executable |binary |program )?(?:was |could be )?found\b"
    ),
    re.compile(
        r"(?:Cannot|Could not|Can't|Couldn't|Unable to) (?:find|run|execute|start) (?:the )?(?:command|program)"
        r" ['\"`](?P<program>[\w.+-]{1,60})['\"`]"
    ),
    re.compile(
        r"failed to execute (?:PosixPath\()?['\"]?(?P<program>[\w.+-]+)['\"]?\)?, make sure the Graphviz executables"
    ),
)
_SHELL = tuple(
    re.compile(pattern, re.M)
    for pattern in (
        r"^\s*(?:/\w+/)*(?:ba|z|da)?sh(?:: line \d+|: \d+)?: (?:\d+: )?(?P<program>[\w.+-]+): (?:command )?not found",
        r"^\s*zsh: command not found: (?P<program>[\w.+-]+)",
        r"exec: \\?\"(?P<program>[\w.+-]+)\\?\": executable file not found in \$?PATH",
        r"^\s*(?:/usr/bin/)?env: ['\"]?(?P<program>[\w.+-]+)['\"]?: No such file or directory",
        r"'(?P<program>[\w.+-]+)' is not recognized as (?:an internal or external command|the name of a cmdlet)",
        r"The term '(?P<program>[\w.+-]+)' is not recognized as",
    )
)


def find(case: Examination) -> Iterator[Finding]:
    if case.symptom is None:
        return
    seen: set[str] = set()
    for error, weight in weighted_errors(case.symptom):
        for pattern in (_ERRNO, *_SAID):
            match = pattern.search(error.message)
            if (
                match
                and match["program"].lower() not in seen
                and _is_program(error, match["program"], pattern is _ERRNO)
            ):
                seen.add(match["program"].lower())
                yield _finding(case.facts, error, match["program"], match[0], max(weight, 0.9))
                break
    for pattern in (*_SHELL, *((_ERRNO, *_SAID) if not case.symptom.errors else ())):
        for match in pattern.finditer(case.symptom.text):
            program = match["program"].lower()
            if program not in seen and program in _programs():
                yield _finding(case.facts, Error("", match[0]), match["program"], match[0], 0.8)
                return
            brought_by = _commands().get(program, "") if pattern in _SHELL and program not in seen else ""
            if brought_by:
                yield _script(case.facts, match["program"], brought_by, match[0])
                return


def _programs() -> dict[str, str]:
    table: dict[str, str] = load_data("programs.yaml")
    return table


def _is_program(error: Error, program: str, by_errno: bool) -> bool:
    if program.lower() in _programs() or re.search(r"\bPATH\b", error.message):
        return True
    return by_errno and any(frame.file.endswith("subprocess.py") for frame in error.frames)


def _commands() -> dict[str, str]:
    table: dict[str, str] = load_data("commands.yaml")
    return table


def _script(facts: Facts, program: str, name: str, seen: str) -> Finding:
    """A command that a distribution brings: that is missing, or its environment's folder of scripts is not on PATH."""
    return Finding(
        id="missing-program",
        title=Text(f"The command {program} of {name} is not on PATH", f"PATH 上没有 {name} 的命令 {program}"),
        cause=Text(
            f"{name} is not installed for this Python, or the folder of its scripts is not on PATH; "
            f"python -m {program} needs no PATH.",
            f"此 Python 没有安装 {name}，或其脚本文件夹不在 PATH 上；python -m {program} 不需要 PATH。",
        ),
        confidence=0.75,
        culprits=(party(facts, name), Culprit(Kind.VARIABLE, "PATH"), Culprit(Kind.APPLICATION, "Dockerfile")),
        evidence=(Evidence("missing-program", "the log", seen[:200]),),
        treatment=Treatment(
            (Action("install", name, why=Text(f"it brings {program}", f"它带来 {program}")),),
            ((Action("env-var", "PATH", why=Text("the environment's bin folder in it", "加入环境的 bin 文件夹")),),),
        ),
    )


def _finding(facts: Facts, error: Error, program: str, seen: str, weight: float) -> Finding:
    package = _programs().get(program.lower(), program)
    consumer = consumer_of(facts, error, "").name
    culprits = [Culprit(Kind.SYSTEM_LIBRARY, package)]
    culprits += [Culprit(Kind.SYSTEM_LIBRARY, program)] if program != package else []
    culprits += [party(facts, consumer)] if consumer else []
    return Finding(
        id="missing-program",
        title=Text(f"The program {program} is not installed", f"没有安装程序 {program}"),
        cause=Text(
            f"{consumer or 'The program'} starts {program}, which is no Python package: the system has to provide it.",
            f"{consumer or '程序'} 要调用 {program}；它不是 Python 包，需由系统提供。",
        ),
        confidence=0.92 * weight,
        culprits=tuple(culprits),
        evidence=(Evidence("missing-program", error.frames[-1].file if error.frames else "the log", seen[:200]),),
        treatment=Treatment(
            (Action("system-package", package, why=Text(f"it contains {program}", f"它含有 {program}")),)
        ),
        need=Need("sibling", consumer, name=program) if consumer else None,
    )

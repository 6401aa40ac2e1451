"""A command is given an option that it does not know: `The option "--no-dev" does not exist`, `unrecognized arguments:
--listen`, `unexpected argument '--system' found`.

The option belongs to another release of the tool than the one installed, or to another tool. Present in pasted texts
where such words stand; which tool spoke is read from its own prefix or from the command line that holds the option.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.utils import canonicalize_name

from tts_doctor.knowledge.load_data import load_data
from tts_doctor.model.examination import Examination
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Treatment
from tts_doctor.model.text import Text
from tts_doctor.signs.parties import party

_OPTION = r"['\"`]?(?P<option>-{1,2}[A-Za-z][\w-]*)"
_REFUSED = tuple(
    re.compile(pattern, re.M)
    for pattern in (
        rf"[Tt]he option {_OPTION}['\"]? does not exist",
        rf"(?:^|\s)(?:(?P<tool>[\w.-]+): )?error: unrecognized arguments: (?:[^-\n][^\n]*? )?{_OPTION}",
        rf"[Nn]o such option:? {_OPTION}",
        rf"unexpected argument {_OPTION}['\"`]? found",
        rf"(?:[Uu]nknown|[Uu]nrecogni[sz]ed|[Ii]nvalid|[Ii]llegal) (?:flag|option|argument)s?:? {_OPTION}",
        rf"option {_OPTION} not recognized",
    )
)
_USAGE = re.compile(r"^\s*[Uu]sage:\s+(?P<tool>[\w.-]+)", re.M)
_STARTERS = frozenset(
    {"sudo", "exec", "run", "env", "nohup", "time", "python", "python3", "-m", "cmd", "&&", "uvx", "pipx"}
)


def find(case: Examination) -> Iterator[Finding]:
    if case.symptom is None or not case.facts.from_text:
        return
    text = case.symptom.text
    for pattern in _REFUSED:
        match = pattern.search(text)
        if match:
            groups = match.groupdict()
            tool = groups.get("tool") or _tool(text, match["option"])
            yield _finding(case, tool, match["option"], match[0].strip())
            return


def _tool(text: str, option: str) -> str:
    """The program of the command that holds the option, else the one whose usage is printed; empty where neither is."""
    for line in text.splitlines():
        for command in re.split(r"&&|\|\||[;|]", line[:2000]):
            words = [word.strip("'\"`") for word in command.split()]
            if not any(word == option or word.startswith(f"{option}=") for word in words):
                continue
            before = words[: next(i for i, word in enumerate(words) if word.startswith(option))]
            named = [w for w in _after_prompt(before) if w.lower() not in _STARTERS and "=" not in w and w[:1] != "-"]
            if named and re.fullmatch(r"[\w./-]+", named[0]):
                return named[0].rsplit("/", 1)[-1]
    usage = _USAGE.search(text)
    return usage["tool"] if usage else ""


def _after_prompt(words: list[str]) -> list[str]:
    """What follows a shell's prompt, `RUN` or `/bin/sh -c`."""
    for place in range(len(words) - 1, -1, -1):
        if words[place][-1:] in ("$", "#", "%", ">") or words[place] in ("RUN", "CMD", "ENTRYPOINT", "-c"):
            return words[place + 1 :]
    return words


def _finding(case: Examination, tool: str, option: str, seen: str) -> Finding:
    commands: dict[str, str] = load_data("commands.yaml")
    name = canonicalize_name(tool) if case.facts.get(tool) else commands.get(tool, "").partition("[")[0]
    speaker = tool or "the program"
    change = Action(
        "code-change",
        "command",
        value=option,
        why=Text(f"what {speaker} offers in its place, see --help", "改用 --help 中的对应选项"),
    )
    other = (Action("install", name, why=Text(f"the release that knows {option}", f"支持 {option} 的版本")),)
    release = f"{name} {case.facts.version(name)}".strip() or speaker
    return Finding(
        id="unknown-option",
        title=Text(f"{release} does not know the option {option}", f"{release} 不认识选项 {option}"),
        cause=Text(
            f"{option} was removed, was added later, or is another program's: the command is of another release.",
            f"{option} 已被移除、在更新的版本中才有，或属于别的程序：该命令是为另一版本写的。",
        ),
        confidence=0.92,
        culprits=(*((party(case.facts, name),) if name else ()), Culprit(Kind.APPLICATION, "command")),
        evidence=(Evidence("unknown-option", speaker, seen[:200]),),
        treatment=Treatment((change,), (other,) if name else ()),
    )

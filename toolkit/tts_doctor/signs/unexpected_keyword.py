"""A call that the callee's release does not accept: an unexpected keyword, or positional arguments it no longer
takes.

Present where a TypeError says so and the called function's owner can be told: from knowledge, or from the module
that the calling line names. Without an owner nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from tts_doctor.knowledge.import_names import is_known
from tts_doctor.knowledge.removed_names import Bound, bound_of_keyword
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Need, Treatment
from tts_doctor.model.surroundings import Callee
from tts_doctor.model.symptom import Error
from tts_doctor.model.text import Text
from tts_doctor.signs.bounds import pin_to
from tts_doctor.signs.parties import (
    Party,
    consumer_of,
    is_standard,
    module_name,
    owner_of_file,
    owner_of_module,
    party,
    weighted_errors,
)

_KEYWORD = re.compile(
    r"(?<![\w.<>])(?P<function>[\w.<>]{1,200})\(\) got an unexpected keyword argument '(?P<keyword>\w+)'"
)
_POSITIONAL = re.compile(
    r"(?<![\w.<>])(?P<function>[\w.<>]{1,200})\(\) (?:takes (?:from |exactly |at most )?\d+(?: to \d+)? "
    r"(?:positional )?arguments?(?: but (?P<given>\d+) (?:was|were) given| \((?P<count>\d+) given\))?|"
    r"missing \d+ required (?:positional|keyword-only) arguments?: '(?P<keyword>\w+)')"
)
_REMOVED_OF_PYTHON = re.compile(
    r"As of (?P<python>3\.\d+), the \*(?P<keyword>\w+)\* parameter was removed from (?P<function>\w+)\(\)"
)
"""As asyncio says it of its own."""
_ALIASES = {
    "np": "numpy",
    "pd": "pandas",
    "tf": "tensorflow",
    "plt": "matplotlib",
    "pl": "pytorch_lightning",
    "nn": "torch",
    "F": "torch",
    "sf": "soundfile",
}


def spoken_call(error: Error) -> re.Match[str] | None:
    """What an error says of a call's arguments: groups `function` and `keyword`."""
    return _KEYWORD.search(error.message) or _POSITIONAL.search(error.message)


def find(case: Examination) -> Iterator[Finding]:
    if case.symptom is None:
        return
    for error, weight in weighted_errors(case.symptom):
        match = spoken_call(error)
        gone = _REMOVED_OF_PYTHON.search(error.message)
        if gone:
            bound = Bound("python", removed=gone["python"])
            consumer = consumer_of(case.facts, error, "")
            yield _finding(case.facts, error, gone["function"], gone["keyword"], "python", consumer, "", bound, weight)
        elif match:
            yield from _judge(case.facts, error, match, weight)


def _judge(facts: Facts, error: Error, match: re.Match[str], weight: float) -> Iterator[Finding]:
    function = match["function"]
    keyword = match["keyword"] or "*"
    owners = frozenset(name for f in error.frames if (name := owner_of_file(facts, f.file)[0]))
    bound = bound_of_keyword(function, keyword, owners) or bound_of_keyword(function, "*", owners)
    if bound and keyword not in ("*", "recursive_guard", "ctx") and not bound_of_keyword(function, keyword, owners):
        bound = None
    if bound and bound.provider == "python":
        consumer = consumer_of(facts, error, "")
        yield _finding(facts, error, function, keyword, "python", consumer, "", bound, weight)
        return
    read = next((c for c in facts.callees if c.function == function), None) if not bound else None
    if read is not None:
        yield from _as_read(facts, error, match, read, weight)
        return
    caller = consumer_of(facts, error, bound.provider) if bound else _speller(facts, error, match["keyword"] or "")
    module = "" if bound else _callee(facts, error, function, caller)
    provider = bound.provider if bound else owner_of_module(facts, module) if module else ""
    if provider and (provider != caller.name or bound):
        yield _finding(facts, error, function, asked(match), provider, caller, module, bound, weight)


def _as_read(facts: Facts, error: Error, match: re.Match[str], read: Callee, weight: float) -> Iterator[Finding]:
    """The sources tell the function and who passes the argument; within one distribution nothing is broken."""
    name, relative = owner_of_file(facts, read.file)
    if name == read.owner:
        return
    frame = next((f for f in error.frames if f.file == read.file and f.line == read.line), None)
    caller = Party(name, relative or read.file, frame)
    yield _finding(facts, error, read.name, asked(match), read.owner, caller, read.module, None, weight)


def asked(match: re.Match[str]) -> str:
    """What the function would have to take: a keyword, `*3` (three positional arguments), `-x` (a call without x)."""
    groups = match.groupdict()
    count = groups.get("given") or groups.get("count")
    if match.re is _KEYWORD:
        return match["keyword"]
    return f"-{match['keyword']}" if match["keyword"] else f"*{count}" if count else "*"


def _speller(facts: Facts, error: Error, keyword: str) -> Party:
    """Who passes the keyword: the innermost caller, or whoever spells it where those below only pass `**` on."""
    caller = consumer_of(facts, error, "")
    spells = re.compile(rf"\b{re.escape(keyword)}\s*=(?!=)")
    if not keyword or caller.frame is None or "**" not in caller.frame.code or spells.search(caller.frame.code):
        return caller
    outer = [f for f in error.frames if not is_standard(facts, f.file) and spells.search(f.code)]
    if not outer:
        return caller
    name, relative = owner_of_file(facts, outer[-1].file)
    return Party(name, relative or outer[-1].file, outer[-1])


def _callee(facts: Facts, error: Error, function: str, caller: Party) -> str:
    """The module that the caller's line names before the function."""
    code = caller.frame.code if caller.frame else ""
    short = function.rsplit(".", 1)[-1]
    if short == "__init__" and "." in function:
        short = function.split(".", 1)[0]
    for m in re.finditer(r"([A-Za-z_][\w.]*)\.(\w+)\s*\(", code):
        top = _ALIASES.get(m[1].split(".")[0], m[1].split(".")[0])
        if (m[2] == short or short == "__init__") and (facts.owners.get(top) or facts.get(top) or is_known(top)):
            return ".".join([top, *m[1].split(".")[1:]])
    inner = next((f for f in reversed(error.frames) if not is_standard(facts, f.file)), None)
    outer = [
        f for f in error.frames if inner and owner_of_file(facts, f.file)[0] != owner_of_file(facts, inner.file)[0]
    ]
    if inner and outer and owner_of_file(facts, inner.file)[0] and "super()" in inner.code:
        return module_name(owner_of_file(facts, inner.file)[1])
    return ""


def _finding(
    facts: Facts, error: Error, function: str, keyword: str, provider: str, caller: Party, module: str,
    bound: Bound | None, weight: float,
) -> Finding:  # fmt: skip
    user = caller.name or "your code"
    shown = f"{provider} {facts.version(provider)}".strip()
    kind = Kind.INTERPRETER if provider == "python" else Kind.DISTRIBUTION
    callee = (
        party(facts, provider, bound.spec if bound else None) if kind is Kind.DISTRIBUTION else Culprit(kind, provider)
    )
    culprits = [callee, party(facts, caller.name) if caller.name else Culprit(Kind.APPLICATION, caller.file)]
    need = Need("keyword", caller.name, caller.file, provider, module, function, keyword)
    if provider == "python" and caller.name:
        need = replace(need, module="python", name=function.removesuffix(".__init__"))
    where = f"{caller.file}:{caller.frame.line}" if caller.frame else "the log"
    return Finding(
        id="unexpected-keyword",
        title=_title(function, keyword, shown, user, bound is not None),
        cause=Text(
            f"{user} was written for another release of {provider}, with which {function} could be called so.",
            f"{user} 是为另一个版本的 {provider} 写的，那时可以这样调用 {function}。",
        ),
        confidence=(0.9 if bound else 0.7) * weight,
        culprits=tuple(culprits),
        evidence=(Evidence("unexpected-keyword", where, f"{error.type}: {error.message[:200]}", f"{function} "
            "takes it"),),
        treatment=_treatment(facts, provider, bound),
        need=need if need.module and not (bound and provider != "python") else None,
    )  # fmt: skip


def _title(function: str, keyword: str, shown: str, user: str, known: bool) -> Text:
    if keyword.startswith("-"):  # what is known of a missing argument is known of who calls
        of, of_zh, who = ("", "", shown) if known else (f" of {shown}", f"{shown} 的 ", user)
        return Text(
            f"{function}{of} requires the argument {keyword[1:]}, which {who} does not pass",
            f"{of_zh}{function} 需要参数 {keyword[1:]}，而 {who} 没有传入",
        )
    how, how_zh = f"the keyword {keyword}", f"关键字参数 {keyword}"
    if keyword.startswith("*"):
        how, how_zh = "the positional arguments", "这些位置参数"
    return Text(
        f"{function} of {shown} does not take {how} that {user} passes",
        f"{shown} 的 {function} 不接受 {user} 传入的{how_zh}",
    )


def _treatment(facts: Facts, provider: str, bound: Bound | None) -> Treatment:
    if bound is None:
        return Treatment()
    if provider == "python":
        return Treatment((Action("change-python", "python", bound.spec),))
    return pin_to(facts, provider, bound)

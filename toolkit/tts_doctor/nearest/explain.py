"""Cores and changes in words: the chain from the user's lines to the contradiction, and why a line had to change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from tts_doctor.knowledge.near_names import near_names
from tts_doctor.model.lock import ChangedLine, Conflict, Core, ListLine
from tts_doctor.model.text import Text
from tts_doctor.nearest.search import Outcome, Solved
from tts_doctor.parse.resolver_message import WORD, Fact, facts_in
from tts_doctor.parse.wheel_fit import version_of

MOST_LINKS = 6
KINDS = {
    "depends": ("{0} needs {1}", "{0} 需要 {1}"),
    "all-depend": ("every version of {0} needs {1}", "{0} 的每个版本都需要 {1}"),
    "python": ("{0} needs Python {1}", "{0} 需要 Python {1}"),
    "no-wheel": ("{0} has no wheel that fits this Python", "{0} 没有适用于此 Python 的 wheel"),
    "no-wheel-at-all": (
        "no version of {0} has a wheel that fits this Python (--allow-sdist {0} takes it from source)",
        "{0} 没有任何版本提供适用于此 Python 的 wheel（可用 --allow-sdist {0} 从源码构建）",
    ),
    "absent": ("{0} is not in the index", "索引中没有 {0}"),
    "unknown": ("the index has no distribution {0}", "索引中没有名为 {0} 的发行包"),
    "yanked": ("{0} was withdrawn (yanked)", "{0} 已被撤回（yanked）"),
    "build": ("{0} cannot be built from source here", "{0} 无法在此从源码构建"),
    "address": (
        "{0} needs {1} from an address of its own, which a list has to name itself",
        "{0} 需要来自特定地址的 {1}，列表必须自行写明该地址",
    ),
    "only": ("only {0} is left in the index", "索引中只剩 {0}"),
}  # fmt: skip


def conflicts_in(lines: Sequence[ListLine], cores: Sequence[Core], python: str) -> tuple[Conflict, ...]:
    """One for each core, those with the fewest lines first."""
    ordered = sorted(cores, key=lambda core: (len(core.lines), core.lines))
    return tuple(Conflict(tuple(lines[i].text for i in c.lines), _why(lines, c, python)) for c in ordered)


def changes_of(lines: Sequence[ListLine], solved: Solved, outcome: Outcome) -> tuple[ChangedLine, ...]:
    """What was changed, each with the conflicts that it settles."""
    cores = outcome.cores.get(solved.python, ())
    found = []
    for (index, version), steps in zip(solved.choice.versions, solved.choice.steps, strict=True):
        line = lines[index]
        whys = [_why(lines, core, solved.python) for core in cores if index in core.lines]
        en = "; ".join(dict.fromkeys(w.en for w in whys)) or "another list with as few changes"
        zh = "；".join(dict.fromkeys(w.zh for w in whys)) or "另一份改动同样少的列表"
        found.append(ChangedLine(line.name, line.text, line.pinned(version), steps, Text(en, zh)))
    return tuple(found)


def proof_of(lines: Sequence[ListLine], solved: Solved, outcome: Outcome, pythons: Sequence[str]) -> Text:
    """What makes the number of changes the least, or says that it is only a bound."""
    count = len(solved.relaxed)
    if not outcome.proven:
        return Text(
            f"time ran out: {count} changes suffice; whether fewer do is not known",
            f"时间用尽：改动 {count} 处即可；是否可以更少尚不确定",
        )
    if count == 0:
        return Text(f"resolves as published on Python {solved.python}", f"在 Python {solved.python} 上可按原样解析")
    cores = outcome.cores.get(solved.python, ())
    shown = "; ".join(" + ".join(lines[i].text for i in core.lines) for core in cores)
    return Text(
        f"on Python {solved.python} {_these(len(cores))} cannot be met whatever the versions of the other lines: "
        f"{shown}; no smaller choice of lines meets all of that, and {_suffices(count)}"
        + _elsewhere(outcome, solved, pythons, "en"),
        f"在 Python {solved.python} 上，无论其他各行取什么版本，以下 {len(cores)} 组要求都无法满足：{shown}；"
        f"更少的改动无法同时覆盖它们，而改动 {count} 处即可" + _elsewhere(outcome, solved, pythons, "zh"),
    )  # fmt: skip


def despair_of(lines: Sequence[ListLine], outcome: Outcome) -> Text:
    """Why there is no list at all, or that none was found in time."""
    if not outcome.stuck:
        return Text("time ran out before a list was found", "未能在限定时间内找到可行列表")
    names = ", ".join(lines[i].text for core in outcome.stuck for i in core.lines)
    if all(len(core.lines) == 1 for core in outcome.stuck):
        return Text(
            f"no version of this can be had even alone, so no change of versions helps: {names}",
            f"以下各项即使单独、取任何版本也无法满足，因此改动版本无济于事：{names}",
        )
    return Text(
        f"these cannot be had together whatever their versions, and each of them can without the others: {names}",
        f"以下各项无论取什么版本都无法同时满足，缺一则可：{names}",
    )


def _these(count: int) -> str:
    return "this" if count == 1 else f"each of these {count} sets of lines"


def _suffices(count: int) -> str:
    return "1 change suffices" if count == 1 else f"{count} changes suffice"


def _elsewhere(outcome: Outcome, solved: Solved, pythons: Sequence[str], lang: str) -> str:
    others = [p for p in pythons if p != solved.python]
    if not others:
        return ""
    return f"; no fewer on {', '.join(others)}" if lang == "en" else f"；{'、'.join(others)} 上也不会更少"


def _why(lines: Sequence[ListLine], core: Core, python: str) -> Text:
    asked = [lines[i] for i in core.lines]
    facts = [_as_asked(fact, asked) for fact in facts_in(core.message) if fact.kind in KINDS][:MOST_LINKS]
    if facts and {fact.kind for fact in facts} == {"no-wheel"} and _is_any_version(core, asked):
        facts = [Fact("no-wheel-at-all", asked[0].written)]
    said = {canonicalize_name(word) for fact in facts for word in WORD.findall(fact.subject)[:1]}
    near_en, near_zh = _near_names(facts)
    links_en = [KINDS[f.kind][0].format(_spoken(f.subject), _spoken(f.object)) for f in facts]
    links_zh = [KINDS[f.kind][1].format(_spoken(f.subject), _spoken(f.object)) for f in facts]
    absent = {canonicalize_name(fact.subject) for fact in facts if fact.kind in ("unknown", "no-wheel-at-all")}
    rest = [line for line in asked if line.name not in said or not _is_exact(line, facts)]
    rest = [line for line in rest if line.name not in absent]
    if not facts and len(asked) == 1:
        return Text(f"{asked[0].text} cannot be met beside the others", f"{asked[0].text} 与其余各行无法同时满足")
    if not facts:
        texts = " and ".join(line.text for line in asked)
        return Text(f"{texts} exclude each other", f"{'与'.join(line.text for line in asked)} 互相排斥")
    wanted_en = "the list asks for " + ", ".join(line.text for line in rest)
    wanted_zh = "列表要求 " + "、".join(line.text for line in rest)
    on = f" (Python {python})" if any(f.kind in ("python", "no-wheel", "no-wheel-at-all") for f in facts) else ""
    return Text(
        ", ".join(links_en) + (f", but {wanted_en}" if rest else "") + on + near_en,
        "，".join(links_zh) + (f"，但{wanted_zh}" if rest else "") + on + near_zh,
    )


def _is_any_version(core: Core, asked: Sequence[ListLine]) -> bool:
    """A single line was refused without its version."""
    return len(asked) == 1 and core.question is not None and core.question.lines == (asked[0].relaxed,)


def _near_names(facts: Sequence[Fact]) -> tuple[str, str]:
    """For a name that the index lacks: the distribution of that import name, or names spelt much like it."""
    unknown = [canonicalize_name(fact.subject) for fact in facts if fact.kind == "unknown"]
    found = [name for one in unknown for name in near_names(one)]
    if not found:
        return "", ""
    return f"; perhaps {' or '.join(found)} is meant", f"；或许是指 {'、'.join(found)}"


def _as_asked(fact: Fact, asked: Sequence[ListLine]) -> Fact:
    """What the resolver says of a whole range, said of the very version that the list names."""
    for line in asked:
        name, _, rest = fact.subject.partition("<") if "<" in fact.subject else fact.subject.partition(">")
        version = version_of(line.specifier.removeprefix("=="))
        if version is None or not rest or canonicalize_name(name) != line.name:
            continue
        try:
            holds = SpecifierSet(fact.subject[len(name) :]).contains(version, prereleases=True)
        except InvalidSpecifier:
            continue
        if holds:
            return replace(fact, subject=f"{line.name}=={version}")
    return fact


def _is_exact(line: ListLine, facts: Sequence[Fact]) -> bool:
    """The chain already names this very line."""
    return any(fact.subject.replace(" ", "").lower().startswith(f"{line.name}==") for fact in facts)


def _spoken(text: str) -> str:
    return text.replace("==", " ", 1) if text.count("==") == 1 and "," not in text else text

"""The loader's complaint, held against the files: who should have had the symbol, the version or the library.

Where the loader takes a library by a variable and another copy has what is wanted, the variable is at fault. Where the
library that should have it belongs to another distribution, consumer and provider are of different builds. A library
that lies in the environment where the loader does not look has to be loaded first.

Present where the files show it; silent where they do not: what the message alone tells is for loader-message. Without
a symptom only `diagnose --all` looks at symbols.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence

from tts_doctor.knowledge.torch_family import SIBLINGS, sibling_release
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Need, Treatment
from tts_doctor.model.linkage import Copy, Linkage
from tts_doctor.model.text import Text
from tts_doctor.parse.loader_words import TORCH_LIBRARY
from tts_doctor.parse.mangled import readable
from tts_doctor.signs.parties import chain_text, party

PYTHON_SYMBOL = re.compile(r"^_?Py[A-Z_]")
NO_TREATMENT = Treatment()


def find(case: Examination) -> Iterator[Finding]:
    raised = chain_text(case.symptom) if case.symptom else ""
    judges = {"symbol": _symbol, "version": _version, "soname": _soname}
    for link in case.facts.linkage:
        judge = judges.get(link.kind)
        weight = 0.9 if case.symptom is None else 1.0 if link.name in raised else 0.7
        finding = judge(case.facts, link, weight) if judge else None
        if finding:
            yield finding


def _symbol(facts: Facts, link: Linkage, weight: float) -> Finding | None:
    taken = [c for c in link.copies if c.taken]
    if any(c.has for c in taken) or PYTHON_SYMBOL.match(link.name):
        return None
    best = max(taken, key=lambda c: c.kin, default=None)
    if best is None or not best.kin:
        best = None
    holders = [c for c in link.copies if c.has]
    if best and best.variable and any(c.soname == best.soname for c in holders):
        return _variable(facts, link, best, next(c for c in holders if c.soname == best.soname), weight)
    sibling = next((c for c in holders if c.dist and (best is None or c.dist == best.dist)), None)
    if sibling and _asks_for(facts, link.dist, sibling.dist):
        return _load_first(facts, link, (sibling,), weight)
    if best is None or not best.dist or holders:
        return None
    return _torn(facts, link, best, weight) if best.dist == link.dist else _mismatch(facts, link, best, weight)


def _asks_for(facts: Facts, consumer: str, provider: str) -> bool:
    """Whether it is plausible that one uses the other's symbols: the same distribution, or its metadata names it."""
    dist = facts.get(consumer) if consumer else None
    return consumer == provider or dist is None or any(re.match(rf"{provider}\b", r.lower()) for r in dist.requires)


def _variable(facts: Facts, link: Linkage, taken: Copy, other: Copy, weight: float) -> Finding:
    """The loader takes a library by a variable; without it, it would take one that has what is wanted."""
    value = without(facts.variables.get(taken.variable, ""), taken)
    step = Action(
        "env-var",
        taken.variable,
        value=value,
        why=Text(f"then {other.path} is taken, which has {link.name}", f"之后会选用含有 {link.name} 的 {other.path}"),
    )
    return _finding(
        "library-path", link, 0.97 * weight, f"{taken.path}, which lacks {link.name}", other.path,
        Text(f"{taken.variable} leads to another {taken.soname} than the one that fits",
             f"{taken.variable} 指向了不匹配的 {taken.soname}"),
        Text(f"{link.path} wants {readable(link.name)}. The loader takes {taken.path} by {taken.variable}, which does "
             f"not have it; {other.path} does.",
             f"{link.path} 需要 {readable(link.name)}。加载器因 {taken.variable} 选用了 {taken.path}，其中没有；"
             f"{other.path} 则有。"),
        (Culprit(Kind.VARIABLE, taken.variable), *_owners(facts, link), Culprit(Kind.FILE, taken.path)),
        Treatment((step,)),
    )  # fmt: skip


def without(value: str, taken: Copy) -> str | None:
    """The variable's value without what leads to that library; None where nothing is left."""
    if taken.variable == "LD_PRELOAD":
        left = [p for p in re.split(r"[: ]+", value) if p and p != taken.path]
    else:
        folder = posixpath.dirname(taken.path)
        left = [p for p in value.split(":") if p and posixpath.normpath(p) != folder]
    return ":".join(left) or None


def _load_first(facts: Facts, link: Linkage, copies: Sequence[Copy], weight: float) -> Finding:
    """The environment carries the library, and the loader does not look there."""
    first = copies[0]
    folders = list(dict.fromkeys(posixpath.dirname(c.path) for c in copies))
    old = facts.variables.get("LD_LIBRARY_PATH", "")
    library_path = ":".join([*folders, *([old] if old else [])])
    way = (
        Action(
            "env-var",
            "LD_LIBRARY_PATH",
            value=library_path,
            why=Text(f"the folder of {first.soname}", f"{first.soname} 所在的目录"),
        ),
    )
    if link.kind == "symbol":
        way = (
            Action("env-var", "LD_PRELOAD", value=first.path, why=Text(f"it has {link.name}", f"它含有 {link.name}")),
        )
    order = (
        Action(
            "code-change", f"import {first.dist}", why=Text("before what needs its libraries", "先于需要其库的模块")
        ),
    )
    by_import = bool(TORCH_LIBRARY.match(first.soname))
    return _finding(
        "load-first", link, 0.94 * weight, f"{link.name} is not found", first.path,
        Text(f"{first.dist} brings {first.soname}, but the loader does not look there",
             f"{first.dist} 带有 {first.soname}，但加载器不会在那里查找"),
        Text(f"{link.name} is wanted by a library that was not told where {first.dist} keeps its own; it is found when "
             f"{first.dist} was imported before, or when LD_LIBRARY_PATH names the folder.",
             f"需要 {link.name} 的库不知道 {first.dist} 的库放在哪里；先导入 {first.dist}，或让 LD_LIBRARY_PATH "
             f"包含该目录即可。"),
        (party(facts, first.dist), Culprit(Kind.VARIABLE, way[0].target), *_owners(facts, link)),
        Treatment(order, (way,)) if by_import else Treatment(way, (order,)),
    )  # fmt: skip


def _mismatch(facts: Facts, link: Linkage, best: Copy, weight: float) -> Finding:
    """Consumer and provider are two distributions, and of different builds."""
    consumer, provider = link.dist or posixpath.basename(link.path), best.dist
    wanted = sibling_release(consumer, facts.version("torch")) if provider == "torch" and consumer in SIBLINGS else ""
    pin = (
        Action(
            "pin",
            consumer,
            f"=={wanted}",
            why=Text(
                f"the release for torch {facts.version('torch')}", f"与 torch {facts.version('torch')} 配套的版本"
            ),
        ),
    )
    more = f" and {len(link.lacking) - 1} more" if len(link.lacking) > 1 else ""
    return _finding(
        "torch-sibling" if wanted else "undefined-symbol", link, 0.97 * weight, f"undefined symbol {link.name}{more}",
        f"{best.soname} of {provider} {facts.version(provider)} exports it",
        Text(f"{consumer} {facts.version(consumer)} was built for another {provider} than {facts.version(provider)}",
             f"{consumer} {facts.version(consumer)} 是为另一版 {provider}（而非 {facts.version(provider)}）编译的"),
        Text(f"{link.path} uses {readable(link.name)}{more}, which {best.soname} of the installed {provider} does not "
             f"export.",
             f"{link.path} 使用了 {readable(link.name)}，而已安装的 {provider} 的 {best.soname} 并未导出。"),
        (*(_owners(facts, link) or (Culprit(Kind.FILE, link.path),)), party(facts, provider)),
        Treatment(pin) if wanted else Treatment(),
        Need("symbol", link.dist, link.path, provider, name=link.name) if link.dist else None,
        Treatment(
            (Action("rebuild", consumer, why=Text(f"against the installed {provider}", f"针对已安装的 {provider}")),),
            ((Action("reinstall", consumer, why=Text(f"a build for the installed {provider}",
                                                      f"适用于已安装的 {provider} 的版本")),),),
        ),
    )  # fmt: skip


def _torn(facts: Facts, link: Linkage, best: Copy, weight: float) -> Finding:
    """A distribution's own libraries do not fit each other: files of two releases are mixed."""
    version = facts.version(link.dist)
    step = Action(
        "reinstall",
        link.dist,
        f"=={version}" if version else None,
        why=Text("all files of one release", "所有文件来自同一版本"),
    )
    return _finding(
        "undefined-symbol", link, 0.9 * weight, f"undefined symbol {link.name}", f"{best.soname} exports it",
        Text(f"The libraries of {link.dist} are of different releases", f"{link.dist} 自带的库来自不同版本"),
        Text(f"{link.path} wants {readable(link.name)} of {best.path}, which lies in the same distribution without it.",
             f"{link.path} 需要 {best.path} 中的 {readable(link.name)}，两者同属一个包，却并不存在。"),
        (party(facts, link.dist), Culprit(Kind.FILE, best.path)), Treatment((step,)),
    )  # fmt: skip


def _version(facts: Facts, link: Linkage, weight: float) -> Finding | None:
    taken = next((c for c in link.copies if c.taken), None)
    other = next((c for c in link.copies if c.has and not c.taken), None)
    if taken is None or other is None or taken.has:
        return None
    if taken.variable:
        return _variable(facts, link, taken, other, weight)
    folder, old = posixpath.dirname(other.path), facts.variables.get("LD_LIBRARY_PATH", "")
    step = Action(
        "env-var",
        "LD_LIBRARY_PATH",
        value=f"{folder}:{old}" if old else folder,
        why=Text(f"has {link.name}", f"含有 {link.name}"),
    )
    return _finding(
        "library-path", link, 0.95 * weight, f"{taken.path} lacks {link.name}", other.path,
        Text(f"The loader takes the system's {taken.soname}, which is too old",
             f"加载器选用了系统中过旧的 {taken.soname}"),
        Text(f"{link.path} wants {link.name}; {other.path}, which Python brings, has it.",
             f"{link.path} 需要 {link.name}；Python 自带的 {other.path} 中有它。"),
        (Culprit(Kind.SYSTEM_LIBRARY, taken.soname), Culprit(Kind.VARIABLE, "LD_LIBRARY_PATH"), *_owners(facts, link)),
        Treatment((step,)),
    )  # fmt: skip


def _soname(facts: Facts, link: Linkage, weight: float) -> Finding | None:
    exact = [c for c in link.copies if c.has and c.dist]
    return _load_first(facts, link, exact, weight) if exact else None


def _owners(facts: Facts, link: Linkage) -> tuple[Culprit, ...]:
    return (party(facts, link.dist),) if link.dist else ()


def _finding(
    identity: str, link: Linkage, confidence: float, seen: str, expected: str, title: Text, cause: Text,
    culprits: tuple[Culprit, ...], treatment: Treatment, need: Need | None = None, fallback: Treatment = NO_TREATMENT,
) -> Finding:  # fmt: skip
    return Finding(
        identity, title, cause, confidence=confidence, culprits=culprits, treatment=treatment, need=need,
        evidence=(Evidence("linkage", link.path, seen[:300], expected),), fallback=fallback,
    )  # fmt: skip

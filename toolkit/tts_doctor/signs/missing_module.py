"""`No module named 'X'`: a distribution, a standard-library module or a submodule that is not there.

Present where an error of the symptom says so; of a chain of attempts the first one is the cause (`audioop`, then
`pyaudioop`). In pip's isolated build the missing module is the build's, and installing it beside does not help. A
missing submodule of an installed distribution means another version of it, a damaged installation or a namesake.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from packaging.utils import canonicalize_name

from tts_doctor.knowledge.import_names import distributions_for
from tts_doctor.knowledge.removed_names import Bound, bound_of_name
from tts_doctor.knowledge.stdlib import Removed, is_stdlib, removed
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Need, Treatment
from tts_doctor.model.symptom import Error, Symptom
from tts_doctor.model.text import Text
from tts_doctor.signs.absent_module import SETUPTOOLS_MODULES, absent, evidence
from tts_doctor.signs.bounds import pin_to, reinstall
from tts_doctor.signs.build import building, built_distribution
from tts_doctor.signs.hidden_folder import hidden_folder
from tts_doctor.signs.moved_project import is_lost
from tts_doctor.signs.own_module import own_module
from tts_doctor.signs.parties import Party, consumer_of, owner_of_module, party, weighted_errors

_MISSING = re.compile(
    r"[Nn]o module named ['\"]?(?P<module>[A-Za-z_][\w.]*)['\"]?(?P<package>; '[\w.]+' is not a package)?"
)
_BETTER_NEWER = ("imp", "asynchat", "asyncore", "lib2to3", "smtpd")
"""What newer releases of the importers rarely need: these come before a stand-in."""


def find(case: Examination) -> Iterator[Finding]:
    if case.symptom is None:
        return
    seen: set[str] = set()
    for error, weight in weighted_errors(case.symptom):
        match = _MISSING.search(error.message)
        if match and match["module"] not in seen and not match["package"]:
            seen.add(match["module"])
            if is_lost(case, match["module"]) or hidden_folder(case.facts, error.message):
                continue
            yield from _judge(case.facts, case.symptom, error, match["module"], weight)
    if not seen and (match := _MISSING.search(case.symptom.text)) and not match["package"]:
        yield from _judge(case.facts, case.symptom, Error("", match[0]), match["module"], 0.8)


def _judge(facts: Facts, symptom: Symptom, error: Error, module: str, weight: float) -> Iterator[Finding]:
    top = module.split(".", 1)[0]
    consumer = consumer_of(facts, error, "")
    minor = facts.interpreter.minor
    gone = removed(module, minor if minor[1] else (3, 99))
    if building(symptom, error):
        if gone and gone.replacement != "setuptools":
            built = Party(built_distribution(facts, symptom), consumer.file, consumer.frame)
            yield _standard_in_build(_standard(facts, error, replace(gone, replacement=""), built, weight))
        else:
            yield _in_build(facts, symptom, error, module, weight)
        return
    if gone and not (gone.replacement and facts.get(gone.replacement) and gone.replacement != "setuptools"):
        yield _standard(facts, error, gone, consumer, weight)
        return
    if top == "encodings" or is_stdlib(top, facts.interpreter.minor):
        return  # the interpreter itself is ill or shadowed: other signs judge that
    provider = owner_of_module(facts, module)
    if "." in module and ((provider and facts.get(provider)) or _bound(module)):
        yield _submodule(facts, error, module, provider, consumer, weight)
        return
    dist = facts.get(provider) if provider else None
    if dist is not None and top not in SETUPTOOLS_MODULES:
        # files that are listed without it say that another release, or nobody of that name, has it
        whole = bool(dist.records) and bool(dist.top_level) and top not in dist.top_level
        told = _submodule if whole else _damaged
        yield told(facts, error, module, provider, consumer, weight)
        return
    own = own_module(facts, error, module, consumer, weight)
    if own is not None:
        yield own
        return
    yield absent(facts, error, module, consumer, weight)


def _in_build(facts: Facts, symptom: Symptom, error: Error, module: str, weight: float) -> Finding:
    """The isolated build lacks it. A newer release with a wheel needs no build; else build without isolation."""
    target = built_distribution(facts, symptom)
    top = module.split(".", 1)[0]
    known = distributions_for(module) or distributions_for(top)
    provider = canonicalize_name(known[0] if known else top)
    if top in SETUPTOOLS_MODULES or (provider == "setuptools" and top != "setuptools"):
        first = Action(
            "pin",
            "setuptools",
            "<81",
            why=Text(
                "as a build constraint: the isolated build takes the newest otherwise",
                "作为构建约束：否则隔离构建会取最新版",
            ),
        )
        steps: tuple[Action, ...] = (first,)
        culprits = (party(facts, "setuptools", "<81"), *((party(facts, target),) if target else ()))
    else:
        rest = (
            (
                Action(
                    "install",
                    target,
                    why=Text(
                        f"with --no-build-isolation, once {provider} is installed",
                        f"先安装 {provider}，再加上 --no-build-isolation",
                    ),
                ),
            )
            if target
            else ()
        )
        steps = (
            Action("install", provider, why=Text("the build's setup.py imports it", "构建时的 setup.py 要导入它")),
            *rest,
        )
        culprits = tuple(party(facts, name) for name in dict.fromkeys(n for n in (target, provider) if n))
    what = target or "the source distribution"
    return Finding(
        id="isolated-build",
        title=Text(
            f"The build of {what} needs {module}, which its isolated environment lacks",
            f"构建 {what} 需要 {module}，而隔离的构建环境里没有它",
        ),
        cause=Text(
            f"pip builds {what} in an environment of its own; its setup.py imports {module} without declaring "
            f"it, so what "
            "is installed beside does not count.",
            f"pip 在独立环境中构建 {what}；它的 setup.py 导入 {module} 却没有声明，因此另外安装的版本不起作用。",
        ),
        confidence=0.93 * weight,
        culprits=culprits,
        evidence=(
            Evidence("missing-module", "pip-build-env", f"{error.type}: {error.message[:200]}", f"{module} importable"),
        ),
        treatment=Treatment(steps),
    )


def _standard(facts: Facts, error: Error, gone: Removed, consumer: Party, weight: float) -> Finding:
    python = facts.interpreter.version
    module = gone.name
    since = f"{gone.since[0]}.{gone.since[1]}"
    change = Action("change-python", "python", f"<{since}", why=Text(f"it still has {module}", f"其中仍有 {module}"))
    back = (
        Action("install", gone.replacement, why=Text(f"it brings {module} back", f"它把 {module} 带回来"))
        if gone.replacement
        else None
    )
    user = consumer.name or consumer.file or "the program"
    culprits = [Culprit(Kind.INTERPRETER, "python", python or None, f"<{since}")]
    culprits += [party(facts, gone.replacement)] if gone.replacement else []
    culprits += [party(facts, consumer.name)] if consumer.name else []
    treatment = Treatment((back,), ((change,),)) if back and module not in _BETTER_NEWER else Treatment()
    return Finding(
        id="removed-standard-module",
        title=Text(
            f"Python {python} no longer has the module {module}, which {user} imports".replace("  ", " "),
            f"Python {python} 已没有 {user} 所导入的模块 {module}".replace("  ", " "),
        ),
        cause=Text(
            f"{module} left the standard library in Python {since}; {user} still imports it.",
            f"{module} 自 Python {since} 起已从标准库移除；{user} 仍在导入它。",
        ),
        confidence=0.93 * weight,
        culprits=tuple(culprits),
        evidence=(evidence(consumer, error, module),),
        treatment=treatment,
        need=Need("python", consumer.name, consumer.file, gone.replacement, module, module) if consumer.name else None,
        fallback=Treatment((back,), ((change,),)) if back else Treatment((change,)),
    )


def _standard_in_build(finding: Finding) -> Finding:
    """What is installed beside an isolated build does not reach it: another Python does, or another release."""
    built = [culprit for culprit in finding.culprits if culprit.kind is Kind.DISTRIBUTION]
    why = Text("a release that has a wheel or that this Python can build", "有 wheel 或此 Python 能构建的版本")
    other = tuple((Action("install", c.name, f">{c.installed}" if c.installed else None, why=why),) for c in built)
    return replace(finding, treatment=Treatment(finding.fallback.actions, other), need=None, fallback=Treatment())


def _submodule(facts: Facts, error: Error, module: str, provider: str, consumer: Party, weight: float) -> Finding:
    bound = _bound(module)
    provider = bound.provider if bound else provider
    shown = f"{provider} {facts.version(provider)}".strip()
    user = consumer.name or consumer.file or "your code"
    inside = consumer.name == provider
    culprits = [party(facts, provider, bound.spec if bound else None)]
    if consumer.name and not inside:
        culprits.append(party(facts, consumer.name))
    return Finding(
        id="missing-module",
        title=Text(
            f"{shown} has no module {module}, which {user} imports", f"{shown} 没有 {user} 所导入的模块 {module}"
        ),
        cause=Text(
            f"{module} is not part of the installed {shown}: another version has it, or its installation is damaged.",
            f"已安装的 {shown} 不含 {module}：它在别的版本里，或安装已损坏。",
        ),
        confidence=(0.92 if bound else 0.8) * weight,
        culprits=tuple(culprits),
        evidence=(evidence(consumer, error, module),),
        treatment=pin_to(facts, provider, bound) if bound else reinstall(facts, provider) if inside else Treatment(),
        need=Need("module", consumer.name, consumer.file, provider, module),
        fallback=reinstall(facts, provider) if "." in module else Treatment(),
    )


def _bound(module: str) -> Bound | None:
    parent, _, name = module.rpartition(".")
    found = (bound_of_name(parent, name) if parent else None) or bound_of_name(module, "*")
    return found if found and found.provider != "python" else None


def _damaged(facts: Facts, error: Error, module: str, provider: str, consumer: Party, weight: float) -> Finding:
    return Finding(
        id="damaged-installation",
        title=Text(
            f"{provider} is installed but its package {module} is not there",
            f"已安装 {provider}，但缺少导入包 {module}",
        ),
        cause=Text(
            f"The metadata of {provider} is present while its files are missing or out of reach.",
            f"{provider} 的元数据还在，但文件缺失或不在搜索路径上。",
        ),
        confidence=0.75 * weight,
        culprits=(party(facts, provider),),
        evidence=(
            Evidence("missing-module", provider, f"{error.type}: {error.message[:200]}", f"{module} importable"),
        ),
        treatment=reinstall(facts, provider),
    )

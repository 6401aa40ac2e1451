"""What to install for a module that is not there: the distribution that provides it, within the consumer's bounds.

Not a sign: `missing-module` asks it, and `missing-name` for the part of a namespace that nobody installed. A name alone
is no proof in a living environment: what nothing else supports is left to the index.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from tts_doctor.knowledge.import_names import distributions_for, is_known
from tts_doctor.knowledge.impostors import impostor
from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Action, Evidence, Finding, Need, Severity, Treatment
from tts_doctor.model.symptom import Error
from tts_doctor.model.text import Text
from tts_doctor.signs.parties import Party, party

SETUPTOOLS_MODULES = ("pkg_resources",)
_KEPT_BACK = {"setuptools": "<81"}
"""Releases that still have what people miss: setuptools announced the end of pkg_resources for 81 and left it out
in 82.
"""


def absent(facts: Facts, error: Error, module: str, consumer: Party, weight: float) -> Finding:
    """The finding for a module that no installed distribution has: what to install, where that is known."""
    top = module.split(".", 1)[0]
    known = distributions_for(module) or distributions_for(top)
    provider = canonicalize_name(known[0]) if known else canonicalize_name(top)
    extra = extra_that_brings(facts, consumer.name, provider)
    bound = _KEPT_BACK.get(provider) if top in SETUPTOOLS_MODULES else declared_bound(facts, consumer.name, provider)
    install = Action(
        "pin" if bound else "install", provider, bound, why=Text(f"it provides {module}", f"它提供 {module}")
    )
    by_extra = (
        Action("install", extra, why=Text(f"the extra brings {provider}", f"该 extra 带来 {provider}"))
        if extra
        else None
    )
    declared = any(True for _ in _declared(facts, consumer.name, provider))
    # of a living environment a name alone is no proof: the index is asked for the module itself
    sure = bool(known) and (is_known(module) or declared or facts.from_text)
    user = consumer.name or consumer.file or "your code"
    culprits = [party(facts, provider, bound)]
    culprits += [party(facts, consumer.name)] if consumer.name else []
    return Finding(
        id="missing-module",
        title=Text(f"{module} is not installed, and {user} imports it", f"未安装 {module}，而 {user} 要导入它"),
        cause=_why_absent(user, module, provider, sure),
        severity=Severity.ERROR,
        confidence=(0.9 if is_known(module) else 0.8) * weight,
        culprits=tuple(culprits),
        evidence=(evidence(consumer, error, module),),
        treatment=_treatment(by_extra, install, sure),
        need=Need("module", consumer.name, consumer.file, provider, module),
    )


def _why_absent(user: str, module: str, provider: str, known: bool) -> Text:
    squat = impostor(provider, module)
    if squat:
        return Text(f"{user} imports {module}. {squat.why.en}.", f"{user} 导入 {module}。{squat.why.zh}。")
    if known:
        return Text(
            f"{user} imports {module}, which the distribution {provider} provides; it is not installed.",
            f"{user} 导入 {module}，它由分发包 {provider} 提供，但没有安装。",
        )
    return Text(
        f"{user} imports {module}; nothing is known here of a distribution that provides it.",
        f"{user} 导入 {module}；此处不知道哪个分发包提供它。",
    )


def _treatment(by_extra: Action | None, install: Action, known: bool) -> Treatment:
    if by_extra:
        return Treatment((by_extra,), ((install,),))
    return Treatment((install,)) if known else Treatment()


def extra_that_brings(facts: Facts, consumer: str, provider: str) -> str:
    """`consumer[extra]` where an extra of the installed consumer requires the provider, else empty."""
    for extra, _ in _declared(facts, consumer, provider):
        if extra:
            return f"{consumer}[{extra}]"
    return ""


def declared_bound(facts: Facts, consumer: str, provider: str) -> str | None:
    """The specifier that the installed consumer declares for the provider, else None."""
    for _, spec in _declared(facts, consumer, provider):
        if spec:
            return spec
    return None


def _declared(facts: Facts, consumer: str, provider: str) -> Iterator[tuple[str, str]]:
    dist = facts.get(consumer) if consumer else None
    for line in dist.requires if dist else ():
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if canonicalize_name(requirement.name) == provider:
            extra = re.search(r"extra\s*==\s*['\"]([\w.-]+)['\"]", str(requirement.marker or ""))
            yield (extra[1] if extra else ""), str(requirement.specifier)


def evidence(consumer: Party, error: Error, module: str) -> Evidence:
    """Where the module is asked for, and what the error says."""
    return Evidence("missing-module", _where(consumer), f"{error.type}: {error.message[:200]}", f"{module} importable")


def _where(consumer: Party) -> str:
    return f"{consumer.file}:{consumer.frame.line}" if consumer.frame else consumer.file or "the log"

"""A name that a provider no longer has, or does not have yet: `cannot import name 'N' from 'M'`, `module 'M' has no
attribute 'N'`.

Present where an error of the symptom says so. The consumer is the owner of the innermost frame outside the
provider. Where knowledge tells the release that removed or added the name, the provider is pinned on the right side
of it; else the need is left to the index. A name missing *inside* its own distribution means a damaged
installation, a standard-library name a Python that the consumer does not fit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tts_doctor.knowledge.import_names import distributions_for
from tts_doctor.knowledge.removed_names import Bound, bound_of_name
from tts_doctor.knowledge.stdlib import added_in, is_stdlib, removed
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Culprit, Evidence, Finding, Kind, Need, Treatment
from tts_doctor.model.symptom import Error
from tts_doctor.model.text import Text
from tts_doctor.signs.absent_module import absent
from tts_doctor.signs.bounds import pin_to, python_treatment, reinstall
from tts_doctor.signs.build import building, built_distribution
from tts_doctor.signs.parties import (
    Party,
    consumer_of,
    is_own,
    is_standard,
    owner_of_file,
    owner_of_module,
    party,
    weighted_errors,
)
from tts_doctor.signs.two_copies import rivals_of, two_copies

_Q = r"['\"`]"
_FROM = re.compile(
    rf"cannot import name {_Q}?(?P<name>[\w.]+){_Q}?(?: from (?:partially initialized module "
    rf")?{_Q}(?P<module>[\w.]+){_Q})?"
    r"(?P<circular> \(most likely due to a circular import\))?(?:.*?\((?P<path>/[^)\n]+|unknown location)\))?"
)
_ATTRIBUTE = re.compile(
    rf"(?P<partial>partially initialized )?module {_Q}(?P<module>[\w.]+){_Q} has no attribute {_Q}(?P<name>\w+){_Q}"
)
_CLASS = re.compile(
    rf"(?:type object )?{_Q}(?P<class>[\w.]+){_Q} (?:object |class )?has no attribute {_Q}(?P<name>\w+){_Q}"
)
_NUMPY_2 = re.compile(r"`?np\.(?P<name>\w+)`? was removed in the NumPy 2\.0 release")
_NUMPY_ALIAS = re.compile(r"`?np\.(?P<name>\w+)`? was a deprecated alias")
_MOVED = re.compile(r"`(?P<name>\w+)` has been moved to the `pydantic-settings` package")
_IMPORT_LINE = re.compile(r"from\s+([\w.]+)\s+import\b")
_ASKING = ("__getattr__", "__getattribute__", "_attr_getter")


@dataclass(frozen=True)
class Missing:
    """What an error says is missing of what."""

    module: str
    name: str
    path: str = ""
    partial: bool = False
    nowhere: bool = False
    """The module is a folder without `__init__.py`: a namespace, or what is left of a package."""


def find(case: Examination) -> Iterator[Finding]:
    if case.symptom is None:
        return
    for error, weight in weighted_errors(case.symptom):
        missing = read_missing(error)
        if missing:
            built = built_distribution(case.facts, case.symptom) if building(case.symptom, error) else ""
            yield from _judge(case.facts, error, missing, weight, built)


def read_missing(error: Error) -> Missing | None:
    """The missing name of an error, if that is what it speaks of."""
    text = error.message
    if m := _NUMPY_2.search(text) or _NUMPY_ALIAS.search(text):
        return Missing("numpy", m["name"])
    if m := _FROM.search(text):
        path = m["path"] or ""
        partial = "partially initialized" in text or bool(m["circular"])
        module = m["module"] or _module_of_frame(error)
        return Missing(module, m["name"], "" if path[:1] != "/" else path, partial, path == "unknown location")
    if m := _ATTRIBUTE.search(text):
        return Missing(m["module"], m["name"], partial=bool(m["partial"]))
    if error.type.endswith("AttributeError") and (m := _CLASS.search(text)):
        return Missing(f"class {m['class']}", m["name"])
    return None


def _module_of_frame(error: Error) -> str:
    """The old form names no module: the last frame's import line does."""
    code = error.frames[-1].code if error.frames else ""
    m = _IMPORT_LINE.match(code)
    return m[1] if m else ""


def _judge(facts: Facts, error: Error, missing: Missing, weight: float, built: str) -> Iterator[Finding]:
    bound = (
        bound_of_name(missing.module, missing.name)
        or _bound_of_short_class(missing)
        or _bound_of_standard(facts, missing)
    )
    if missing.nowhere and (portion := _portion(facts, error, missing, weight)):
        yield portion
        return
    top = missing.module.split(".", 1)[0]
    if (bound and bound.provider == "python") or (not missing.path and is_stdlib(top, facts.interpreter.minor)):
        yield from _of_python(facts, error, missing, bound, weight, built)
        return
    if missing.path and not owner_of_file(facts, missing.path)[0] and is_own(facts, missing.path):
        return  # the user's own module answers to the name: that is the sign `shadowing`
    provider = bound.provider if bound else _provider(facts, missing)
    if not provider:
        return
    rivals = rivals_of(facts, missing.module)
    if rivals and not bound:
        yield two_copies(facts, error, rivals, weight * 0.85)
        return
    consumer = _consumer(facts, error, provider, built)
    inside = not bound and not consumer.name and _all_in(facts, error, provider)
    if inside or (missing.partial and not bound):
        yield _damaged(facts, error, missing, provider, weight * (0.75 if missing.partial else 0.8))
        return
    yield _removed(facts, error, missing, provider, consumer, bound, weight)


def _consumer(facts: Facts, error: Error, provider: str, built: str) -> Party:
    """In a build the setup script, and what lies beside it, is of the distribution that is built."""
    consumer = consumer_of(facts, error, provider)
    return replace(consumer, name=built) if built and not consumer.name else consumer


def _portion(facts: Facts, error: Error, missing: Missing, weight: float) -> Finding | None:
    """A part of a namespace that several distributions fill: the one that fills this part is not installed."""
    dotted = f"{missing.module}.{missing.name}"
    known = distributions_for(dotted)
    if not known or facts.get(known[0]) is not None:
        return None
    return absent(facts, error, dotted, consumer_of(facts, error, ""), weight)


def _bound_of_short_class(missing: Missing) -> Bound | None:
    if missing.module.startswith("class ") and "." in missing.module:
        return bound_of_name(f"class {missing.module.rsplit('.', 1)[1]}", missing.name)
    return None


def _bound_of_standard(facts: Facts, missing: Missing) -> Bound | None:
    dotted = f"{missing.module}.{missing.name}"
    minor = facts.interpreter.minor
    if gone := removed(dotted, minor if minor[1] else (3, 99)):
        return Bound("python", removed=f"{gone.since[0]}.{gone.since[1]}")
    since = added_in(dotted)
    if since and (not minor[1] or minor < since):
        return Bound("python", added=f"{since[0]}.{since[1]}")
    return None


def _provider(facts: Facts, missing: Missing) -> str:
    if missing.path:
        return owner_of_file(facts, missing.path)[0]
    if missing.module.startswith("class "):
        name = missing.module.removeprefix("class ")
        return owner_of_module(facts, name) if "." in name else ""
    return owner_of_module(facts, missing.module)


def _all_in(facts: Facts, error: Error, provider: str) -> bool:
    """Whether every frame below the user's own code is the provider's: then nobody else consumes."""
    frames = [f for f in error.frames if not is_standard(facts, f.file) and f.function not in _ASKING]
    owners = [owner_of_file(facts, f.file)[0] for f in frames]
    return bool(owners) and owners[-1] == provider


def _removed(
    facts: Facts, error: Error, missing: Missing, provider: str, consumer: Party, bound: Bound | None, weight: float
) -> Finding:
    user = consumer.name or "your code"
    what = f"{missing.module.removeprefix('class ')}.{missing.name}"
    version = facts.version(provider)
    shown = f"{provider} {version}".strip()
    culprits = [party(facts, provider, bound.spec or None if bound else None)]
    culprits.append(party(facts, consumer.name) if consumer.name else Culprit(Kind.APPLICATION, consumer.file))
    return Finding(
        id="missing-name",
        title=Text(f"{shown} does not have {what}, which {user} uses", f"{shown} 没有 {what}，而 {user} 要用它"),
        cause=Text(*_why(bound, shown, what, user)),
        confidence=(0.92 if bound else 0.82) * weight,
        culprits=tuple(culprits),
        evidence=(Evidence("missing-name", _where(consumer), f"{error.type}: {_first(error)}", f"{what} exists"),),
        treatment=pin_to(facts, provider, bound) if bound else Treatment(),
        need=None if missing.module.startswith(("class ", "lib")) else _need(consumer, provider, missing),
    )


def _why(bound: Bound | None, shown: str, what: str, user: str) -> tuple[str, str]:
    if bound and bound.removed and not bound.instead:
        return (
            f"{bound.provider} removed {what} in {bound.removed}; {user} still uses it and {shown} is installed.",
            f"{bound.provider} 在 {bound.removed} 版移除了 {what}；{user} 仍在使用它，而安装的是 {shown}。",
        )
    if bound and bound.added:
        return (
            f"{what} exists since {bound.provider} {bound.added}; {user} needs it and {shown} is older.",
            f"{what} 自 {bound.provider} {bound.added} 才有；{user} 需要它，而 {shown} 太旧。",
        )
    return (
        f"{user} uses {what}, which the installed {shown} does not define: the two are of different times.",
        f"{user} 使用 {what}，但已安装的 {shown} 没有定义它：两者版本不配套。",
    )


def _need(consumer: Party, provider: str, missing: Missing) -> Need:
    return Need("name", consumer.name, consumer.file, provider, missing.module, missing.name)


def _damaged(facts: Facts, error: Error, missing: Missing, provider: str, confidence: float) -> Finding:
    shown = f"{provider} {facts.version(provider)}".strip()
    return Finding(
        id="damaged-installation",
        title=Text(f"The files of {shown} do not fit together", f"{shown} 的文件互不匹配"),
        cause=Text(
            f"{provider} misses {missing.name} of its own {missing.module.removeprefix('class ')}: files of two "
            f"versions, "
            "or of two distributions with the same import package, lie over each other.",
            f"{provider} 缺少它自己的 {missing.module.removeprefix('class ')} 中的 {missing.name}："
            "两个版本，或两个使用同一导入名的分发包的文件混在了一起。",
        ),
        confidence=confidence,
        culprits=(party(facts, provider),),
        evidence=(Evidence("missing-name", provider, f"{error.type}: {_first(error)}", "its own modules agree"),),
        treatment=reinstall(facts, provider),
        need=None
        if missing.module.startswith("class ")
        else Need("name", "", "", provider, missing.module, missing.name),
    )


def _of_python(
    facts: Facts, error: Error, missing: Missing, bound: Bound | None, weight: float, built: str
) -> Iterator[Finding]:
    consumer = _consumer(facts, error, "", built)
    if missing.partial or not (bound or consumer.name):
        return
    what = f"{missing.module.removeprefix('class ')}.{missing.name}"
    python = facts.interpreter.version
    user = consumer.name or "your code"
    since = (bound.removed or bound.added) if bound else ""
    yield Finding(
        id="missing-name",
        title=Text(
            f"Python {python} has no {what}, which {user} uses".replace("  ", " "),
            f"Python {python} 没有 {what}，而 {user} 要用它".replace("  ", " "),
        ),
        cause=Text(
            f"Python {'removed' if bound and bound.removed else 'has'} {what} "
            f"{'in' if bound and bound.removed else 'since'} "
            f"{since}; this {user} was made for another Python.",
            f"{what} 与 Python {since} 的变动有关；这个 {user} 是为别的 Python 版本写的。",
        ),
        confidence=(0.88 if bound else 0.5) * weight,
        culprits=(
            party(facts, consumer.name) if consumer.name else Culprit(Kind.APPLICATION, consumer.file),
            Culprit(Kind.INTERPRETER, "python", python or None, _python_spec(bound)),
        ),
        evidence=(Evidence("missing-name", _where(consumer), f"{error.type}: {_first(error)}", f"{what} exists"),),
        need=Need("python", consumer.name, consumer.file, "", missing.module, missing.name) if consumer.name else None,
        fallback=python_treatment(bound) if bound else Treatment(),
    )


def _python_spec(bound: Bound | None) -> str | None:
    return bound.spec if bound else None


def _where(consumer: Party) -> str:
    return f"{consumer.file}:{consumer.frame.line}" if consumer.frame else consumer.file or "the log"


def _first(error: Error) -> str:
    return error.message.strip().split("\n", 1)[0][:300]

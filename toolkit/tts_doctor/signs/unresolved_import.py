"""A module or a name that an import will not find.

Looks at what following the imports found missing and groups it by the contract that is broken: one finding for each
consumer, provider and missing thing. An absent option is a note; what only a function's body uses is a warning.
"""

from __future__ import annotations

from collections.abc import Iterator

from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Facts, MissingImport
from tts_doctor.model.finding import Culprit, Evidence, Finding, Kind, Need, Severity
from tts_doctor.model.text import Text

SIGN = "unresolved-import"


def find(case: Examination) -> Iterator[Finding]:
    """One finding for each broken contract; its evidence lists every place that was met."""
    groups: dict[tuple[str, ...], list[MissingImport]] = {}
    for item in case.facts.missing_imports or ():
        if not (item.optional and item.deferred):
            groups.setdefault((item.consumer, item.provider, item.module, item.name), []).append(item)
    for items in groups.values():
        yield _finding(case.facts, sorted(items, key=lambda i: (i.deferred, i.optional)))


def _finding(facts: Facts, items: list[MissingImport]) -> Finding:
    first = items[0]
    what = f"{first.module}.{first.name}" if first.name else first.module
    consumer = first.consumer or first.file
    by = f"{first.provider} {facts.version(first.provider)}".strip() if first.provider else "nothing installed"
    severity = Severity.NOTE if first.optional else Severity.WARNING if first.deferred else Severity.ERROR
    effect_en = "fails when it is called" if first.deferred else f"breaks `import {first.root}`"
    effect_zh = "调用时会失败" if first.deferred else f"会使 `import {first.root}` 失败"
    return Finding(
        id=_id(first),
        title=Text(f"{consumer} needs {what}, which does not exist here", f"{consumer} 需要 {what}，但此环境中没有它"),
        cause=Text(
            f"{first.file}:{first.line} imports {what}; {_provided_en(facts, first, by)}. This {effect_en}.",
            f"{first.file}:{first.line} 导入 {what}；{_provided_zh(facts, first, by)}。这{effect_zh}。",
        ),
        severity=severity,
        confidence=first.certainty if severity is Severity.ERROR else min(first.certainty, 0.5),
        culprits=tuple(_culprits(facts, first)),
        evidence=tuple(Evidence(SIGN, f"{i.file}:{i.line}", _observed(i), f"{what} exists") for i in items[:5]),
        need=Need(
            kind="python" if first.provider == "python" else "name" if first.name else "module",
            consumer=first.consumer,
            consumer_file=first.file,
            provider=first.provider,
            module=first.module,
            name=first.name or (first.module if first.provider == "python" else ""),
        ),
    )


def _id(item: MissingImport) -> str:
    if item.name:
        return "missing-name"
    return "removed-standard-module" if item.provider == "python" else "missing-module"


def _provided_en(facts: Facts, item: MissingImport, by: str) -> str:
    if item.provider == "python":
        return f"Python {facts.interpreter.version} does not have it"
    if facts.get(item.provider):
        return f"{by} does not provide it"
    return f"{item.provider or 'its distribution'} is not installed"


def _provided_zh(facts: Facts, item: MissingImport, by: str) -> str:
    if item.provider == "python":
        return f"Python {facts.interpreter.version} 中没有它"
    if facts.get(item.provider):
        return f"{by} 不提供它"
    return f"{item.provider or '提供它的发行包'} 未安装"


def _observed(item: MissingImport) -> str:
    if item.kind == "attribute":
        return f"{item.module} has no attribute {item.name}"
    return f"cannot import name {item.name} from {item.module}" if item.name else f"no module named {item.module}"


def _culprits(facts: Facts, item: MissingImport) -> Iterator[Culprit]:
    if item.provider == "python":
        yield Culprit(Kind.INTERPRETER, "python", facts.interpreter.version or None)
    elif item.provider:
        yield Culprit(Kind.DISTRIBUTION, item.provider, facts.version(item.provider) or None)
    if item.consumer and item.consumer != item.provider:
        yield Culprit(Kind.DISTRIBUTION, item.consumer, facts.version(item.consumer) or None)
    elif not item.consumer:
        yield Culprit(Kind.FILE, item.file)

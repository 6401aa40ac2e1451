"""Moves the provider to versions that have what is missing, or installs it where it is absent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from packaging.utils import canonicalize_name

from tts_doctor.model.finding import Action, Need
from tts_doctor.model.text import Text
from tts_doctor.propose.candidates import (
    Shelf,
    nearest,
    opponents,
    parsed,
    release_date,
    requirements,
    short_upper,
    trimmed,
)
from tts_doctor.propose.members import has_member
from tts_doctor.propose.offer import Offer, Question, offer

Test = Callable[[int], bool]


def move_provider(question: Question, stock: Shelf) -> list[Offer]:
    """Offers of older and newer versions of an installed provider; none where the installed files have it."""
    test = _test(question, stock)
    if test is None:
        return []
    then = _as_of(question, stock)
    declared = declared_places(question, stock)
    found: list[Offer] = []
    good = nearest(list(stock.below), test, [h for h in (then, *declared[-1:]) if h is not None])
    if good is not None:
        found.append(_older(question, stock, good, test))
    # A consumer from before the installed provider is not served by an even newer one.
    left_behind = good is not None and then is not None and then <= stock.place and declared[-1:] <= [stock.place]
    above = [] if left_behind else list(stock.above)
    newer = nearest(above, test, [h for h in (above[-1], then, *declared[:1]) if h is not None]) if above else None
    if newer is not None:
        found.append(_newer(question, stock, newer, test, declared))
    return found


def install_provider(question: Question, stock: Shelf) -> list[Offer]:
    """Offers that bring an absent provider: with the consumer's extra that asks for it, else by its own name."""
    test = _test(question, stock)
    if test is None:
        return []
    found = list(_extras(question, stock.name))
    newest = len(stock.versions) - 1
    spec: str | None = None
    if not test(newest):
        good = nearest(range(newest - 1, -1, -1), test, [h for h in (_as_of(question, stock),) if h is not None])
        if good is None:
            return found
        spec = f"<{short_upper(stock.versions[good + 1], stock.versions[good])}"
    why = Text(
        f"{what(question.need)} is in {stock.name}, which is not installed",
        f"{what(question.need)} 在未安装的 {stock.name} 中",
    )
    found.append(offer([Action("install", stock.name, spec, why=why)], question.facts, 1, 0))
    then = _as_of(question, stock)
    if then is not None and parsed(stock.versions[then]).major != parsed(stock.versions[newest]).major and test(then):
        bound = f"<{short_upper(stock.versions[then + 1], stock.versions[then])}"
        if bound != spec:
            held = Text(
                f"{stock.name} as it was when {question.need.consumer} was released",
                f"{question.need.consumer} 发布时的 {stock.name}",
            )
            found.append(offer([Action("install", stock.name, bound, why=held)], question.facts, 1, 1))
    return found


def what(need: Need) -> str:
    """The missing thing as one would write it."""
    if need.kind == "keyword":
        return f"{need.module}.{need.name}({need.detail}=…)"
    if need.kind == "member":
        return f"{need.module}.{need.detail}.{need.name}"
    return f"{need.module}.{need.name}" if need.name else need.module


def declared_places(question: Question, stock: Shelf) -> list[int]:
    """Places of the versions that the consumer's own metadata asks for, its extras included."""
    need, facts = question.need, question.facts
    version = facts.version(need.consumer) if need.consumer else ""
    if not version:
        return []
    lines = consumer_lines(question)
    specs = [
        r.specifier
        for extra in ("", *extra_names(lines))
        for r in requirements(lines, facts, extra)
        if canonicalize_name(r.name) == stock.name and r.specifier
    ]
    if not specs:
        return []
    narrowest = max(specs, key=len)
    return [i for i, v in enumerate(stock.versions) if narrowest.contains(v, prereleases=True)]


def consumer_lines(question: Question) -> Sequence[str]:
    """Requires-Dist lines of the installed consumer, from the index where the patient's are not known."""
    dist = question.facts.get(question.need.consumer)
    if dist is None:
        return ()
    return dist.requires or (question.index.requires(dist.key, dist.version) if dist.version else ())


def extra_names(lines: Iterable[str]) -> list[str]:
    """Extras that requirement lines speak of."""
    return list(dict.fromkeys(re.findall(r"extra\s*==\s*['\"]([\w.-]+)['\"]", "\n".join(lines))))


def _as_of(question: Question, stock: Shelf) -> int | None:
    consumer = question.need.consumer
    date = release_date(consumer, question.facts.version(consumer), question.index) if consumer else ""
    return stock.as_of(date) if date else None


def _test(question: Question, stock: Shelf) -> Test | None:
    """Whether the version at a place has what is needed, None where the installed one has it."""
    need, look = question.need, question.look

    def ask(version: str) -> bool | None:
        if need.kind == "module" or not need.name:
            return look.has_module(stock.name, version, need.module)
        if need.kind == "keyword":
            return look.accepts(stock.name, version, need.module, need.name, need.detail)
        if need.kind == "member":
            return has_member(look, stock.name, version, need.module, need.detail, need.name)
        return look.has_name(stock.name, version, need.module, need.name)

    present = [v for v in stock.versions if parsed(v) == parsed(stock.installed)] if stock.installed else []
    now = ask(present[0]) if present else False
    if now is True and not stock.assumed:
        return None

    def test(place: int) -> bool:
        return ask(stock.versions[place]) is True

    return test


def _older(question: Question, stock: Shelf, good: int, test: Test) -> Offer:
    bad = stock.versions[good + 1] if good + 1 < len(stock.versions) else stock.installed
    last = stock.versions[good]
    if parsed(bad) > parsed(stock.installed):
        bad = stock.installed
    spec = f"<{short_upper(bad, last)}"
    if good > 0 and not test(good - 1):
        spec = f"=={last}"
    installed = _shown(stock)
    why = Text(
        f"{stock.name} {last} is the last before {installed.en} with {what(question.need)}",
        f"{stock.name} {last} 是 {installed.zh} 之前最后一个含有 {what(question.need)} 的版本",
    )
    against = opponents(stock.name, last, question.facts)
    return offer([Action("pin", stock.name, spec, why=why)], question.facts, 1 + len(against), 0)


def _newer(question: Question, stock: Shelf, first: int, test: Test, declared: Sequence[int]) -> Offer:
    newest = len(stock.versions) - 1
    start = max([first, *(d for d in declared[:1] if d > stock.place)])
    if not test(start):
        start = first
    spec = f">={trimmed(stock.versions[start])}"
    last = newest
    if not test(newest):
        last = nearest(range(newest, start - 1, -1), test) or start
    wanted = [d for d in declared if start <= d <= last]
    if wanted and wanted[-1] < last:
        last = wanted[-1]
    if last < newest:
        upper = f"<{short_upper(stock.versions[last + 1], stock.versions[last])}"
        spec = f"=={stock.versions[last]}" if last == start else f"{spec},{upper}"
    installed = _shown(stock)
    why = Text(
        f"{stock.name} has {what(question.need)} since {stock.versions[first]}; installed is {installed.en}",
        f"{stock.name} 自 {stock.versions[first]} 起才有 {what(question.need)}；当前为 {installed.zh}",
    )
    chosen = stock.versions[last]
    against = opponents(stock.name, chosen, question.facts)
    return offer([Action("pin", stock.name, spec, why=why)], question.facts, 1 + len(against), 0)


def _shown(stock: Shelf) -> Text:
    if stock.assumed:
        return Text(f"{stock.installed} (assumed: the newest)", f"{stock.installed}（假定为最新版）")
    return Text(stock.installed, stock.installed)


def _extras(question: Question, provider: str) -> list[Offer]:
    """The consumer's smallest extra that requires the provider."""
    need, facts = question.need, question.facts
    dist = facts.get(need.consumer) if need.consumer else None
    if dist is None:
        return []
    lines = consumer_lines(question)
    sizes: dict[str, int] = {}
    for extra in extra_names(lines):
        base = {canonicalize_name(r.name) for r in requirements(lines, facts)}
        names = {canonicalize_name(r.name) for r in requirements(lines, facts, extra)} - base
        if provider in names:
            sizes[extra] = len(names)
    if not sizes:
        return []
    extra = min(sizes, key=lambda e: (sizes[e], e))
    spec = f"=={dist.version}" if dist.version else None
    why = Text(
        f"the extra {extra} of {dist.name} asks for {provider}, which has {what(need)}",
        f"{dist.name} 的 extra {extra} 需要含有 {what(need)} 的 {provider}",
    )
    return [offer([Action("install", f"{dist.key}[{extra}]", spec, why=why)], facts, 1, 0)]

"""Settles a binary contract: the provider inside the range that the consumer was built for, or a newer consumer built
for the installed one."""

from __future__ import annotations

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from tts_doctor.model.finding import Action
from tts_doctor.model.text import Text
from tts_doctor.parse.elf import ElfError
from tts_doctor.parse.numpy_abi import numpy_abi
from tts_doctor.propose.candidates import Shelf, nearest, opponents, parsed, requirements, shelf, trimmed, unmet
from tts_doctor.propose.offer import Offer, Question, offer

MOST_LIBRARIES = 6


def settle_binary(question: Question) -> list[Offer]:
    """Offers for `Need(kind="abi", detail="numpy<2")`."""
    need, facts = question.need, question.facts
    spec = _range(need.detail)
    offers: list[Offer] = []
    provider = shelf(need.provider, facts, question.index) if need.provider else None
    if provider and spec is not None:
        fitting = [v for v in provider.versions if spec.contains(v)]
        if fitting:
            chosen = fitting[-1] if parsed(fitting[-1]) < parsed(provider.installed or "0") else fitting[0]
            why = Text(
                f"the binaries of {need.consumer or 'your code'} were built for {need.detail}",
                f"{need.consumer or '你的代码'} 的二进制文件是为 {need.detail} 编译的",
            )
            against = opponents(provider.name, chosen, facts, [need.consumer])
            offers.append(offer([Action("pin", provider.name, str(spec), why=why)], facts, 1 + len(against), 0))
    if need.consumer and provider:
        offers += _rebuilt(question, provider)
    return offers


def _range(detail: str) -> SpecifierSet | None:
    start = next((i for i, c in enumerate(detail) if c in "<>=!~"), None)
    try:
        return SpecifierSet(detail[start:]) if start is not None else None
    except InvalidSpecifier:
        return None


def _rebuilt(question: Question, provider: Shelf) -> list[Offer]:
    """The first newer release of the consumer that was built for the installed provider."""
    need, facts, index = question.need, question.facts, question.index
    stock = shelf(need.consumer, facts, index)
    if not stock.installed or stock.assumed or not provider.installed:
        return []
    above = list(stock.above)

    def test(place: int) -> bool:
        version = stock.versions[place]
        asked = [r for r in requirements(index.requires(stock.name, version), facts) if r.name == provider.name]
        if any(not r.specifier.contains(provider.installed, prereleases=True) for r in asked):
            return False
        if provider.name == "numpy" and parsed(provider.installed).major >= 2:
            return _built_for_numpy_2(question, stock.name, version)
        return bool(asked)

    place = nearest(above, test, above[-1:])
    if place is None:
        return []
    version = stock.versions[place]
    lacking = unmet(stock.name, version, facts, index)
    why = Text(
        f"{stock.name} {version} is the first built for {provider.name} {provider.installed}",
        f"{stock.name} {version} 是首个为 {provider.name} {provider.installed} 编译的版本",
    )
    action = Action("pin", stock.name, f">={trimmed(version)}", why=why)
    return [offer([action], facts, 1 + len(lacking), 1)]


def _built_for_numpy_2(question: Question, name: str, version: str) -> bool:
    """Whether no extension module of the wheel asks for NumPy 1 only; a few of them speak for all."""
    libraries = [p for p in question.look.paths(name, version) if p.endswith(".so") and ".libs/" not in p]
    # The failing file first: it is known to use NumPy's C API, under whatever suffix this version gives it.
    stem = question.need.consumer_file.split(".", 1)[0]
    libraries.sort(key=lambda p: (not (stem and p.startswith(stem)), len(p)))
    for path in libraries[:MOST_LIBRARIES]:
        data = question.index.read(name, version, path)
        try:
            kind = numpy_abi(data) if data else ""
        except ElfError:
            continue
        if kind:
            return kind == "2"
    return True

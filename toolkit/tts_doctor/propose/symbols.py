"""Settles a lacking symbol: the consumer's release that was built for the installed provider, by its metadata or its
bytes; else the provider's release that was current when the consumer was built.

Releases that are built against each other appear within days of each other: so those uploaded nearest to the
provider's installed release are looked at first.
"""

from __future__ import annotations

from datetime import datetime

from packaging.specifiers import SpecifierSet

from tts_doctor.model.finding import Action
from tts_doctor.model.text import Text
from tts_doctor.parse.elf import ElfError, parse_elf
from tts_doctor.parse.elf_symbols import dynamic_symbols
from tts_doctor.parse.mangled import family
from tts_doctor.propose.candidates import Shelf, claims, opponents, parsed, release_date, requirements, shelf, unmet
from tts_doctor.propose.offer import Offer, Question, offer

MOST_RELEASES = 8
MOST_OFFERS = 2


def settle_symbols(question: Question) -> list[Offer]:
    """Offers for `Need(kind="symbol")`; what the patient's libraries export is in `Facts.linkage`."""
    need, facts = question.need, question.facts
    consumer, provider = (shelf(name, facts, question.index) for name in (need.consumer, need.provider))
    found = _consumers(question, consumer, provider)
    return found + _providers(question, consumer, provider, sure=not found)


def _consumers(question: Question, consumer: Shelf, provider: Shelf) -> list[Offer]:
    facts, index = question.facts, question.index
    date = release_date(provider.name, provider.installed.partition("+")[0], index)
    found: list[Offer] = []
    for place in _by_distance(consumer, date)[:MOST_RELEASES]:
        version = consumer.versions[place]
        if parsed(version) == parsed(consumer.installed) or not _fits(question, consumer.name, version, provider):
            continue
        lacking = unmet(consumer.name, version, facts, index)
        why = Text(
            f"{consumer.name} {version} finds its symbols in {provider.name} {provider.installed}",
            f"{consumer.name} {version} 能在 {provider.name} {provider.installed} 中找到所需符号",
        )
        action = Action("pin", consumer.name, f"=={version}", why=why)
        found.append(offer([action], facts, 1 + len(lacking), 1))
        if len(found) == MOST_OFFERS:
            break
    return found


def _by_distance(stock: Shelf, date: str) -> list[int]:
    """Places, those uploaded nearest to `date` first; nearest to the installed version where the index has no dates."""
    when = _day(date)
    days = {place: _day(uploaded) for place, uploaded in enumerate(stock.uploaded)}
    if when is None or None in days.values():
        return sorted(days, key=lambda place: abs(place - stock.place))
    return sorted(days, key=lambda place: abs((days[place] or 0.0) - when))


def _day(date: str) -> float | None:
    try:
        return datetime.fromisoformat(date[:19]).timestamp() / 86400
    except ValueError:
        return None


def _fits(question: Question, name: str, version: str, provider: Shelf) -> bool:
    """Whether that version was built for the installed provider: its metadata says so, or all its symbols are there."""
    asked = SpecifierSet()
    for requirement in requirements(question.index.requires(name, version), question.facts):
        if requirement.name == provider.name:
            asked &= requirement.specifier
    if not asked.contains(provider.installed, prereleases=True):
        return False
    return any(s.operator == "==" for s in asked) or bool(_finds_all(question, name, version))


def _finds_all(question: Question, name: str, version: str) -> bool | None:
    """Whether the library that failed finds, in this version, what it wants in what is installed; None where untold.

    Only symbols of the families that were lacking are compared: others may come from libraries of the wheel itself.
    """
    need = question.need
    stem = need.consumer_file.split(".", 1)[0]
    path = next((p for p in question.look.paths(name, version) if p.split(".", 1)[0] == stem and ".so" in p), "")
    data = question.index.read(name, version, path) if path else None
    if data is None:
        return None
    try:
        elf, undefined = parse_elf(data), dynamic_symbols(data).undefined
    except ElfError:
        return None
    link = next((k for k in question.facts.linkage if k.name == need.name), None)
    if link and link.kind == "version":
        soname = link.copies[0].soname
        return all(version in link.exported for library, version in elf.version_needs if library == soname)
    lacking = link.lacking if link else ()
    families = {family(symbol) for symbol in lacking} - {""}
    exported = link.exported if link else frozenset()
    compared = (s for s in undefined if s in lacking or family(s) in families)
    return need.name not in elf.needed and all(s in exported for s in compared)


def _providers(question: Question, consumer: Shelf, provider: Shelf, sure: bool) -> list[Offer]:
    """What the consumer's own metadata asks for; else what was current when it was built."""
    facts, index = question.facts, question.index
    asked = claims(provider.name, facts).get(consumer.name, SpecifierSet())
    if not asked.contains(provider.installed, prereleases=True):
        spec = str(asked)
        why = Text(
            f"{consumer.name} {consumer.installed} was built for it",
            f"{consumer.name} {consumer.installed} 是为它编译的",
        )
        fitting = [v for v in provider.versions if asked.contains(v)]
    elif sure:
        then = provider.as_of(release_date(consumer.name, consumer.installed, index))
        fitting = [provider.versions[then]] if then is not None and then != provider.place else []
        spec = f"=={fitting[0]}" if fitting else ""
        why = Text(
            f"it was current when {consumer.name} {consumer.installed} was built",
            f"它是 {consumer.name} {consumer.installed} 编译时的最新版",
        )
    else:
        return []
    if not fitting:
        return []
    against = opponents(provider.name, fitting[-1], facts, [consumer.name])
    return [offer([Action("pin", provider.name, spec, why=why)], facts, 1 + len(against), 3 if sure else 2)]

"""An installed distribution requires another one that is missing, or in another version than the one installed.

What `pip check` says. Most environments live happily with some of it, so by itself it is a note; where provider and
consumer both occur in the symptom it is the likely cause, and the metadata name the repair: the specifier that was
broken. The requirements of everything else that is installed are kept along with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Distribution, Facts
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Severity, Treatment
from tts_doctor.model.text import Text
from tts_doctor.parse.requires import Wanted, wanted_by
from tts_doctor.signs.parties import party
from tts_doctor.signs.relevance import concerns, in_frames, in_message

MOST_OF_ONE = 20
"""Findings about one consumer; more say nothing new."""


def find(case: Examination) -> Iterator[Finding]:
    facts = case.facts
    if facts.from_text or not facts.distributions:
        return
    for consumer in facts.by_key.values():
        yield from islice(_unmet(case, consumer), MOST_OF_ONE)


def _unmet(case: Examination, consumer: Distribution) -> Iterator[Finding]:
    for wanted in wanted_by(dict.fromkeys(consumer.requires), case.facts.interpreter):
        provider = case.facts.by_key.get(wanted.name)
        if provider is None:
            yield _finding(case, consumer, wanted, "")
        elif provider.version and not provider.damage and wanted.admits(provider.version) is False:
            yield _finding(case, consumer, wanted, provider.version)


def _finding(case: Examination, consumer: Distribution, wanted: Wanted, installed: str) -> Finding:
    severity, confidence = _weigh(case, consumer, wanted, installed)
    spec = str(wanted.specifier)
    together = _together(case.facts, wanted, installed)
    verb = "pin" if installed else "install"
    why = Text(f"{consumer.key} {consumer.version} requires it", f"{consumer.key} {consumer.version} 需要它")
    narrow = (Action(verb, wanted.name, spec or None, why=why),)
    broad = (Action(verb, wanted.name, together, why=why),) if together and together != spec else ()
    state, state_zh = (
        (f"{installed} is installed", f"当前为 {installed}") if installed else ("it is missing", "但未安装")
    )
    return Finding(
        id="unmet-requirement",
        title=Text(
            f"{consumer.name} requires {wanted.name}{spec}; {state}",
            f"{consumer.name} 需要 {wanted.name}{spec}，{state_zh}",
        ),
        cause=Text(
            f"The metadata of {consumer.name} {consumer.version} ask for {wanted.name}{spec}, and {state}.",
            f"{consumer.name} {consumer.version} 的元数据要求 {wanted.name}{spec}，{state_zh}。",
        ),
        severity=severity,
        confidence=confidence,
        culprits=(
            Culprit(Kind.DISTRIBUTION, wanted.name, installed or None, together or spec or None),
            party(case.facts, consumer.key),
        ),
        evidence=(Evidence("unmet-requirement", consumer.metadata_path, installed or "not installed", wanted.line),),
        treatment=Treatment(broad or narrow, (narrow,) if broad else ()),
    )


def _weigh(case: Examination, consumer: Distribution, wanted: Wanted, installed: str) -> tuple[Severity, float]:
    if case.symptom is None:
        return Severity.NOTE, 0.3
    facts, symptom = case.facts, case.symptom
    provider_spoken = in_message(facts, symptom, wanted.name)
    provider_near = provider_spoken or (bool(installed) and in_frames(facts, symptom, wanted.name))
    consumer_near = concerns(case, [consumer.key])
    if provider_near and consumer_near:
        return Severity.ERROR, 0.85 if provider_spoken else 0.7
    if provider_spoken:
        return Severity.ERROR, 0.6
    if provider_near:
        return Severity.ERROR, 0.4
    return Severity.NOTE, 0.15


def _together(facts: Facts, wanted: Wanted, installed: str) -> str:
    """The specifier that also keeps what every other installed distribution asks of the provider.

    Those that the installed version breaks already are left out, except the one in question: they may contradict it.
    """
    parts = {str(one) for one in wanted.specifier}
    for dist in facts.by_key.values():
        for other in wanted_by(dist.requires, facts.interpreter):
            if other.name != wanted.name or (installed and other.admits(installed) is False):
                continue
            if not _contradicts(wanted.specifier, other.specifier):
                parts |= {str(one) for one in other.specifier}
    return ",".join(sorted(parts))


def _contradicts(one: SpecifierSet, other: SpecifierSet) -> bool:
    """Whether no version that either names satisfies both (a bound's own version and its neighbours are tried)."""
    both = one & other
    edges = []
    for spec in both:
        try:
            version = Version(spec.version.removesuffix(".*"))
        except InvalidVersion:
            return False
        edges += [version, Version(f"{version.base_version}.1"), _below(version)]
    return bool(edges) and not any(both.contains(edge, prereleases=True) for edge in edges)


def _below(version: Version) -> Version:
    """Some version just under this one."""
    numbers = list(version.release)
    while numbers and numbers[-1] == 0:
        numbers.pop()
    if not numbers:
        return Version("0")
    return Version(".".join(map(str, [*numbers[:-1], numbers[-1] - 1, 9999])))

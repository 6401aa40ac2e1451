"""A pair of installed releases that is known to break, though their metadata admits it.

Present where a known bound is exceeded and the failure speaks of it: the message has the name that is missing there
and names or runs through the consumer; for a change that is none of a name, the failure runs through the consumer,
and through the provider or names it. Without a failure nothing is said: what is only used in a rarely called function
does no harm, and what breaks an import is seen by following the imports.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from tts_doctor.knowledge.bounds import bounds_for
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Treatment
from tts_doctor.model.playbook import Bound
from tts_doctor.model.symptom import Symptom
from tts_doctor.model.text import Text
from tts_doctor.signs.parties import chain_text
from tts_doctor.signs.relevance import in_frames, in_message

NAMED, PASSED_THROUGH = 0.7, 0.4


def find(case: Examination) -> Iterator[Finding]:
    if case.symptom is None or not case.symptom.failed:
        return
    for dist in case.facts.by_key.values():
        for bound in bounds_for(dist.key, dist.version):
            if exceeded(bound, case.facts.version(bound.provider)):
                confidence = _told(case.facts, case.symptom, bound)
                if confidence:
                    yield _finding(case.facts, bound, confidence)


def exceeded(bound: Bound, version: str) -> bool:
    """Whether that version of the provider lies beyond the bound; False for none or an unreadable one."""
    try:
        return bool(version) and not SpecifierSet(bound.bound).contains(Version(version), prereleases=True)
    except InvalidVersion:
        return False


def _told(facts: Facts, symptom: Symptom, bound: Bound) -> float:
    """How clearly the failure speaks of the bound; 0 where it does not."""
    runs_through = in_frames(facts, symptom, bound.consumer)
    module, name, keyword = bound.parts
    if not module:
        other = in_frames(facts, symptom, bound.provider) or in_message(facts, symptom, bound.provider)
        return PASSED_THROUGH if runs_through and other else 0.0
    word = re.escape(keyword or name or module)
    if not re.search(rf"(?<!\w){word}(?!\w)", chain_text(symptom)):
        return 0.0
    return NAMED if runs_through or in_message(facts, symptom, bound.consumer) else 0.0


def _finding(facts: Facts, bound: Bound, confidence: float) -> Finding:
    consumer, provider = facts.version(bound.consumer), facts.version(bound.provider)
    return Finding(
        id="known-bound",
        title=Text(
            f"{bound.consumer} {consumer} does not work with {bound.provider} {provider}",
            f"{bound.consumer} {consumer} 不能与 {bound.provider} {provider} 一起工作",
        ),
        cause=Text(
            f"{bound.reason.en}; its metadata does not say so.", f"{bound.reason.zh}；其元数据没有声明这一点。"
        ),
        confidence=confidence,
        culprits=(
            Culprit(Kind.DISTRIBUTION, bound.provider, provider, bound.bound),
            Culprit(Kind.DISTRIBUTION, bound.consumer, consumer),
        ),
        evidence=(
            Evidence("known-bound", bound.file, f"{bound.provider} {provider}", f"{bound.provider}{bound.bound}"),
        ),
        references=(bound.evidence,) if bound.evidence.startswith("https://") else (),
        treatment=Treatment((Action("pin", bound.provider, bound.bound, why=bound.reason),)),
    )

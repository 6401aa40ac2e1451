"""A distribution of the user's own site-packages (~/.local) comes before the environment's, in another version.

Only in environments that are no venv (conda's, system Pythons, containers). Reinstalling in the environment changes
nothing: the user site stays first. Repair: PYTHONNOUSERSITE=1. Worth a note where nothing fails: many people live
with it.
"""

from __future__ import annotations

from collections.abc import Iterator

from tts_doctor.model.examination import Examination
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Severity, Treatment
from tts_doctor.model.text import Text
from tts_doctor.signs.relevance import concerns, weigh


def find(case: Examination) -> Iterator[Finding]:
    facts = case.facts
    hidden = {d.key: d for d in reversed(facts.distributions) if not d.in_user_site}
    for dist in facts.distributions:
        own = hidden.get(dist.key)
        if not dist.in_user_site or own is None or own.version == dist.version:
            continue
        text = case.symptom.text if case.symptom else ""
        folder = facts.interpreter.user_site
        related = bool(folder) and folder in text and concerns(case, [dist.key])
        severity, confidence = weigh(case, related, 0.93, (Severity.NOTE, 0.4))
        yield Finding(
            id="user-site-shadows",
            title=Text(
                f"{dist.name} {dist.version} of the user site hides the environment's {own.version}",
                f"用户目录中的 {dist.name} {dist.version} 遮蔽了环境中的 {own.version}",
            ),
            cause=Text(
                f"{dist.name} {dist.version} in {dist.site} comes before {own.version} in {own.site} on sys.path.",
                f"sys.path 上 {dist.site} 中的 {dist.name} {dist.version} 先于 {own.site} 中的 {own.version}。",
            ),
            severity=severity,
            confidence=confidence,
            culprits=(
                Culprit(Kind.VARIABLE, "PYTHONNOUSERSITE", None, "1"),
                Culprit(Kind.DISTRIBUTION, dist.key, dist.version, own.version),
            ),
            evidence=(Evidence("user-site", dist.metadata_path, dist.version, own.version),),
            treatment=Treatment(
                (
                    Action(
                        "env-var",
                        "PYTHONNOUSERSITE",
                        value="1",
                        why=Text("keeps the user site out of sys.path", "不让用户目录进入 sys.path"),
                    ),
                )
            ),
        )

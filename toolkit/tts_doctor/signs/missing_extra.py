"""The failure speaks of an optional dependency, or of an extra by its name, that is not installed: a parser `lxml`, a
`format` that is not checked.

Looks at the extras that the distributions of the traceback and of the user's own imports declare. A word in common is a
hint and no proof, so it never outranks a cause that is known; extras for developers are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from packaging.utils import canonicalize_name

from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Distribution, Facts
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Treatment
from tts_doctor.model.text import Text
from tts_doctor.parse.requires import Wanted, optional_of
from tts_doctor.signs.parties import chain_text, owner_of_file, party

WORD = re.compile(r"[A-Za-z][\w.-]{2,60}")
FOR_DEVELOPERS = re.compile(r"tests?|testing|docs?|dev|develop|development|lint|all|full|build|typing|types|mypy|ci|qa")
NAMED, ALLUDED = 0.6, 0.35
"""Confidence where the message names the distribution, and where it only has the extra's name among its words."""
MOST = 3


def find(case: Examination) -> Iterator[Finding]:
    if case.symptom is None or not case.symptom.failed:
        return
    words: set[str] = {canonicalize_name(word.rstrip(".-")) for word in WORD.findall(chain_text(case.symptom))}
    found = [finding for dist in _parties(case) for finding in _of(case.facts, dist, words)]
    yield from sorted(found, key=lambda f: -f.confidence)[:MOST]


def _parties(case: Examination) -> Iterator[Distribution]:
    frames = [frame.file for error in (case.symptom.errors if case.symptom else ()) for frame in error.frames]
    names = [owner_of_file(case.facts, file)[0] for file in reversed(frames)]
    yield from filter(None, map(case.facts.get, dict.fromkeys([*filter(None, names), *case.facts.own_imports])))


def _of(facts: Facts, dist: Distribution, words: set[str]) -> Iterator[Finding]:
    for extra, wanted in optional_of(dist.requires, facts.interpreter):
        lacking = [w for w in wanted if facts.get(w.name) is None]
        if not lacking or FOR_DEVELOPERS.fullmatch(extra):
            continue
        named = next((w for w in lacking if w.name in words), None)
        if named:
            action = Action(
                "install",
                named.name,
                str(named.specifier) or None,
                why=Text(f"{dist.name} uses it where it is", f"若已安装，{dist.name} 会使用它"),
            )
            yield _finding(facts, dist, extra, named.name, action, NAMED)
        elif extra in words and extra != dist.key:
            spec = f"=={dist.version}" if dist.version else None
            action = Action("install", f"{dist.key}[{extra}]", spec, why=_brings(lacking))
            yield _finding(facts, dist, extra, lacking[0].name, action, ALLUDED)


def _brings(lacking: Sequence[Wanted]) -> Text:
    names = [each.name for each in lacking]
    return Text(f"brings {', '.join(names)}", f"带来 {'、'.join(names)}")


def _finding(facts: Facts, dist: Distribution, extra: str, name: str, action: Action, confidence: float) -> Finding:
    absent = f"extra {extra}: {name} is absent"
    return Finding(
        id="missing-extra",
        title=Text(
            f"{name} is not installed, an optional dependency of {dist.name}",
            f"未安装 {name}，它是 {dist.name} 的可选依赖",
        ),
        cause=Text(
            f"The failure speaks of what {dist.name} does only with its extra {extra}, of which {name} is missing.",
            f"此失败涉及 {dist.name} 的附加功能 {extra}，而其中的 {name} 没有安装。",
        ),
        confidence=confidence,
        culprits=(Culprit(Kind.DISTRIBUTION, name), party(facts, dist.key)),
        evidence=(Evidence("missing-extra", dist.metadata_path or dist.name, absent, name),),
        treatment=Treatment((action,)),
    )

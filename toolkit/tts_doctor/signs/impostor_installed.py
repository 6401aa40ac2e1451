"""A distribution is installed whose import package is not the one that people expect of the name.

`serial` instead of pyserial, `ttsfrd`'s placeholder, `telegram` instead of python-telegram-bot. Who really wants the
look-alike is not ill: without a symptom that names its module this is a note. Repair: uninstall it, install the real
one where the index has it.
"""

from __future__ import annotations

from collections.abc import Iterator

from tts_doctor.knowledge.impostors import Impostor, impostor
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Distribution
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Severity, Treatment
from tts_doctor.model.text import Text
from tts_doctor.signs.parties import chain_text, party
from tts_doctor.signs.relevance import in_frames, weigh

COMPLAINTS = (
    "has no attribute",
    "cannot import name",
    "No module named",
    "is not a package",
    "unexpected keyword",
    "not callable",
)


def find(case: Examination) -> Iterator[Finding]:
    for dist in case.facts.by_key.values():
        known = impostor(dist.key)
        if known and (not dist.top_level or known.import_name in dist.top_level):
            yield _finding(case, known, dist)


def _finding(case: Examination, known: Impostor, dist: Distribution) -> Finding:
    severity, confidence = weigh(case, _complained(case, known, dist), 0.93, (Severity.NOTE, 0.4))
    installed = case.facts.version(known.real) if known.real else ""
    actions = [Action("uninstall", dist.key, why=known.why)]
    if known.real and installed:
        actions.append(
            Action(
                "reinstall",
                known.real,
                f"=={installed}",
                why=Text("may lack files that both had", "可能缺少两者共有的文件"),
            )
        )
    elif known.real:
        actions.append(
            Action(
                "install",
                known.real,
                why=Text(f"provides the expected module {known.import_name}", f"提供所需的模块 {known.import_name}"),
            )
        )
    culprits = [party(case.facts, dist.key)]
    if known.real:
        culprits.append(Culprit(Kind.DISTRIBUTION, known.real, installed or None))
    return Finding(
        id="impostor-installed",
        title=Text(
            f"{dist.name} is not the {known.import_name} that is meant", f"{dist.name} 并不是所需的 {known.import_name}"
        ),
        cause=Text(
            f"{known.why.en}; {dist.name} {dist.version} is installed.",
            f"{known.why.zh}；当前安装了 {dist.name} {dist.version}。",
        ),
        severity=severity,
        confidence=confidence,
        culprits=tuple(culprits),
        evidence=(
            Evidence(
                "impostor-installed", dist.metadata_path or dist.name, dist.version, known.real or "another source"
            ),
        ),
        treatment=Treatment(tuple(actions)),
    )


def _complained(case: Examination, known: Impostor, dist: Distribution) -> bool:
    """Whether the symptom complains of the module: of a name that it lacks, or of an error inside it."""
    if case.symptom is None:
        return False
    text = chain_text(case.symptom)
    quoted = f"'{known.import_name}" in text or f'"{known.import_name}' in text
    return (quoted and any(words in text for words in COMPLAINTS)) or in_frames(case.facts, case.symptom, dist.key)

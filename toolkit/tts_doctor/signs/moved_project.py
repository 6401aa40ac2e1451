"""A project that was installed editable, and its folder is gone: renamed, moved or deleted.

The installation only points into that folder, so every import of it fails. Where a project of that name is found
nearby, it is installed editable from there; never from the index, which may know a stranger by the same name.
"""

from __future__ import annotations

from collections.abc import Iterator

from packaging.utils import canonicalize_name

from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Distribution
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Severity, Treatment
from tts_doctor.model.surroundings import MovedProject
from tts_doctor.model.text import Text
from tts_doctor.signs.parties import chain_text, party
from tts_doctor.signs.relevance import concerns, weigh


def find(case: Examination) -> Iterator[Finding]:
    for project in case.facts.moved_projects:
        dist = case.facts.get(project.name)
        if dist is not None and dist.editable == project.was:
            yield _finding(case, project, dist)


def is_lost(case: Examination, module: str) -> bool:
    """Whether the import name is one of a project whose folder is gone."""
    top = module.partition(".")[0]
    return any(
        top in project.modules or canonicalize_name(top) == project.name or top in dist.top_level
        for project in case.facts.moved_projects
        if (dist := case.facts.get(project.name)) is not None and dist.editable == project.was
    )


def _finding(case: Examination, project: MovedProject, dist: Distribution) -> Finding:
    text = chain_text(case.symptom) if case.symptom else ""
    related = concerns(case, [project.name]) or any(f"'{name}'" in text for name in project.modules)
    severity, confidence = weigh(case, related, 0.95, (Severity.WARNING, 0.8))
    found = f"; {project.now} holds it now" if project.now else ""
    found_zh = f"；它现在位于 {project.now}" if project.now else ""
    step = Action(
        "reinstall",
        project.name,
        value=project.now,
        why=Text("editable, from where the project lies now", "以可编辑方式，从项目现在的位置安装"),
    )
    return Finding(
        id="moved-project",
        title=Text(
            f"The folder of the editable project {dist.name} is gone", f"可编辑安装的项目 {dist.name} 的目录已不存在"
        ),
        cause=Text(
            f"{dist.name} {dist.version} is installed editable from {project.was}, which is not there any more{found}.",
            f"{dist.name} {dist.version} 以可编辑方式从 {project.was} 安装，而该目录已不存在{found_zh}。",
        ),
        severity=severity,
        confidence=confidence,
        culprits=(party(case.facts, project.name), Culprit(Kind.FILE, project.was)),
        evidence=(Evidence("moved-project", dist.metadata_path, project.was, "a folder that exists"),),
        treatment=Treatment((step,)) if project.now else Treatment(),
    )

"""The project's own folder loses against an installed package of the same name.

A folder without `__init__.py` is searched only where no regular package of its name is found anywhere on the path: so
`pip install utils` hides the project's own `utils/`. Present where the failure misses just what lies in that folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Treatment
from tts_doctor.model.surroundings import HiddenFolder
from tts_doctor.model.text import Text
from tts_doctor.parse.requires import wanted_by
from tts_doctor.signs.parties import owner_of_module, party, weighted_errors

MISSED = (
    re.compile(r"No module named '(?P<package>\w+)\.(?P<name>\w+)"),
    re.compile(r"cannot import name '(?P<name>\w+)' from '(?P<package>\w+)'"),
)


def find(case: Examination) -> Iterator[Finding]:
    if case.symptom is None or not case.symptom.failed:
        return
    for error, weight in weighted_errors(case.symptom):
        folder = hidden_folder(case.facts, error.message)
        if folder:
            yield _finding(case.facts, folder, f"{error.type}: {error.message[:200]}", weight)
            return


def hidden_folder(facts: Facts, message: str) -> HiddenFolder | None:
    """The folder that holds what a message misses, if an installed package hides it."""
    for pattern in MISSED:
        match = pattern.search(message)
        for folder in facts.hidden_folders if match else ():
            if match and folder.name == match["package"] and match["name"] in folder.modules:
                return folder
    return None


def _finding(facts: Facts, folder: HiddenFolder, seen: str, weight: float) -> Finding:
    owner = owner_of_module(facts, folder.name)
    shown = f"{owner} {facts.version(owner)}".strip()
    wishes = {d.key: {w.name for w in wanted_by(d.requires, facts.interpreter)} for d in facts.distributions}
    needed = sorted(name for name, wanted in wishes.items() if owner in wanted)
    return Finding(
        id="hidden-folder",
        title=Text(
            f"The installed {shown} hides the project's own folder {folder.name}",
            f"已安装的 {shown} 遮蔽了项目自己的文件夹 {folder.name}",
        ),
        cause=Text(
            f"{folder.path} has no __init__.py, so Python prefers the package {folder.name} of {shown}.",
            f"{folder.path} 中没有 __init__.py，因此 Python 优先使用 {shown} 的 {folder.name}。",
        ),
        confidence=0.95 * weight,
        culprits=(party(facts, owner), Culprit(Kind.FILE, folder.path)),
        evidence=(Evidence("hidden-folder", folder.path, seen, "the project's own folder is imported"),),
        treatment=_treatment(owner, folder, needed),
    )


def _treatment(owner: str, folder: HiddenFolder, needed: Sequence[str]) -> Treatment:
    if needed:
        why = Text(
            f"{', '.join(needed)} needs {owner}: give the project's folder another name",
            f"{'、'.join(needed)} 需要 {owner}：请给项目的文件夹改名",
        )
        return Treatment((Action("code-change", folder.path, why=why),))
    away = Action("uninstall", owner, why=Text("no installed distribution requires it", "没有已安装的包需要它"))
    mark = Action(
        "patch",
        f"{folder.path}/__init__.py",
        value="",
        why=Text("an empty file makes it a regular package", "空文件使它成为普通包"),
    )
    return Treatment((away,), ((mark,),))

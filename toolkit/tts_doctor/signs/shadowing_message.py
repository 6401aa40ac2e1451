"""A file of the user's own that answers to the name of a standard-library module or of an installed package.

Present where the traceback passes through such a file on the way of an import, or where the message names one as
the source of the name that is missing. The treatment renames the file. Absent where the file merely has such a
name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from tts_doctor.knowledge.stdlib import is_stdlib
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Treatment
from tts_doctor.model.symptom import Error, Frame, Symptom
from tts_doctor.model.text import Text
from tts_doctor.signs.parties import is_own, owner_of_module, party, weighted_errors

_RENAME = re.compile(r"consider renaming '(?P<path>[^']+)'")
_FROM_FILE = re.compile(
    r"(?:from|module) (?:partially initialized module )?'(?P<module>[\w.]+)'[^\n]*?\((?:most likely[^)]*\) "
    r"\()?(?P<path>/[^)\n]+\.py)\)"
)
_NO_PACKAGE = re.compile(r"No module named '(?P<module>\w+)[\w.]*'; '(?P<shadow>\w+)' is not a package")
_BLAMES = re.compile(
    r"partially initialized module '(?P<partial>\w+)|module '(?P<module>\w+)[\w.]*' has no attribute|cannot import name"
)
_COMMAND = re.compile(r"^\$ (?:\S*/)?python[\d.]* (?:-\w+ )*(?P<script>[\w./-]+\.py)\b", re.M)


def find(case: Examination) -> Iterator[Finding]:
    if case.symptom is None:
        return
    for error, weight in weighted_errors(case.symptom):
        path, confidence = _shadow(case.facts, error)
        if path:
            yield _finding(case.facts, case.symptom, error, path, confidence * weight)


def _shadow(facts: Facts, error: Error) -> tuple[str, float]:
    """The file that shadows, and how sure that is."""
    if (m := _RENAME.search(error.message)) and is_own(facts, m["path"]):
        return m["path"], 0.98
    if (m := _FROM_FILE.search(error.message)) and is_own(facts, m["path"]) and _taken(facts, _stem(m["path"])):
        return m["path"], 0.96
    blamed = _BLAMES.search(error.message)
    for before, frame in zip((None, *error.frames), error.frames, strict=False):
        if not is_own(facts, frame.file) or not _taken(facts, _stem(frame.file)):
            continue
        if before is not None and not is_own(facts, before.file) and _imports(before, _stem(frame.file)):
            return frame.file, 0.97
        if blamed and (blamed["partial"] or blamed["module"]) == _stem(frame.file):
            return frame.file, 0.95
    if m := _NO_PACKAGE.search(error.message):
        own = [f.file for f in error.frames if is_own(facts, f.file) and _stem(f.file) == m["shadow"]]
        folder = next((str(PurePosixPath(f.file).parent) for f in error.frames if is_own(facts, f.file)), "")
        return (own[0] if own else f"{folder}/{m['shadow']}.py" if folder else ""), 0.9
    return "", 0.0


def _stem(path: str) -> str:
    pure = PurePosixPath(path)
    return pure.parent.name if pure.name == "__init__.py" else pure.stem


def _taken(facts: Facts, stem: str) -> bool:
    """Whether the standard library or an installed distribution provides a module of that name."""
    owner = owner_of_module(facts, stem)
    return is_stdlib(stem, facts.interpreter.minor) or bool(facts.owners.get(stem)) or bool(owner and facts.get(owner))


def _imports(frame: Frame, stem: str) -> bool:
    return bool(re.search(rf"\b(?:import|from)\b.*\b{re.escape(stem)}\b", frame.code)) or not frame.code


def _shown(facts: Facts, symptom: Symptom, error: Error, path: str) -> str:
    """As the user would write it: relative to the folder that the pasted command was run in; absolute for a real
    patient.
    """
    if not facts.from_text:
        return path
    command = _COMMAND.search(symptom.text)
    script = command["script"] if command else ""
    for frame in error.frames:
        if script and not script.startswith("/") and frame.file.endswith(f"/{script}"):
            root = frame.file[: -len(script)]
            return path.removeprefix(root)
    main = next((f.file for f in error.frames if is_own(facts, f.file)), "")
    folder = f"{PurePosixPath(main).parent}/" if main else ""
    return path.removeprefix(folder) if folder else path


def _finding(facts: Facts, symptom: Symptom, error: Error, path: str, confidence: float) -> Finding:
    stem = _stem(path)
    is_package = PurePosixPath(path).name == "__init__.py"
    if is_package and not facts.from_text:  # what lies there is the whole folder
        path = str(PurePosixPath(path).parent)
    name = f"{stem}/" if is_package and facts.from_text else PurePosixPath(path).name
    whose = "the standard library's" if is_stdlib(stem, facts.interpreter.minor) else "the installed"
    whose_zh = "标准库的" if is_stdlib(stem, facts.interpreter.minor) else "已安装的"
    shown = _shown(facts, symptom, error, path)
    return Finding(
        id="shadowing",
        title=Text(f"{shown} hides {whose} {stem}", f"{shown} 遮蔽了{whose_zh} {stem}"),
        cause=Text(
            f"{path} lies where Python looks first, so that whoever imports {stem} gets it instead of {whose} module.",
            f"{path} 位于 Python 最先查找的位置，导入 {stem} 时得到的是它，而不是{whose_zh}模块。",
        ),
        confidence=confidence,
        culprits=(Culprit(Kind.FILE, name), *(party(facts, dist.key) for dist in facts.owners.get(stem, ()))),
        evidence=(Evidence("shadowing", path, f"{error.type}: {error.message[:200]}", f"{stem} is {whose} one"),),
        treatment=Treatment(
            (Action("rename", shown, why=Text(f"any name that is not {stem}", f"改成 {stem} 以外的任何名称")),)
        ),
    )

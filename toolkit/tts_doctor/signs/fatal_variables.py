"""A variable of the caller's environment keeps the interpreter from starting, or puts foreign modules before its own.

PYTHONHOME that names a folder without this Python's standard library, LD_PRELOAD or LD_LIBRARY_PATH with libraries
that it cannot use, PYTHONPATH with modules named like those of the standard library. The errors never name the
variable: "No module named 'encodings'" is typical. Repair: unset it; of PYTHONPATH only the guilty folder goes.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from tts_doctor.model.examination import Examination
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Severity, Treatment
from tts_doctor.model.text import Text
from tts_doctor.signs.relevance import weigh

NEEDED_AT_START = frozenset(
    {"encodings", "codecs", "io", "abc", "os", "site", "stat", "posixpath", "genericpath", "types"}
)


def find(case: Examination) -> Iterator[Finding]:
    yield from _fatal(case)
    yield from _shadows(case)


def _fatal(case: Examination) -> Iterator[Finding]:
    for name, said in case.facts.fatal_variables:
        value = case.facts.variables.get(name, "")
        yield Finding(
            id="environment-variable",
            title=Text(f"{name} keeps Python from starting", f"{name} 使 Python 无法启动"),
            cause=Text(
                f"With {name}={value} this interpreter does not start ({said.en}); without it, it does.",
                f"设置 {name}={value} 时该解释器无法启动（{said.zh}）；去掉该变量即可启动。",
            ),
            severity=Severity.ERROR,
            confidence=0.97,
            culprits=(Culprit(Kind.VARIABLE, name, value),),
            evidence=(Evidence("fatal-variables", f"{name}={value}", said.en, "the interpreter starts"),),
            treatment=Treatment(
                (
                    Action(
                        "env-var",
                        name,
                        value=None,
                        why=Text("the interpreter starts without it", "没有它解释器便能启动"),
                    ),
                )
            ),
        )


def _shadows(case: Examination) -> Iterator[Finding]:
    by_folder: dict[str, list[tuple[str, str]]] = {}
    for module, path in case.facts.stdlib_shadows:
        folder = posixpath.dirname(path.removesuffix("/__init__.py"))
        by_folder.setdefault(folder, []).append((module, path))
    for folder, found in by_folder.items():
        text = case.symptom.text if case.symptom else ""
        seen = [(module, path) for module, path in found if path in text or path.removesuffix("/__init__.py") in text]
        at_start = any(module in NEEDED_AT_START for module, _ in found)
        alone = (Severity.ERROR, 0.8) if at_start else (Severity.NOTE, 0.3)
        severity, confidence = weigh(case, bool(seen), 0.92, alone)
        module, path = (seen or found)[0]
        yield Finding(
            id="pythonpath-shadows-stdlib",
            title=Text(
                f"PYTHONPATH puts another {module} before the standard library's",
                f"PYTHONPATH 使另一个 {module} 排在标准库之前",
            ),
            cause=Text(
                f"{path} comes before the standard library's {module}, because PYTHONPATH names {folder}.",
                f"PYTHONPATH 包含 {folder}，因此 {path} 排在标准库的 {module} 之前被导入。",
            ),
            severity=severity,
            confidence=confidence,
            culprits=(
                Culprit(Kind.VARIABLE, "PYTHONPATH", case.facts.variables.get("PYTHONPATH")),
                Culprit(Kind.FILE, path),
            ),
            evidence=(Evidence("fatal-variables", path, f"shadows {module}", "the standard library's module"),),
            treatment=Treatment(
                (
                    Action(
                        "env-var",
                        "PYTHONPATH",
                        value=_without(case, folder),
                        why=Text("keeps the folder out", "把该目录排除在外"),
                    ),
                )
            ),
        )


def _without(case: Examination, folder: str) -> str | None:
    """PYTHONPATH without `folder`, None where nothing is left."""
    parts = case.facts.variables.get("PYTHONPATH", "").split(":")
    base = case.facts.cwd or "/"
    kept = [p for p in parts if posixpath.normpath(posixpath.join(base, p)) != posixpath.normpath(folder)]
    return ":".join(kept) or None

"""Reads the user's list from files (requirements, pyproject.toml, a pasted page) with everything that they include."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tts_doctor.effects.read_input import read_log
from tts_doctor.errors import UsageError
from tts_doctor.model.lock import ListLine, RequirementList
from tts_doctor.model.text import Text
from tts_doctor.parse.pasted_list import looks_pasted, read_pasted
from tts_doctor.parse.project_file import read_project
from tts_doctor.parse.requirements_file import Include, Item, Option, read_requirements

DEEPEST = 20
MOST = 20_000
"""Lines of all lists together, every inclusion counted; the longest real ones have some thousands."""


@dataclass
class _Reading:
    lines: list[ListLine] = field(default_factory=list)
    constraints: list[ListLine] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    pythons: tuple[str, ...] = ()
    notes: list[Text] = field(default_factory=list)
    rows: int = 0


def read_list(paths: Sequence[str], cwd: str) -> RequirementList:
    """Everything that the files ask for, in order; `-` is standard input. Raises UsageError."""
    found = _Reading()
    for path in paths:
        _read(path, cwd, found, ())
    if not found.lines:
        raise UsageError(f"{', '.join(paths)}: no requirement", f"{'、'.join(paths)}：没有任何依赖")
    return RequirementList(
        tuple(found.lines), tuple(found.constraints), tuple(found.options), found.pythons, tuple(found.notes)
    )


def _read(path: str, cwd: str, found: _Reading, inside: tuple[str, ...], constraint: bool = False) -> None:
    place = path if path == "-" else os.path.normpath(os.path.join(cwd, path))
    if place in inside or len(inside) > DEEPEST:
        raise UsageError(f"{path} includes itself", f"{path} 包含了它自己")
    text, gaps = read_log(place)
    shown = "standard input" if path == "-" else path
    found.rows += 1 + sum(1 for row in text.splitlines() if row[:1] not in ("", " ", "\t", "#"))
    if gaps or found.rows > MOST:
        raise UsageError(f"{shown} is too long for a list of requirements", f"{shown} 过长，不是依赖清单")
    if os.path.basename(place) == "pyproject.toml":
        lines, found.pythons = read_project(text, shown)
        found.lines += lines
        return
    if not inside and looks_pasted(text):
        lines, notes = read_pasted(text, shown)
        found.lines += lines
        found.notes += notes
        return
    folder = cwd if path == "-" else os.path.dirname(place)
    for item in read_requirements(text, shown):
        _take(item, folder, found, (*inside, place), constraint)


def _take(item: Item, folder: str, found: _Reading, inside: tuple[str, ...], constraint: bool) -> None:
    if isinstance(item, Include):
        if "://" in item.path:
            raise UsageError(
                f"{inside[-1]}:{item.number}: {item.path} is not fetched from the network",
                f"{inside[-1]}:{item.number}：不从网络读取 {item.path}",
            )
        if not Path(folder, item.path).is_file():
            raise UsageError(
                f"{inside[-1]}:{item.number}: no file {item.path}", f"{inside[-1]}:{item.number}：没有文件 {item.path}"
            )
        _read(item.path, folder, found, inside, constraint or item.constraint)
    elif isinstance(item, Option):
        if item.used:
            found.options.append(_absolute(item.text, folder))
        else:
            found.notes.append(Text(f"{item.text} plays no part in a lock", f"{item.text} 与锁定无关，已忽略"))
    else:
        target = found.constraints if constraint else found.lines
        target.append(item if item.name else replace(item, text=_absolute_path(item.text, folder)))


def _absolute(option: str, folder: str) -> str:
    """Links to a folder are relative to the file that names them."""
    word, _, value = option.replace("=", " ", 1).partition(" ")
    if word in ("-f", "--find-links") and "://" not in value:
        return f"--find-links {os.path.join(folder, value.strip())}"
    return option


def _absolute_path(text: str, folder: str) -> str:
    word, _, rest = text.partition(" ")
    if word in ("-e", "--editable"):
        return f"-e {_absolute_path(rest.strip(), folder)}"
    return text if "://" in text else os.path.join(folder, text)

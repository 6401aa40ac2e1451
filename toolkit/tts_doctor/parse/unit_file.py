"""A systemd service unit and its drop-ins -> what starts the service; a changed deployment -> one more drop-in.

Knows ExecStart, Environment, EnvironmentFile, WorkingDirectory and MemoryMax; never asks systemd and reads no file.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tts_doctor.model.deployment import Deployment

PREFIXES = "-@:+!"
SIZES = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


@dataclass(frozen=True)
class Unit:
    """The [Service] section, later files over earlier ones."""

    command: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    files: tuple[str, ...] = ()
    """EnvironmentFile=, whose values win over `variables`."""
    folder: str = "/"
    memory: int = 0


def read_unit(texts: Sequence[str]) -> Unit:
    """The unit file's text, then those of its drop-ins by name."""
    command: tuple[str, ...] = ()
    variables: dict[str, str] = {}
    files: list[str] = []
    folder, memory = "/", 0
    for key, value in (pair for text in texts for pair in _pairs(text)):
        if key == "ExecStart":
            command = _words(value.lstrip(PREFIXES)) if not command or not value else command
        elif key == "Environment":
            variables = {**variables, **dict(_assignments(value))} if value else {}
        elif key == "EnvironmentFile":
            files = [*files, value.lstrip("-")] if value else []
        elif key == "WorkingDirectory":
            folder = value.lstrip("-") or "/"
        elif key == "MemoryMax":
            memory = _bytes(value)
    return Unit(command, tuple(variables.items()), tuple(files), folder, memory)


def drop_in(before: Deployment, after: Deployment, said: str) -> str:
    """The text of a drop-in that makes `before` `after`; `said` is its comment."""
    lines = [f"# {said}", "[Service]"]
    if after.command != before.command:
        lines += ["ExecStart=", "ExecStart=" + " ".join(_word(word) for word in after.command)]
    old = dict(before.variables)
    for name, value in after.variables:
        if old.get(name) != value:
            lines.append(f"Environment={_word(f'{name}={value}', always=True)}")
    if after.limit("memory") != before.limit("memory"):
        lines.append(f"MemoryMax={after.limit('memory')}")
    return "\n".join(lines) + "\n"


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """Key and value of [Service]; a backslash at a line's end goes on."""
    section = ""
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        line = line.strip()
        if line.startswith("["):
            section = line
        elif section == "[Service]" and "=" in line and line[0] not in "#;":
            key, _, value = line.partition("=")
            yield key.strip(), value.strip()


def _words(value: str) -> tuple[str, ...]:
    try:
        return tuple(word.replace("%%", "%").replace("$$", "$") for word in shlex.split(value))
    except ValueError:
        return ()


def _assignments(value: str) -> Iterator[tuple[str, str]]:
    for word in _words(value):
        name, mark, text = word.partition("=")
        if mark:
            yield name, text


def _word(word: str, always: bool = False) -> str:
    escaped = word.replace("%", "%%")
    if not always and re.fullmatch(r"[\w@%+=:,./${}()-]+", escaped):
        return escaped
    return '"' + escaped.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _bytes(value: str) -> int:
    match = re.fullmatch(r"(\d+)([KMGT]?)", value)
    return int(match[1]) * SIZES[match[2]] if match else 0

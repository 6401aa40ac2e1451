"""How the servers that are known spell their settings. Data lies in `data/servers.yaml`; asks no process."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from tts_doctor.knowledge.load_data import load_data

MODULE = "-m"


@dataclass(frozen=True)
class Spelling:
    """Where a setting may be written; `inner` are flags that stand in `arguments` alone."""

    flags: tuple[str, ...] = ()
    inner: tuple[str, ...] = ()
    arguments: str = ""
    variable: str = ""
    part: str = ""
    """`port` or `host`: the value is HOST:PORT, and this is the part that counts."""
    default: str = ""


def spelling(command: Sequence[str], setting: str) -> Spelling:
    """How the server that `command` starts spells `setting`; an empty one where that is not known."""
    table = load_data("servers.yaml")
    row = table[server_of(command)].get(setting, {})
    lists = {key: tuple(row[key]) for key in ("flags", "inner") if key in row}
    return Spelling(**{**row, **lists})


def server_of(command: Sequence[str]) -> str:
    """The server's name in the table; `any` for others."""
    table = load_data("servers.yaml")
    words = [part for word in command for part in _split(word)]
    for word, after in zip(words, (*words[1:], ""), strict=True):
        name = after if word == MODULE else word.rsplit("/", 1)[-1]
        name = name.partition(".")[0].replace("_", "-")
        if name in table and name != "any":
            return name
    return "any"


def _split(word: str) -> list[str]:
    """What `sh -c` is given is a command too."""
    try:
        return shlex.split(word) if " " in word else [word]
    except ValueError:
        return [word]

"""Files of `NAME=value` lines, as systemd's EnvironmentFile= and Docker's --env-file read them. Expands nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

ASSIGNMENT = re.compile(r"^\s*(?:export\s+)?(?P<name>[A-Za-z_]\w*)=(?P<value>.*)$")
PLAIN = re.compile(r"[\w@%+=:,./-]*", re.ASCII)


def read_settings(text: str) -> tuple[tuple[str, str], ...]:
    """Name and value in the file's order, the last of a name alone; comments and other lines are passed over."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        if match := ASSIGNMENT.match(line):
            found[match["name"]] = _unquoted(match["value"].strip())
    return tuple(found.items())


def with_settings(text: str, wanted: Sequence[tuple[str, str]]) -> str:
    """The same file with other values: a name's last line is replaced, new names follow at the end."""
    lines = text.splitlines(keepends=True)
    places = {match["name"]: n for n, line in enumerate(lines) if (match := ASSIGNMENT.match(line))}
    known = dict(read_settings(text))
    added = []
    for name, value in wanted:
        if known.get(name) == value:
            continue
        if name in places:
            lead = "export " if lines[places[name]].lstrip().startswith("export ") else ""
            lines[places[name]] = f"{lead}{name}={_quoted(value)}\n"
        else:
            added.append(f"{name}={_quoted(value)}\n")
    if added and lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    return "".join((*lines, *added))


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        inner = value[1:-1]
        return inner if value[0] == "'" else re.sub(r'\\(["\\$`])', r"\1", inner)
    return value


def _quoted(value: str) -> str:
    """Only where it must be: Docker keeps the quotes of an --env-file."""
    if PLAIN.fullmatch(value) or not any(mark in value for mark in " \t#\"'\\"):
        return value
    return '"' + re.sub(r'(["\\$`])', r"\\\1", value) + '"'

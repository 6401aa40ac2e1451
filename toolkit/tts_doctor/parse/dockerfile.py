"""A Dockerfile's text as instructions: continuations, heredocs, comments, flags, exec and shell form.

What is not understood stays an instruction with its text; joining all sources gives the text back. Judges nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable

from tts_doctor.model.dockerfile import Dockerfile, Edit, Instruction
from tts_doctor.parse.plain_data import json_of

DIRECTIVE = re.compile(r"^#\s*(\w+)\s*=(.*)")
KEYWORD = re.compile(r"^\s*([A-Za-z]+)(?:\s+|$)")
FLAG = re.compile(r"(--[a-z][\w-]*(?:=\S*)?)\s+")
HEREDOC = re.compile(r"<<(-?)([\"']?)([A-Za-z_]\w*)\2")
WITH_HEREDOC = frozenset({"RUN", "COPY", "ADD"})


def parse_dockerfile(text: str) -> Dockerfile:
    """Never fails: an empty text has no instructions."""
    rows = text.splitlines(keepends=True)
    escape = _escape(rows)
    plain, stripped = _places(row.rstrip("\r\n") for row in rows), _places(row.strip() for row in rows)
    found: list[Instruction] = []
    place = 0
    while place < len(rows):
        end = place + 1
        if rows[place].strip() and not rows[place].lstrip().startswith("#"):
            end = _end(rows, place, escape)
            last, bodies = _heredocs(rows, place, end, (plain, stripped))
            found.append(_instruction(rows[place:end], rows[place:last], place + 1, escape, bodies))
            end = last
        else:
            found.append(Instruction("", rows[place], place + 1))
        place = end
    return Dockerfile(tuple(found))


def edited(file: Dockerfile, edits: Iterable[Edit]) -> Dockerfile:
    """The file with these changes; what was changed keeps its line number, what was added has none."""
    before: dict[int, str] = {}
    instead: dict[int, str] = {}
    after: dict[int, str] = {}
    for edit in edits:
        if edit.where == "instead":
            instead[edit.at] = edit.source
        else:
            kept = before if edit.where == "before" else after
            kept[edit.at] = kept.get(edit.at, "") + edit.source
    found: list[Instruction] = []
    for place, one in enumerate(file.instructions):
        found += parse_dockerfile(_whole(before.get(place, ""))).instructions
        if place in instead:
            again = parse_dockerfile(_whole(instead[place])).instructions
            found += [_numbered(i, one.line if n == 0 else 0) for n, i in enumerate(again)]
        else:
            found.append(one if place not in after else _numbered(_ended(one), one.line))
        found += [_numbered(i, 0) for i in parse_dockerfile(_whole(after.get(place, ""))).instructions]
    return Dockerfile(tuple(found))


def _numbered(one: Instruction, line: int) -> Instruction:
    return Instruction(one.keyword, one.source, line, one.value, one.flags, one.exec_form, one.heredocs)


def _ended(one: Instruction) -> Instruction:
    return Instruction(one.keyword, _whole(one.source), one.line, one.value, one.flags, one.exec_form, one.heredocs)


def _whole(source: str) -> str:
    return source if not source or source.endswith("\n") else source + "\n"


def _escape(rows: list[str]) -> str:
    for row in rows:
        match = DIRECTIVE.match(row)
        if not match:
            break
        if match[1].lower() == "escape":
            return "`" if match[2].strip() == "`" else "\\"
    return "\\"


def _end(rows: list[str], place: int, escape: str) -> int:
    """Index past the instruction's last line. A comment or an empty line does not end a continuation."""
    while place < len(rows):
        row = rows[place]
        place += 1
        if not row.lstrip().startswith("#") and row.strip() and not row.rstrip().endswith(escape):
            break
    return place


def _places(rows: Iterable[str]) -> dict[str, list[int]]:
    """Where each row stands, ascending: the words that end heredocs are looked up and not searched each time."""
    found: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        found.setdefault(row, []).append(place)
    return found


def _heredocs(
    rows: list[str], place: int, end: int, ends: tuple[dict[str, list[int]], dict[str, list[int]]]
) -> tuple[int, tuple[str, ...]]:
    """`ends`: places of the rows as they are, and stripped (for `<<-`)."""
    head = "".join(rows[place:end])
    keyword = KEYWORD.match(head)
    if not keyword or keyword[1].upper() not in WITH_HEREDOC:
        return end, ()
    bodies = []
    for match in HEREDOC.finditer(head):
        places = ends[1 if match[1] else 0].get(match[3], [])
        next_one = bisect_left(places, end)
        if next_one == len(places):  # no terminator: `<<` meant something else
            return place + len(head.splitlines()), ()
        bodies.append("".join(rows[end : places[next_one]]))
        end = places[next_one] + 1
    return end, tuple(bodies)


def _instruction(head: list[str], whole: list[str], line: int, escape: str, bodies: tuple[str, ...]) -> Instruction:
    kept = [row.rstrip() for n, row in enumerate(head) if n == 0 or not row.lstrip().startswith("#")]
    joined = "".join(row[: -len(escape)] + " " if row.endswith(escape) else row + " " for row in kept).strip()
    match = KEYWORD.match(joined)
    keyword = match[1].upper() if match else ""
    value = joined[match.end() :] if match else joined
    flags, at = [], 0
    while flag := FLAG.match(value, at):
        flags.append(flag[1])
        at = flag.end()
    value = value[at:]
    return Instruction(keyword, "".join(whole), line, value.strip(), tuple(flags), _words(value.strip()), bodies)


def _words(value: str) -> tuple[str, ...] | None:
    if not value.startswith("["):
        return None
    try:
        found = json_of(value)
    except ValueError:
        return None
    return tuple(found) if isinstance(found, list) and all(isinstance(word, str) for word in found) else None

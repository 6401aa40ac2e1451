"""Requirements in a text pasted from a page: bullets, prose, commands. Says what is a requirement; guesses no name."""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Iterator

from packaging.requirements import InvalidRequirement, Requirement

from tts_doctor.errors import UsageError
from tts_doctor.model.lock import ListLine
from tts_doctor.model.text import Text
from tts_doctor.parse.metadata import is_sane
from tts_doctor.parse.requirements_file import read_line

BULLET = re.compile(r"^\s*(?:[-*+•‣·]|\d+[.)、])\s+")
COMMAND = re.compile(r"(?:^|[\s`$>(])(?:python[\d.]*\s+-m\s+|uv\s+)?pip[\d.]*\s+install\s+(.+)$", re.I)
FENCE = re.compile(r"^\s*(```|~~~)")
PINNED = re.compile(
    r"(?<![A-Za-z0-9._-])[._-]*"
    r"([A-Za-z0-9][A-Za-z0-9._-]{0,120}(?:\[[\w,.\s-]{0,200}\])?\s{0,20}(?:===|==|~=|>=|<=)\s{0,20}[0-9][A-Za-z0-9.*+!_-]*)"
)
"""Bounded and tried once for each word, for a line that never ends."""
REMARK = re.compile(r"(?<!\s)\s+(?:(?:#|--|—|–)\s*|\()")
LONGEST_COMMAND = 16_000
"""Characters; the time that shlex takes grows with the square of a word's length."""
QUOTED = re.compile(r"`([^`]+)`")
VALUED = ("-i", "-f", "-c", "-r", "-t", "-e", "--index-url", "--extra-index-url", "--find-links", "--target")


def looks_pasted(text: str) -> bool:
    """Whether a text is a page's excerpt and no requirements file: it has bullets, fences, back quotes or commands."""
    rows = text.splitlines()
    return any(BULLET.match(r) or FENCE.match(r) or COMMAND.search(r) or "`" in r for r in rows if _not_comment(r))


def read_pasted(text: str, source: str) -> tuple[tuple[ListLine, ...], tuple[Text, ...]]:
    """The requirements in order, and what was passed over. Raises UsageError where there is none."""
    found: list[ListLine] = []
    notes: list[Text] = []
    for number, row in enumerate(text.splitlines(), 1):
        plain = unicodedata.normalize("NFKC", row).strip()
        if not plain or FENCE.match(plain) or not _not_comment(plain):
            continue
        words = list(dict.fromkeys(_requirements(plain)))
        found += [read_line(word, source, number, row) for word in words]
        if not words:
            shown = plain[:80]
            notes.append(Text(f"line {number} names no requirement: {shown}", f"第 {number} 行没有依赖：{shown}"))
    if not found:
        raise UsageError(f"{source} names no requirement", f"{source} 中没有任何依赖")
    return tuple(found), tuple(notes)


def _not_comment(row: str) -> bool:
    return not row.lstrip().startswith("#")


def _requirements(row: str) -> Iterator[str]:
    command = COMMAND.search(row)
    if command:
        yield from _arguments(command[1])
        return
    body = BULLET.sub("", row)
    whole = REMARK.split(body.strip("`,;。 "), maxsplit=1)[0].strip("`,;。 ")
    if _is_requirement(whole):
        yield whole
        return
    quoted = [q.strip() for q in QUOTED.findall(body) if _is_requirement(q.strip())]
    yield from quoted or (re.sub(r"\s+", "", p).rstrip(".-_") for p in PINNED.findall(body))


def _arguments(rest: str) -> Iterator[str]:
    """What one `pip install` names."""
    try:
        words = shlex.split(rest.split("`", 1)[0], comments=True) if len(rest) < LONGEST_COMMAND else rest.split()
    except ValueError:
        words = rest.split()
    skip = False
    for word in words:
        if skip or word.startswith("-"):
            skip = not skip and word in VALUED
            continue
        if word in ("&&", ";", "||", "|"):
            return
        if _is_requirement(word.rstrip(",;。")):
            yield word.rstrip(",;。")
        if word.endswith(";"):
            return


def _is_requirement(text: str) -> bool:
    try:
        return is_sane(text) and bool(Requirement(text))
    except InvalidRequirement:
        return False

"""A shell script that starts a server: reads the one command that does, and changes its words and exported variables.

Understands single lines, continued ones too, and never the shell's control flow: what it does not find stays.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from tts_doctor.knowledge.servers import server_of
from tts_doctor.model.deployment import Deployment

LINE = re.compile(r"(?:[^\n\\]|\\.)+", re.S)
EXPORT = re.compile(
    r"^[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_]\w*)=(?P<value>[^\s;&|]*|'[^'\n]*'|\"[^\"\n]*\")[ \t]*$", re.M
)
UNSAFE = re.compile(r"[;&|<>`]|\$\(")


def read_script(text: str) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """The words of the last line that starts a known server, empty where there is none; and the variables set."""
    lines = list(_servers(text))
    variables = {match["name"]: " ".join(_words(match["value"])) for match in EXPORT.finditer(text)}
    return (tuple(_words(text[slice(*lines[-1])])) if lines else ()), tuple(variables.items())


def write_script(text: str, before: Deployment, after: Deployment) -> str:
    """The script that starts `after`. Raises ValueError where the line cannot be changed word by word."""
    if after.command != before.command:
        begin, end = list(_servers(text))[-1]
        text = text[:begin] + _changed_line(text[begin:end], before.command, after.command) + text[end:]
    old = dict(before.variables)
    for name, value in after.variables:
        if old.get(name) != value:
            text = _with_variable(text, name, value)
    return text


def _servers(text: str) -> Iterator[tuple[int, int]]:
    """Where each line that starts a known server begins and ends."""
    for match in LINE.finditer(text):
        line = match[0]
        if line.strip() and not line.lstrip().startswith("#") and server_of(_words(line)) != "any":
            yield match.span()


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line.replace("\\\n", " "), comments=True)
    except ValueError:
        return []


def _changed_line(line: str, before: tuple[str, ...], after: tuple[str, ...]) -> str:
    if UNSAFE.search(line):
        raise ValueError("the line does more than to start the server")
    for old, new in zip(before, after, strict=False):
        if old != new:
            spelled = next((s for s in (old, shlex.quote(old), f'"{old}"') if _alone(s).search(line)), None)
            if spelled is None:
                raise ValueError(f"{old} is not written as one word")
            line = _alone(spelled).sub(lambda _, new=new: _quoted(new), line, count=1)  # type: ignore[misc]
    added = after[len(before) :]
    return " ".join((line.rstrip(), *map(_quoted, added))) if added else line


def _alone(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\s]){re.escape(word)}(?![^\s])")


def _quoted(word: str) -> str:
    """In double quotes where it holds what the script fills in."""
    return f'"{word}"' if "$" in word else shlex.quote(word)


def _with_variable(text: str, name: str, value: str) -> str:
    new = f"export {name}={shlex.quote(value)}"
    places = [match for match in EXPORT.finditer(text) if match["name"] == name]
    if places:
        return text[: places[-1].start()] + new + text[places[-1].end() :]
    head = re.match(r"(?:#[^\n]*\n)*", text)
    at = head.end() if head else 0
    return f"{text[:at]}{new}\n{text[at:]}"

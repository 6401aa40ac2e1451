"""Blocks of code in Markdown: finds them, runs them, and says where one is not as shown.

- console: each `$ ` line is run by sh and prints what follows it; `...` stands for anything, also nothing
- bash, python: it runs to its end with exit status 0
- json, yaml, toml, ini: it can be read
- sh: a synopsis; the command line's grammar accepts its tts-doctor lines, make has its targets
- text, dockerfile: words and drawings, of which nothing is asked but by the commands beside them

`title="NAME"` after the language writes the block as that file first. A comment may say what a page's examples
want: `<!-- examples: network log -->` (the package index; the folder that STAGES describes).
"""

from __future__ import annotations

import configparser
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import yaml
from markdown_it import MarkdownIt

from tts_doctor.cli import arguments

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
FOLDER = "/srv/app"
"""What pages call the folder that their examples run in."""
WANTS = re.compile(r"^<!-- examples: ([\w ]+) -->$", re.M)
TITLE = re.compile(r'title="([^"]+)"')
VARIES = re.compile(r"\b[0-9a-f]{8}\b|\b\d+(?:\.\d+)? ?(?:s|ms|秒)\b")
"""Receipts' ids and durations."""


@dataclass(frozen=True)
class Block:
    """A fenced block; `where` is `page:line`, `language` is empty for an indented one."""

    where: str
    language: str
    title: str
    text: str


@dataclass(frozen=True)
class Place:
    """Where blocks run: a folder and the variables of whoever types them."""

    folder: Path
    environ: Mapping[str, str]


def blocks(page: Path) -> list[Block]:
    """Every block of code of a page, in order."""
    found = []
    for token in MarkdownIt().parse(page.read_text("utf-8")):
        if token.type in ("fence", "code_block"):
            language, _, rest = token.info.partition(" ")
            title = TITLE.search(rest)
            line = token.map[0] + 1 if token.map else 0
            where = f"{page.relative_to(ROOT)}:{line}"
            found.append(Block(where, language, title[1] if title else "", token.content))
    return found


def wants(page: Path) -> frozenset[str]:
    """What the page's comment asks for."""
    said = WANTS.search(page.read_text("utf-8"))
    return frozenset(said[1].split()) if said else frozenset()


def check(block: Block, place: Place) -> None:
    """Fails with the block's place where it is not true."""
    if block.title:
        file = place.folder / block.title
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block.text, "utf-8")
    ASKED[block.language](block, place)


def _console(block: Block, place: Place) -> None:
    for command, expected in shown(block.text):
        ran = subprocess.run(
            ["sh", "-c", f"exec 2>&1; {command}"], cwd=place.folder, env=dict(place.environ),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600,
        )  # fmt: skip
        lines = [line for line in ran.stdout.splitlines() if not line.endswith(" ...")]
        said = "\n".join(lines).replace(str(place.folder), FOLDER)
        assert pattern(expected).fullmatch(plain(said)), (
            f"{block.where}: $ {command}\n{said}\nis not as documented:\n{expected}"
        )


def shown(text: str) -> list[tuple[str, str]]:
    """(command, expected output) of each `$ ` line."""
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], ""))
        else:
            command, said = found[-1]
            found[-1] = (command, f"{said}{line}\n")
    return found


def plain(said: str) -> str:
    """Words alone: how lines are wrapped depends on the reader's terminal, ids and durations on the run."""
    return " ".join(VARIES.sub("#", said).split())


def pattern(expected: str) -> re.Pattern[str]:
    """`...` matches anything, also spaces beside it."""
    parts = [re.escape(part.strip()) for part in plain(expected).split("...")]
    return re.compile(r"\s?.*\s?".join(parts), re.S)


def _bash(block: Block, place: Place) -> None:
    _run(block, place, ["bash", "-euo", "pipefail", "-c", block.text])


def _python(block: Block, place: Place) -> None:
    _run(block, place, [sys.executable, "-c", block.text])


def _run(block: Block, place: Place, command: list[str]) -> None:
    ran = subprocess.run(
        command, cwd=place.folder, env=dict(place.environ), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=600,
    )  # fmt: skip
    assert ran.returncode == 0, f"{block.where} failed:\n{ran.stdout}{ran.stderr}"


def _synopsis(block: Block, place: Place) -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    for part in re.split(r"[\n|]", re.sub(r"#.*", "", block.text)):
        words = shlex.split(part)
        if words[:1] == ["tts-doctor"]:
            with suppress(SystemExit):  # --help and --version leave
                arguments.parse(words[1:])
        elif words[:1] == ["make"]:
            assert words[1] in targets, f"{block.where}: make has no {words[1]}"


def _readable(read: Callable[[str], object]) -> Callable[[Block, Place], None]:
    def ask(block: Block, place: Place) -> None:
        read(block.text)

    return ask


ASKED: Mapping[str, Callable[[Block, Place], None]] = {
    "console": _console,
    "bash": _bash,
    "python": _python,
    "sh": _synopsis,
    "json": _readable(json.loads),
    "yaml": _readable(yaml.safe_load),
    "toml": _readable(tomllib.loads),
    "ini": _readable(lambda text: configparser.ConfigParser(interpolation=None).read_string(text)),
    "dockerfile": _readable(str),
    "text": _readable(str),
}

"""Lines of styled words, written as plain text or for a terminal. Decides indentation and colour, never content."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tts_doctor.render.visible import visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

STYLES = {
    "bad": "bold red",
    "warn": "bold yellow",
    "good": "bold green",
    "strong": "bold",
    "label": "cyan",
    "dim": "dim",
    "code": "bold cyan",
}
ASCII = str.maketrans({"✓": "+", "✗": "x", "→": "->", "·": "-", "…": "...", "“": '"', "”": '"', "≠": "!=", "≥": ">="})


@dataclass(frozen=True)
class Line:
    """Spans of (text, style name or empty); what is too long for a terminal goes on under `hang` columns."""

    spans: tuple[tuple[str, str], ...] = ()
    indent: int = 0
    hang: int = 0

    @property
    def text(self) -> str:
        return " " * self.indent + "".join(text for text, _ in self.spans)


def line(*spans: str | tuple[str, str], indent: int = 0, hang: int = 0) -> Line:
    """A line of words, each plain or with a style; a word with line breaks in it is kept on one line."""
    pairs = tuple((span, "") if isinstance(span, str) else span for span in spans)
    return Line(tuple((" ".join(text.splitlines()), style) for text, style in pairs), indent, hang)


def paragraph(text: str, style: str = "", indent: int = 0, hang: int = 0) -> Iterator[Line]:
    """One line for each line of `text`."""
    for part in text.splitlines():
        yield Line(((part, style),), indent, hang)


def to_plain(lines: Iterable[Line]) -> str:
    """For pipes and files: no colour and no wrapping."""
    return "".join(f"{visible(item.text).rstrip()}\n" for item in lines)


def to_terminal(lines: Iterable[Line], width: int) -> str:
    """With ANSI colours, wrapped to `width` columns (a Chinese character takes two)."""
    from io import StringIO

    from rich.console import Console
    from rich.text import Text

    out = StringIO()
    console = Console(file=out, force_terminal=True, width=width, highlight=False, color_system="standard", _environ={})
    for item in lines:
        words = Text.assemble(*((visible(text), STYLES.get(style, "")) for text, style in item.spans))
        typed = bool(item.spans) and all(style == "code" for _, style in item.spans)
        rows = [words] if typed else _wrapped(words, console, width - item.indent, item.hang)
        for number, row in enumerate(rows):
            margin = item.indent + (item.hang if number else 0)
            console.print(Text(" " * margin).append_text(row), soft_wrap=True)
    return "".join(f"{written.rstrip()}\n" for written in out.getvalue().splitlines())


def _wrapped(words: Text, console: Console, room: int, hang: int) -> list[Text]:
    """Rows of at most `room` columns, `hang` fewer from the second on. What is to be typed is left to the terminal."""
    rows = list(words.wrap(console, max(20, room)))
    if len(rows) < 2:
        return rows or [words]
    rest = words[len(rows[0].plain) :]
    return [rows[0], *rest.wrap(console, max(20, room - hang))]

"""Finds the import statements that importing a module runs for certain, by the layout of its bytes alone.

Never guesses: where conditions that only a parser could weigh decide, there is no answer.
"""

from __future__ import annotations

import re
from bisect import bisect
from dataclasses import dataclass, field
from typing import NamedTuple

from tts_doctor.parse.condition import Python
from tts_doctor.parse.module_conditions import ALWAYS, MAYBE, NEVER, TRIED, UNCLEAR, fate_of_condition, fate_of_with
from tts_doctor.parse.module_functions import Functions, in_function

WORD = re.compile(rb"import[ \t(\\_]")
BY_NAME = re.compile(rb"import_(?:module|_)\(\s*[\"']")
"""`import_module("…")` and `__import__("…")`, from where their common part begins."""
UNDERSCORE = ord("_")
HEADER = re.compile(
    rb"\n([ \t]*)(?:(?=from[ \t.]|import[ \t])"
    rb"|(?:async[ \t]+)?(def|class|if|elif|else|try|except|finally|for|while|with|match|case)\b([^\n]*))"
)
CAUGHT = re.compile(rb"\b(?:ImportError|ModuleNotFoundError|Exception|BaseException)\b|^[ \t]*:")
ON_ONE_LINE = re.compile(rb"(?:try|if|elif|else|except|finally|with|for|while|class)\b[^#]*:\s*$|[^#]*;\s*$")
STRING = re.compile(
    rb"#[^\n]*|\"\"\"[^\\\"]*(?:(?:\\.|\"(?!\"\"))[^\\\"]*)*\"\"\"|'''[^\\']*(?:(?:\\.|'(?!''))[^\\']*)*'''"
    rb"|\"[^\\\"\n]*(?:\\.[^\\\"\n]*)*\"|'[^\\'\n]*(?:\\.[^\\'\n]*)*'",
    re.DOTALL,
)
SAID = re.compile(rb"[^\n]")
RAISES_AT_ONCE = re.compile(rb":[ \t]*raise\b")
LINE = re.compile(rb"([ \t]*)([^\n]*)\n")
RAISE = re.compile(rb"raise\b")
QUOTES = (b'"""', b"'''")
FATES = {
    b"def": NEVER, b"class": ALWAYS, b"try": TRIED, b"except": MAYBE, b"finally": ALWAYS, b"for": MAYBE,
    b"while": MAYBE, b"match": MAYBE, b"case": MAYBE,
}  # fmt: skip
"""Whether what stands in a block of that kind runs; conditional blocks count as guarded."""
ELSE_OF = {NEVER: ALWAYS, ALWAYS: NEVER, MAYBE: MAYBE, TRIED: MAYBE}
NEWLINE, BACKSLASH = b"\n\\"
NOT_NOW = (b"def", b"except", b"for", b"while", b"match", b"case")
NEXT_STATEMENT = re.compile(rb"\n(?!except\b|else\b|elif\b|finally\b)[^\s#)\]}]")
NO_STATEMENT = frozenset(b" \t\n\r#)]}")
PARTS = (b"except", b"else", b"elif", b"finally")
TRY_PARTS = (b"except", b"else", b"finally")


def executed_imports(text: bytes, python: Python) -> tuple[list[int], bool] | None:
    """Offsets of the import statements that run, and whether there may be others; None where layout cannot tell.

    Newlines enclose `text`.
    """
    found = _executed(text, text, python)
    return _executed(emptied(text), text, python) if found is None else found


def _executed(text: bytes, original: bytes, python: Python) -> tuple[list[int], bool] | None:
    """The same; `text` may have lost its strings, which conditions need."""
    lines = _import_lines(text, original)
    if lines is None:
        return None
    plain, nested, late = lines
    count = len(plain) + len(nested)
    done = 0
    for place in nested:
        if place < done:
            continue
        start = _statement_above(text, place)
        after = NEXT_STATEMENT.search(text, place)
        done = after.start() + 1 if after else len(text)
        reader = _Layout(text, original, python, start, done)
        if not reader.run():
            return None
        plain += reader.found
    plain.sort()
    found = plain if surely_code(text, plain) else outside_strings(text, plain)
    return found, late or len(found) < count


def _import_lines(text: bytes, original: bytes) -> tuple[list[int], list[int], bool] | None:
    """Where the lines begin that are import statements: unindented ones, and those in blocks that are no functions.

    Also whether functions have any.
    """
    plain: list[int] = []
    nested: list[int] = []
    late = False
    last = -1
    functions = Functions(text)
    for found in WORD.finditer(text):
        place, end = found.span()
        if text[end - 1] == UNDERSCORE:
            if _is_by_name(original, place):
                return None
            continue
        if text[place - 1] == NEWLINE:
            if text[place - 2] == BACKSLASH:
                return None
            plain.append(place)
            last = place
            continue
        line = text.rfind(b"\n", 0, place) + 1
        before = text[line:place]
        words = before.lstrip(b" \t")
        if words:
            if words.rstrip().endswith((b":", b";")) and ON_ONE_LINE.match(words):
                return None
            if words[:4] != b"from" or line == last:
                continue
        elif text[line - 2 : line - 1] == b"\\":
            return None
        last = line
        indent = len(before) - len(words)
        if not indent:
            plain.append(line)
        elif not functions.hold(line, indent):
            nested.append(line)
        else:
            late = True
    return plain, nested, late


def _is_by_name(text: bytes, place: int) -> bool:
    return BY_NAME.match(text, place) is not None and not in_function(text, place)


def _statement_above(text: bytes, place: int) -> int:
    """Where the newline stands before the unindented statement that holds the place."""
    end = place - 1
    while end > 0:
        end = text.rfind(b"\n", 0, end)
        if text[end + 1] not in NO_STATEMENT and not text.startswith(PARTS, end + 1):
            return end
    return 0


def surely_code(text: bytes, places: list[int]) -> bool:
    """Whether none of the places can lie in a triple-quoted string."""
    for quotes in QUOTES if places else ():
        done = text.find(quotes, 0, places[-1])
        if done < 0:
            continue
        count = 0
        for place in places:
            if place > done:
                count += text.count(quotes, done, place)
                done = place
            if count % 2:
                return False
    return True


def outside_strings(text: bytes, places: list[int]) -> list[int]:
    """The places that lie in no string and no comment, found out with some effort."""
    spans = [found.span() for found in STRING.finditer(text)]
    starts = [start for start, _ in spans]
    return [p for p in places if not (at := bisect(starts, p)) or spans[at - 1][1] <= p]


def emptied(text: bytes) -> bytes:
    """The text with spaces for what strings and comments say; every line stays where it is."""
    return STRING.sub(lambda found: SAID.sub(b" ", found[0]), text)


def without_strings(text: bytes) -> bytes:
    """The text with every string emptied and every comment gone."""
    return STRING.sub(lambda found: b"" if found[0].startswith(b"#") else b"''", text)


@dataclass
class _Try:
    """One `try` statement that is being passed."""

    indent: int
    guarded: bool = False
    """A failing import in its body is caught, and not only to raise something else."""
    handler: int = -1
    """Where the text of the handler begins that may catch it."""
    clear: bool = True

    def part(self, kind: bytes, header: re.Match[bytes], text: bytes) -> None:
        self.end(text, header.start())
        if kind == b"except" and CAUGHT.search(header[3]) and not RAISES_AT_ONCE.search(header[3]):
            self.handler = header.end() + 1

    def end(self, text: bytes, end: int) -> None:
        """A part of it ends there at the latest."""
        if self.handler >= 0:
            raises = _raises(text, self.handler, end, self.indent)
            self.clear &= raises is not None
            self.guarded |= not raises
        self.handler = -1


def _raises(text: bytes, start: int, end: int, indent: int) -> bool | None:
    """Whether the last statement of an indented block is `raise`; None where that is not clear."""
    if any(text.find(quotes, start, end) >= 0 for quotes in QUOTES):
        return None
    inner, last, seen = -1, False, False
    while start < end and (line := LINE.match(text, start)):
        start = line.end()
        if not line[2] or line[2][0] in NO_STATEMENT:
            continue
        depth = len(line[1])
        if depth <= indent:
            break
        inner = depth if inner < 0 else inner
        if depth == inner:
            last = RAISE.match(line[2]) is not None
            seen |= last
    return None if seen and not last else last


class _Block(NamedTuple):
    """One block; `before` is the one that ended at its header: for `elif` and `else` one of the same statement."""

    indent: int
    kind: bytes
    span: tuple[int, int]
    """Of what stands in its header after that word."""
    before: _Block | None


@dataclass
class _Layout:
    """One pass over the headers of one unindented statement's blocks."""

    text: bytes
    original: bytes
    """The same with its strings."""
    python: Python
    start: int
    end: int
    found: list[int] = field(default_factory=list)
    stack: list[_Block] = field(default_factory=list)
    """The enclosing blocks."""
    tries: list[_Try] = field(default_factory=list)
    tried: list[tuple[int, list[_Try]]] = field(default_factory=list)
    """Imports in the bodies of these."""

    def run(self) -> bool:
        """Fill `found`; False where it is not clear what runs."""
        stack = self.stack
        for header in HEADER.finditer(self.text, self.start, self.end):
            start, end = header.span(1)
            indent = end - start
            kind = header[2]
            before = None
            while stack and stack[-1].indent >= indent:
                before = stack.pop()
            self._leave_tries(indent, kind, start)
            if kind is None:
                if not self._import(end):
                    return False
                continue
            if kind == b"try":
                self.tries.append(_Try(indent))
            elif kind in TRY_PARTS and self.tries and self.tries[-1].indent == indent:
                self.tries[-1].part(kind, header, self.text)
            stack.append(_Block(indent, kind, header.span(3), before))
        self._leave_tries(-1, None, self.end)
        self.found += [place for place, tries in self.tried if not any(each.guarded for each in tries)]
        return all(each.clear for _, tries in self.tried for each in tries)

    def _leave_tries(self, indent: int, kind: bytes | None, end: int) -> None:
        tries = self.tries
        while tries and (indent < tries[-1].indent or (indent == tries[-1].indent and kind not in TRY_PARTS)):
            tries.pop().end(self.text, end)

    def _import(self, place: int) -> bool:
        if not self.stack or self.stack[0].indent:
            return False
        if any(block.kind in NOT_NOW for block in self.stack):
            return True
        fates = {self._fate(block) for block in self.stack}
        if fates & {NEVER, MAYBE}:
            return True
        if UNCLEAR in fates:
            return False
        if TRIED in fates:
            bodies = {block.indent for block in self.stack if block.kind == b"try"}
            self.tried.append((place, [each for each in self.tries if each.indent in bodies]))
        else:
            self.found.append(place)
        return True

    def _fate(self, block: _Block | None) -> str:
        if block is None:
            return UNCLEAR
        if block.kind == b"if":
            return fate_of_condition(self.original, *block.span, self.python)
        if block.kind == b"with":
            return fate_of_with(self.original, block.span[0])
        if block.kind in (b"elif", b"else"):
            before = block.before
            fate = self._fate(before) if before is not None and before.indent == block.indent else UNCLEAR
            if block.kind == b"elif" and fate == NEVER:
                return fate_of_condition(self.original, *block.span, self.python)
            return ELSE_OF.get(fate, UNCLEAR)
        return FATES.get(block.kind, UNCLEAR)

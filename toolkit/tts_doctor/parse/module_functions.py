"""Tells which lines of a module's text stand in a function's body, by the layout of its bytes alone.

Says so only where it is plain; decides nothing about what stands there.
"""

from __future__ import annotations

import re

SIGNATURE_END = re.compile(rb"\)[^\n()]*:[ \t]*(?:#[^\n]*)?\n")
DEEPEST = 40
"""Columns of indentation; what lies deeper is looked for no deeper."""
ENDS: dict[int, re.Pattern[bytes]] = {}


def in_function(text: bytes, place: int) -> bool:
    """Whether a `def` encloses the line of that offset; False also where that is not plain."""
    line = text.rfind(b"\n", 0, place) + 1
    before = text[line:place]
    return Functions(text).hold(line, len(before) - len(before.lstrip(b" \t")))


class Functions:
    """Tells which lines of a text functions hold; asked in the order of the text."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.has_async: bool | None = None
        self.last = (0, -1, False)
        """Place, indentation and answer of the last question: many imports stand in one block."""

    def hold(self, place: int, indent: int) -> bool:
        """Whether a `def` encloses the line that begins at `place`."""
        if not indent:
            return False
        before, depth, answer = self.last
        if depth != indent or indent > DEEPEST or _less_indented(indent - 1).search(self.text, before, place):
            answer = self._look(place, indent)
        self.last = (place, indent, answer)
        return answer

    def _look(self, place: int, indent: int) -> bool:
        """Told by the nearest functions above alone, the deepest first."""
        text = self.text
        if self.has_async is None:
            self.has_async = b"async def " in text
        for depth in range((min(indent, DEEPEST) - 1) // 4 * 4, -1, -4):
            margin = b"\n" + b" " * depth
            start = text.rfind(margin + b"def ", 0, place)
            if self.has_async:
                start = max(start, text.rfind(margin + b"async def ", 0, place))
            if start >= 0 and not _less_indented(depth).search(text, start + 1, place):
                return SIGNATURE_END.search(text, start, place) is not None
        return False


def _less_indented(depth: int) -> re.Pattern[bytes]:
    """A line that ends a block whose header has that indentation; a signature's closing bracket does not."""
    found = ENDS.get(depth)
    if found is None:
        found = ENDS[depth] = re.compile(rb"\n {0,%d}[^\s#)]" % depth)
    return found

"""The start tags of an HTML page, in one pass however broken it is: `html.parser` rescans every tag that nothing ends
(CVE-2025-6069). Decides where tags begin and end, as the HTML standard's tokenizer does; never what they mean.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

OPEN = re.compile(r"<(?:(?P<start>[a-zA-Z][^\s/>]*)|(?P<comment>!--)|[!?/])")
ATTRIBUTE = re.compile(r"""[\s/]*([^\s/>][^\s/>=]*)(?:\s*=\s*("[^"]*"?|'[^']*'?|[^\s>"'][^\s>]*)?)?""")
QUOTES = ("'", '"')
END = re.compile(r"[\s/]*(>?)")
RAW = ("script", "style", "textarea", "title")


def start_tags(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """(lower-case name, lower-case attribute names and their unescaped values); a tag without an end is none."""
    at = 0
    while found := OPEN.search(text, at):
        at = found.end()
        name = (found["start"] or "").lower()
        if found["comment"]:
            at = _behind(text, "-->", at)
        elif not name:
            at = _behind(text, ">", at)
        else:
            values: dict[str, str] = {}
            while attribute := ATTRIBUTE.match(text, at):
                value = attribute[2] or ""
                values.setdefault(attribute[1].lower(), html.unescape(value[1:-1] if value[:1] in QUOTES else value))
                at = attribute.end()
            end = END.match(text, at)
            if end is None or not end[1]:
                return
            at = end.end()
            yield name, values
            if name in RAW:
                closing = re.compile(f"</{name}", re.IGNORECASE).search(text, at)
                at = closing.end() if closing else len(text)


def _behind(text: str, word: str, at: int) -> int:
    """Behind the next `word`, which ends the text where it is missing."""
    found = text.find(word, at)
    return len(text) if found < 0 else found + len(word)

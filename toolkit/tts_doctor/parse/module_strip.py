"""Empties the bodies of functions that importing a module cannot be affected by, so that parsing it costs less.

Works on bytes, keeps every line's number, and gives up (None) rather than guess. Bodies that may bind the module's
names from inside are left as they are.
"""

from __future__ import annotations

import re

HEADER = re.compile(rb"^([ \t]*)(?:async[ \t]+)?def[ \t][^\n]*\n", re.MULTILINE)
HEADER_END = re.compile(rb":[ \t]*(?:#[^\n]*)?\n")
REACHES_OUT = (
    b"global ", b"globals(", b"vars()", b"__all__", b"sys.modules", b"__path__", b"sys.path", b"setattr(", b"exec(",
)  # fmt: skip
SETS_ATTRIBUTE = re.compile(rb"\n[ \t]*(?!self\b|cls\b)\w+(?:\.\w+)+[ \t]*=(?!=)")
STRINGS = re.compile(rb"'[^'\n]*'|\"[^\"\n]*\"|#[^\n]*")
LONGEST_HEADER = 200
BODIES: dict[bytes, re.Pattern[bytes]] = {}


def without_bodies(source: bytes) -> bytes | None:
    """The source with function bodies replaced by `pass`; None where its layout is not plain enough to tell."""
    if b"\f" in source or b"\x00" in source:
        return None
    source = source.replace(b"\r\n", b"\n")
    if b"\r" in source:
        return None
    if not source.endswith(b"\n"):
        source += b"\n"
    words = [word for word in REACHES_OUT if word in source]
    parts: list[bytes] = []
    done = 0
    while header := HEADER.search(source, done):
        start = _body_start(source, header)
        parts.append(source[done:start])
        done = start
        if start == header.end() and not HEADER_END.search(header[0][-400:]):
            continue
        end = _body(header[1]).match(source, start)
        assert end is not None
        body = end[0]
        done = end.end()
        in_string = body.count(b'"""') % 2 or body.count(b"'''") % 2  # that has lines of less indentation
        if in_string or header[0].lstrip().startswith(b"def __getattr__") or _reaches_out(body, words):
            parts.append(body)
        elif body:
            parts.append(header[1] + b" pass" + b"\n" * body.count(b"\n"))
    parts.append(source[done:])
    return b"".join(parts)


def _reaches_out(body: bytes, words: list[bytes]) -> bool:
    for word in words:  # half the time of any()
        if word in body:
            return True
    return SETS_ATTRIBUTE.search(b"\n" + body) is not None


def _body_start(source: bytes, header: re.Match[bytes]) -> int:
    """Where the lines after a function's signature begin; the header's own end for a function on one line."""
    at = header.start()
    lines = 0
    while lines < LONGEST_HEADER:
        end = source.find(b"\n", at) + 1
        if not end:
            break
        text = STRINGS.sub(b"", source[header.start() : end])
        opened = sum(text.count(c) for c in (b"(", b"[", b"{"))
        closed = sum(text.count(c) for c in (b")", b"]", b"}"))
        if opened == closed:
            return end if text.rstrip().endswith(b":") else header.end()
        at = end
        lines += 1
    return header.end()


def _body(indent: bytes) -> re.Pattern[bytes]:
    found = BODIES.get(indent)
    if found is None:
        found = BODIES[indent] = re.compile(rb"(?:" + re.escape(indent) + rb"[ \t][^\n]*\n|[ \t]*\n|[ \t]*#[^\n]*\n)*")
    return found

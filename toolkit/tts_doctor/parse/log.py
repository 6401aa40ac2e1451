"""Undo the decorations of a pasted log: what the program itself printed, line by line.

Decides what is decoration (colours, container and journal prefixes, quotes, HTML, boxes, progress bars); never
interprets what is left. Every pass is linear, and of a huge input the head and the tail are kept.
"""

from __future__ import annotations

import html
import re

HEAD, TAIL = 400_000, 800_000
LONGEST_LINE = 8_000
PASSES = 4
"""Decorations nest (a quoted compose log of a BuildKit log); deeper than this nobody pastes."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f\u200b-\u200f\u2060\ufeff\ud800-\udfff]")
_ESCAPES = re.compile(
    r"(?:\x1b|\\x1b|\\033|\\e|\\u001b|\^\[|␛)\[[0-9;:?]{0,40}[A-Za-z]"
    r"|\x1b\][^\x07\x1b\n]{0,400}(?:\x07|\x1b\\)"
    r"|\x1b[()][A-Z0-9]|\x1b[=>78DEHMNOc]?"
    r"|\[(?:[0-9]{1,3}(?:;[0-9]{1,3}){0,6})m"
    r"|�\[[0-9;]{0,20}m"
)
_QUOTES = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "\u00a0": " ", "\u3000": " ", "\u2028": "\n"})
_HTML_HINT = re.compile(
    r"&(?:amp;)?(?:lt|gt|quot|apos|#39|#x27|#34);|<(?:pre|code|br|span|div|p)\b[^<>\n]{0,200}>", re.I
)
_HTML_TAG = re.compile(
    r"</?(?:pre|code|span|div|p|font|strong|em|table|tbody|tr|td|li|ul|ol|blockquote|details|summary|samp|kbd)"
    r"(?:\s[^<>\n]{0,400})?/?>|</?[ab](?:\s[^<>\n]{0,400})?>",
    re.I,
)
_HTML_BREAK = re.compile(r"<br\s{0,3}/?>", re.I)
_FENCE = re.compile(r"\s*(?:```|~~~)[\w+-]*\s*")
_WHOLE_BAR = re.compile(r"[^|\n]{0,80}?\d{1,3}%\|[^|\n]{0,200}\| ?[\d.]{1,12}[kMG]?/[^\n]{0,80}\[[^\]\n]{0,60}\]\s*")
_BAR = re.compile(
    r"\d{1,3}%\s{0,40}\||[█▉▊▋▌▍▎▏━╸#=]{3,}|\d{1,12}(?:\.\d{1,6})?/\d{1,12}(?:\.\d{1,6})?\s{0,9}[kMG]?B|it/s|ETA|eta \d"
)

_PREFIXES = (
    re.compile(r"#\d{1,4} \d{1,6}\.\d{1,3} ?"),  # BuildKit
    # CRI, docker logs -t
    re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d) (?:std(?:out|err) [FP] )?"),
    re.compile(
        r"(?:(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d|\d{4}-\d\d-\d\d[T ])"
        r" ?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?"
        r"(?:Z|[+-]\d\d:?\d\d)? [\w.:-]{1,80} [\w./@:-]{1,80}(?:\[\d{1,9}\])?: ?"
    ),  # journal, syslog, Heroku
    re.compile(r"\[(?:pod/)?[\w.-]{1,80}/[\w./-]{1,120}\] "),  # kubectl logs --prefix
    re.compile(r"\[?(?:default)?\d*\]?:?\[rank\d{1,4}\]:? ?"),  # torch
    re.compile(r"\((?:[\w.:<>]{1,80} )?pid=\d{1,9}(?:, ip=[\d.]{7,15})?\) "),  # ray
    re.compile(r"E {3}(?=\S)"),  # pytest
)
_COMPOSE = re.compile(r"([A-Za-z][\w.-]{0,80}?)(\s{0,40})\| ?")
_QUOTE = re.compile(r"> ?(?!>>)")
_BOX = re.compile(r"\s{0,8}[│┃║] ?(.*?) ?[│┃║]\s*$")
_LEFT_BAR = re.compile(r"\s{0,4}[│┃║▌] ?")
_BOX_EDGE = re.compile(r"\s*[╭╰┌└┏┗╔╚├┠][─━═┄ ]{2,}.*$|\s*[─━═]{10,}\s*$")
_TRACEBACK = "Traceback (most recent call last)"
_NEW_LINE_STARTS = re.compile(
    r"\s{2,}File \"|\s{4,}\S|Traceback|[A-Za-z_][\w.]{0,80}(?:Error|Exception|Warning)\b"
    r"|During handling|The above exception|\[|\$ "
)


def clean(text: str) -> str:
    """The text without its decorations, newline-separated; at most about a million characters of it (head and
    tail).
    """
    text = _bound(text)
    text = text.replace("\r\n", "\n").replace("\r\r\n", "\n")
    text = _ESCAPES.sub("", text)
    text = _CONTROL.sub("", text).translate(_QUOTES)
    text = _unescape(text)
    lines = [_last_of_overwritten(line) for line in text.split("\n")]
    for _ in range(PASSES):
        before = lines
        lines = _strip_logger(_unbox(_strip_prefixes(lines)))
        if lines == before:
            break
    kept = [line.rstrip() for line in lines if not (line.lstrip()[:1] in "`~" and _FENCE.fullmatch(line))]
    return "\n".join(kept).strip("\n")


def _bound(text: str) -> str:
    if len(text) > HEAD + TAIL:
        text = f"{text[:HEAD]}\n[…]\n{text[-TAIL:]}"
    if len(text) > LONGEST_LINE:
        half = LONGEST_LINE // 2
        lines = text.split("\n")
        text = "\n".join(f"{x[:half]} […] {x[-half:]}" if len(x) > LONGEST_LINE else x for x in lines)
    return text


def _unescape(text: str) -> str:
    if not _HTML_HINT.search(text):
        return text
    text = _HTML_TAG.sub("", _HTML_BREAK.sub("\n", text))
    for _ in range(2):
        text = html.unescape(text)
        if not re.search(r"&(?:lt|gt|quot|apos|#39|#x27);", text):
            break
    return text.translate(_QUOTES)


def _last_of_overwritten(line: str) -> str:
    """What a terminal shows of a line whose carriage returns overwrite it."""
    if "\r" not in line:
        return "" if "%|" in line and _WHOLE_BAR.fullmatch(line) else line
    parts = [part for part in line.split("\r") if part.strip()]
    if not parts:
        return ""
    last_is_text = line.rsplit("\r", 1)[1].strip() or not _BAR.search(parts[-1])
    return parts[-1] if last_is_text else ""


def _strip_prefixes(lines: list[str]) -> list[str]:
    for pattern in _PREFIXES:
        lines = [line[m.end() :] if (m := pattern.match(line)) else line for line in lines]
    return _strip_quotes(_strip_compose(lines))


def _strip_compose(lines: list[str]) -> list[str]:
    """`name-1  | line`: a name counts as a service where it ends in a number or prefixes several lines."""
    matches = [_COMPOSE.match(line) for line in lines]
    seen: dict[str, int] = {}
    for m in matches:
        if m:
            seen[m[1]] = seen.get(m[1], 0) + 1
    full = sum(1 for line in lines if line.strip())
    services = {n for n, count in seen.items() if re.search(r"[-_.]\d+$", n) or (count >= 3 and count * 2 > full)}
    return [line[m.end() :] if m and m[1] in services else line for line, m in zip(lines, matches, strict=True)]


def _strip_quotes(lines: list[str]) -> list[str]:
    if sum(1 for line in lines if _QUOTE.match(line)) >= 2:
        lines = [line[m.end() :] if (m := _QUOTE.match(line)) else line for line in lines]
    full = [line for line in lines if line.strip()]
    barred = sum(1 for line in full if _LEFT_BAR.match(line) and not _BOX.match(line))
    if len(full) >= 3 and barred * 10 >= 8 * len(full):
        lines = [line[m.end() :] if (m := _LEFT_BAR.match(line)) and not _BOX.match(line) else line for line in lines]
    return lines


def _unbox(lines: list[str]) -> list[str]:
    """Take the borders off `│ … │` and rejoin the lines that were broken at the box's width."""
    boxed = [_BOX.match(line) for line in lines]
    if not any(boxed):
        return lines
    width = max(len(m[1]) for m in boxed if m)
    out: list[str] = []
    room = False
    """Whether the line before has room left: then it was not broken."""
    for line, m in zip(lines, boxed, strict=True):
        if not m:
            if not _BOX_EDGE.match(line) or _TRACEBACK in line or "output" in line:
                out.append(line)
            room = True
            continue
        inner = m[1]
        if out and not room and inner and not _NEW_LINE_STARTS.match(inner):
            out[-1] += inner
        else:
            out.append(inner)
        used = len(inner.rstrip())
        room = used < width - 1 or not used
        if used == width - 1:
            out[-1] = out[-1].rstrip() + " "
    return out


def _strip_logger(lines: list[str]) -> list[str]:
    """Where a logger wrote its prefix before each line of a traceback, take it off every line of that shape."""
    for number, line in enumerate(lines[:-1]):
        at = line.find(_TRACEBACK)
        if at <= 0 or not line[:at].strip() or line[:at].strip() in "+|":
            continue
        prefix = line[:at]
        parts = re.split(r"([0-9]+)", prefix)[:80]
        shape = re.compile("".join("[0-9]{1,12}" if part.isdecimal() else re.escape(part) for part in parts))
        if (m := shape.match(lines[number + 1])) and lines[number + 1][m.end() :].lstrip().startswith('File "'):
            return [line[m.end() :] if (m := shape.match(line)) else line for line in lines]
    return lines

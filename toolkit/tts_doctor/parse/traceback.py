"""Read the errors of a cleaned log: tracebacks of CPython 3.6 to 3.14, IPython, Rich and pytest, and bare error
lines.

Decides where an error begins and ends and how errors hang together; never what they mean.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from tts_doctor.model.symptom import Error, Frame

MESSAGE_LINES = 60
MAX_ERRORS = 200

_HEADER = re.compile(r"Traceback \(most recent call last\):?")
_FATAL = re.compile(r"Fatal Python error: (.*)")
_FATAL_REST = re.compile(r"(?:Current t|T)hread 0x|Python runtime state|  <|Extension modules|\s+\.\.\.")
_FRAME = re.compile(r'\s*(?:\| )?File "([^"\n]{1,1000})", line (\d{1,9})(?:,? in (.{1,300}))?\s*$')
_RICH_FRAME = re.compile(r"\s*(/[^\s:]{1,500}\.pyx?):(\d{1,9}) in (\S{1,200})\s*$")
_PYTEST_FRAME = re.compile(r"([\w./-]{1,500}\.py):(\d{1,9}): in (\S{1,200})\s*$")
_IPYTHON_FRAME = re.compile(r"(?:File )?(~?/[^\s:]{1,500}\.pyx?)(?::(\d{1,9}))?,? in (\S{1,200}?)(?:\(.*)?$")
_IPYTHON_CELL = re.compile(
    r"(?:Cell In\s?\[\d+\]|<ipython-input-[\w-]+>|/tmp/ipykernel\w*/\w+\.py)(?:, line (\d+)|.* in .*)?"
)
_ARROW = re.compile(r"(?:-{2,}>|\s*❱)\s*(\d{1,9}) ?(.*)")
_GROUP_BAR = re.compile(r"\s*\+-[+-]*-*(?: (?:\d+|\.\.\.) -+)?\s*$|\s*[+|] ?")
_RAISED = re.compile(r"(\s*)([A-Za-z_][\w.<>]{0,150})(?:\[[^\]]{0,40}\])?(?::\s?(.*)|\s*)$")
_BARE = re.compile(
    r"(?<![\w.'\"`])((?:[A-Za-z_]\w{0,60}\.){0,8}[A-Z]\w{0,80}(?:Error|Exception|NotFound|Conflict"
    r"|KeyboardInterrupt|NotInstalled))"
    r"(?:: (.*)|:?\s*$)"
)
_CAUSE = "The above exception was the direct cause of the following exception"
_CONTEXT = "During handling of the above exception, another exception occurred"
_END = re.compile(
    r"\s*\[end of (?:output|stderr)\]|\s*note: This (?:error|is)|\s*×|\s*╰─|\s*error: subprocess|\s*hint: |\$ |"
    r"\[\d{4}-\d\d-\d\d|\d{4}-\d\d-\d\d[ T]\d\d:\d\d|[\w.()-]{1,60}[@:][^\n]{1,80}[$#] |"
    r"(?:INFO|WARNING|ERROR|DEBUG):|ERROR: |"
    r"\S{1,500}\.pyx?:\d+: \w*Warning|The cell above|#\d+ "
)


@dataclass
class _Reader:
    lines: list[str]
    at: int = 0
    errors: list[Error] = field(default_factory=list)

    def link(self, kind: str) -> None:
        if self.errors:
            self.errors[-1] = replace(self.errors[-1], link=kind)


def read_errors(text: str) -> tuple[Error, ...]:
    """Every error of the cleaned text, in the order of printing; at most the last 200."""
    lines = text.split("\n")
    if "Exception Group Traceback" in text:
        lines = [line[m.end() :] if (m := _GROUP_BAR.match(line)) else line for line in lines]
    reader = _Reader(lines)
    while reader.at < len(lines):
        _step(reader)
    return tuple(reader.errors[-MAX_ERRORS:])


def _step(reader: _Reader) -> None:
    line = reader.lines[reader.at]
    if header := _HEADER.search(line):
        _read_traceback(reader, header)
    elif fatal := _FATAL.search(line):
        _read_fatal(reader, fatal[1])
    elif _CAUSE in line:
        reader.link("cause")
        reader.at += 1
    elif _CONTEXT in line:
        reader.link("context")
        reader.at += 1
    elif _FRAME.match(line):
        _read_frames_and_error(reader, _indent(line), [])
    elif _PYTEST_FRAME.match(line):
        _read_frames_and_error(reader, 0, [])
    else:
        _read_bare(reader, line)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _read_traceback(reader: _Reader, header: re.Match[str]) -> None:
    line = reader.lines[reader.at]
    base = _indent(line)
    frames: list[Frame] = []
    rest = line[header.end() :]
    if m := _FRAME.match(rest):
        frames.append(Frame(m[1], int(m[2]), m[3] or ""))
    reader.at += 1
    _read_frames_and_error(reader, base, frames)


def _read_frames_and_error(reader: _Reader, base: int, frames: list[Frame]) -> None:
    """From the first frame to the end of the message; a stack without an exception becomes an error without type."""
    idle = 0
    while reader.at < len(reader.lines):
        line = reader.lines[reader.at]
        frame = _frame(line)
        if frame:
            frames.append(frame)
            idle = 0
        elif not line.strip():
            idle += 1
        elif _HEADER.search(line) or _CAUSE in line or _CONTEXT in line:
            break
        elif _indent(line) > base or (idle == 0 and frames and line.lstrip()[:1] in "^~"):
            _add_code(frames, line)
        elif arrow := _ARROW.match(line):
            _add_code(frames, arrow[2], int(arrow[1]))
        elif (raised := _raised(line, base)) and frames:
            _read_message(reader, raised, tuple(frames))
            return
        elif raised and _BARE.match(line.strip()):
            _read_message(reader, raised, ())
            return
        elif not re.match(r"\s*\d+ |\s*[╭╰─]", line):
            break
        reader.at += 1
    if frames:
        reader.errors.append(Error("", "", tuple(frames)))


def _frame(line: str) -> Frame | None:
    if m := _FRAME.match(line) or _RICH_FRAME.match(line) or _PYTEST_FRAME.match(line):
        return Frame(m[1], int(m[2]), (m[3] or "").strip())
    if m := _IPYTHON_FRAME.match(line):
        return Frame(m[1], int(m[2] or 0), m[3])
    if m := _IPYTHON_CELL.match(line):
        return Frame("<cell>", int(m[1] or 0), "<module>")
    return None


def _add_code(frames: list[Frame], line: str, number: int = 0) -> None:
    code = line.strip()
    if not frames or not code or set(code) <= set("^~ "):
        return
    arrow = _ARROW.match(line)
    if arrow:
        code, number = arrow[2].strip(), int(arrow[1])
    elif re.match(r"\d+ |\[Previous line repeated|\| ", code):
        return
    last = frames[-1]
    if arrow or number or not last.code:
        frames[-1] = Frame(last.file, number or last.line, last.function, code)
    elif len(last.code) < 400:
        frames[-1] = replace(last, code=f"{last.code} {code}")


def _raised(line: str, base: int) -> re.Match[str] | None:
    m = _RAISED.match(line)
    if not m or len(m[1]) > base:
        return None
    dotted_or_named = "." in m[2] or m[2][0].isupper() or m[3] is None or m[2].endswith("error")
    return m if dotted_or_named else None


def _read_message(reader: _Reader, raised: re.Match[str], frames: tuple[Frame, ...]) -> None:
    """The message: the rest of the line and what follows, up to the next error, a log line or the end of the block."""
    base = len(raised[1])
    message = [raised[3] or ""]
    reader.at += 1
    if raised[3] is None:
        reader.errors.append(Error(raised[2], "", frames))
        return
    while reader.at < len(reader.lines) and len(message) < MESSAGE_LINES:
        line = reader.lines[reader.at]
        if _HEADER.search(line) or _CAUSE in line or _CONTEXT in line or _END.match(line) or _FRAME.match(line):
            break
        if _BARE.match(line.strip()) and _indent(line) <= base:
            break
        message.append(line[base:] if not line[:base].strip() else line)
        reader.at += 1
    reader.errors.append(Error(raised[2], "\n".join(message).strip("\n").rstrip(), frames))


def _read_fatal(reader: _Reader, message: str) -> None:
    reader.at += 1
    frames: list[Frame] = []
    while reader.at < len(reader.lines) and len(frames) < 200:
        line = reader.lines[reader.at]
        frame = _frame(line)
        if frame:
            frames.append(frame)
        elif line.strip() and not _FATAL_REST.match(line):
            break
        reader.at += 1
    reader.errors.append(Error("Fatal Python error", message.strip(), tuple(reversed(frames))))


def _read_bare(reader: _Reader, line: str) -> None:
    reader.at += 1
    if len(line) > 4000 or "Warning: " in line:
        return
    m = _BARE.search(line)
    if not m or line.lstrip().startswith(("raise ", "except ", "from ", "import ", "#", "class ")):
        return
    message = [(m[2] or "").strip()]
    while reader.at < len(reader.lines) and len(message) < 20:
        following = reader.lines[reader.at]
        if not following.strip() or _END.match(following) or _BARE.search(following) or _HEADER.search(following):
            break
        if _FRAME.match(following) or _CAUSE in following or _CONTEXT in following:
            break
        message.append(following)
        reader.at += 1
    reader.errors.append(Error(m[1], "\n".join(message).rstrip()))

"""Standard output and standard error: data on the one, all else on the other. Decides colour, width and characters."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from typing import TextIO

from tts_doctor.errors import DoctorError
from tts_doctor.model.text import Text
from tts_doctor.parse.hide_secrets import secrets_of, without_secrets
from tts_doctor.render.page import ASCII, Line, to_plain, to_terminal
from tts_doctor.render.visible import visible

_secrets: list[str] = []


def guard(environ: Mapping[str, str]) -> None:
    """From here on nothing on standard error shows a secret of this environment."""
    _secrets[:] = secrets_of(environ)


def safe(text: str) -> str:
    """The text without secrets, and without what would steer a terminal."""
    return visible(without_secrets(text, _secrets))


def prepare_streams() -> None:
    """No character that a stream's encoding lacks may end the command."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="backslashreplace")


def is_terminal(stream: TextIO | None) -> bool:
    """False also for a closed stream."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def wants_colour(stream: TextIO | None, environ: Mapping[str, str]) -> bool:
    """A terminal, unless NO_COLOR is set to anything or TERM is dumb."""
    return is_terminal(stream) and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def width() -> int:
    """Columns of the terminal, between 40 and 120."""
    return max(40, min(120, shutil.get_terminal_size((100, 24)).columns))


def can_say(text: str, stream: TextIO | None) -> bool:
    """Whether the stream's encoding has every character of `text`."""
    try:
        text.encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def speaks_utf8() -> bool:
    """Whether standard output carries every character."""
    return can_say("\u00fc\u4e2d\U0001f600", sys.stdout)


def page(lines: Iterable[Line], environ: Mapping[str, str]) -> str:
    """Coloured and wrapped for a terminal, plain for anything else, in ASCII marks where the encoding has no others."""
    coloured = wants_colour(sys.stdout, environ)
    text = to_terminal(lines, width()) if coloured else to_plain(lines)
    return text if can_say(text, sys.stdout) else text.translate(ASCII)


def write(text: str) -> None:
    """The command's result, to standard output. Silent where nobody reads it any more."""
    try:
        print(text, end="" if text.endswith("\n") else "\n", flush=True)
    except BrokenPipeError:
        discard_output()
    except (OSError, ValueError) as error:
        raise DoctorError(f"cannot write the result: {error}", f"无法输出结果：{error}") from None


def tell(text: str) -> None:
    """A line on standard error."""
    with contextlib.suppress(OSError, ValueError):
        print(without_secrets(text, _secrets), file=sys.stderr, flush=True)


def tell_error(error: DoctorError, lang: str, colour: bool) -> None:
    """What happened and, after a blank line, what to do next."""
    mark = "错误：" if lang == "zh" else "error: "
    tell(_paint(mark, "1;31", colour) + safe(Text(error.en, error.zh).say(lang)))
    hint = Text(error.hint_en, error.hint_zh).say(lang)
    if hint:
        tell("\n" + _paint("提示：" if lang == "zh" else "hint: ", "1;36", colour) + safe(hint))


def discard_output() -> None:
    """Point standard output at the null device, so that the interpreter's own flush at exit stays quiet too."""
    with contextlib.suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)


def _paint(text: str, code: str, colour: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colour else text

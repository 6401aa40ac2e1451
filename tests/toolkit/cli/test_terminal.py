"""On a terminal: colour, a spinner, questions. Elsewhere none of them."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.toolkit.cli.conftest import Doctor

ASK = """
import sys
from tts_doctor.cli.report_progress import Progress
from tts_doctor.model.text import Text
with Progress("en") as say:
    say.step(Text("working"))
    print(say.confirm(Text("Apply it?")))
"""


def on_terminal(words: list[str], environ: dict[str, str], typed: str = "") -> str:
    """What the command shows on a pseudo-terminal of its own."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, env=environ, close_fds=True)
    os.close(theirs)
    os.write(ours, typed.encode())
    shown = b""
    with contextlib.suppress(OSError):  # a pseudo-terminal ends with EIO
        while chunk := os.read(ours, 65536):
            shown += chunk
    process.wait(timeout=30)
    os.close(ours)
    return shown.decode()


def test_colour_on_a_terminal_only(launcher: Path, doctor: Doctor, base_environment: dict[str, str], log: Path) -> None:
    """NO_COLOR and a dumb terminal are respected; a pipe gets no escape sequence at all."""
    words = [str(launcher), "diagnose", "--log", str(log)]
    terminal = {**base_environment, "TERM": "xterm-256color"}

    assert "\x1b[1m" in on_terminal(words, terminal)
    assert "\x1b[1m" not in on_terminal(words, {**terminal, "NO_COLOR": "1"})
    assert "\x1b[1m" not in on_terminal(words, {**terminal, "TERM": "dumb"})
    piped = doctor(*words[1:], env={"TERM": "xterm-256color"})
    assert "\x1b" not in piped.stdout + piped.stderr


def test_consent_is_asked_for_on_a_terminal(base_environment: dict[str, str]) -> None:
    """Yes is yes; anything else, and the end of input, is no."""
    for typed, answer in (("y\n", "True"), ("yes\n", "True"), ("n\n", "False"), ("\n", "False"), ("\x04", "False")):
        shown = on_terminal([sys.executable, "-c", ASK], base_environment, typed)
        assert shown.split()[-1] == answer, (typed, shown)
        assert "Apply it? [y/N]" in shown


def test_nobody_to_ask_means_no(doctor: Doctor) -> None:
    """Not a terminal: the question is told, not asked."""
    ran = doctor("-c", ASK, command=(sys.executable,))

    assert "False" == ran.stdout.strip()
    assert "nobody can be asked" in ran.stderr

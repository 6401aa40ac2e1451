"""Says on standard error what takes long: a spinner on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
import time

from tts_doctor.cli.console import can_say, is_terminal, safe, tell
from tts_doctor.model.text import Text
from tts_doctor.ports import SPINNER

FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
PLAIN_FRAMES = "-\\|/"


class Progress:
    """The `Reporter` of the command line; use as a context manager."""

    def __init__(self, lang: str, quiet: bool = False) -> None:
        self._lang = lang
        self._quiet = quiet
        self._terminal = is_terminal(sys.stderr)
        self._frames = FRAMES if can_say(FRAMES, sys.stderr) else PLAIN_FRAMES
        self._stop = threading.Event()
        self._spinner: threading.Thread | None = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._end_step()

    def step(self, text: Text) -> None:
        """A step that may take seconds begins; the one before it has ended."""
        self._end_step()
        if self._quiet:
            return
        if not self._terminal:
            tell(f"{safe(text.say(self._lang))} ...")
            return
        self._stop = threading.Event()
        words = safe(text.say(self._lang)), self._stop
        self._spinner = threading.Thread(target=self._spin, args=words, daemon=True, name=SPINNER)
        self._spinner.start()

    def note(self, text: Text) -> None:
        """Something that the user should know, said once."""
        self._end_step()
        tell(("注意：" if self._lang == "zh" else "note: ") + safe(text.say(self._lang)))

    def confirm(self, question: Text) -> bool:
        """Yes or no from the terminal; False where there is none."""
        self._end_step()
        if not (self._terminal and is_terminal(sys.stdin)):
            self.note(Text(f"{question.en} (nobody can be asked here)", f"{question.zh}（此处无法询问）"))
            return False
        tell(f"{safe(question.say(self._lang))} [y/N]")
        try:
            return input().strip().lower() in ("y", "yes", "是", "好")
        except EOFError:
            return False

    def _end_step(self) -> None:
        if self._spinner is not None:
            self._stop.set()
            self._spinner.join()
            self._spinner = None

    def _spin(self, text: str, stop: threading.Event) -> None:
        began = time.monotonic()
        turn = 0
        while not stop.wait(0.1):
            seconds = time.monotonic() - began
            shown = f" {seconds:.0f} s" if seconds >= 3 else ""
            sys.stderr.write(f"\r\x1b[2K{self._frames[turn % len(self._frames)]} {text}{shown}")
            sys.stderr.flush()
            turn += 1
        if turn:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()

"""Takes the documentation's pictures of the terminal from real runs: `make docs-pictures`.

Installs the quick start's broken environment into PLACE (needs the package index), runs every command of SHOTS there on
a terminal of its own, in English and in Chinese, and writes what it printed as docs/pictures/NAME.svg and NAME.zh.svg.
Only the folder's name is fixed, so that no machine's path is shown; nothing of the output is edited.
"""

from __future__ import annotations

import fcntl
import html
import io
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import termios
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
PICTURES = ROOT / "docs" / "pictures"
PLACE = Path("/tmp/demo")
PYTHON = "3.10"
LIST = ("flask==2.2.2",)
COLUMNS = 96
FAILING = "python -c 'import flask'"
FONT_FACES = re.compile(r"\s*@font-face \{.*?\}", re.S)
"""Fonts from elsewhere: a picture must look the same where nothing can be fetched."""

WIDTH = re.compile(r'(?P<head><text [^>]*)textLength="(?P<width>[^"]+)"(?P<tail>[^>]*)>(?P<text>[^<]+)</text>')


@dataclass(frozen=True)
class Shot:
    """One picture: its commands, run one after the other as a user types them."""

    name: str
    commands: tuple[str, ...]


SHOTS = (
    Shot("checkers", ("uv pip check", FAILING)),
    Shot("static", ("tts-doctor diagnose",)),
    Shot("diagnose", (f"tts-doctor diagnose -- {FAILING}",)),
    Shot("explain", (f"tts-doctor diagnose --explain 1 -- {FAILING}",)),
    Shot("treat", (f"tts-doctor treat --yes -- {FAILING}",)),
    Shot("undo", ("tts-doctor undo",)),
)


def main() -> int:
    if PLACE.exists():
        print(f"{PLACE} is in the way", file=sys.stderr)
        return 1
    PLACE.mkdir()
    try:
        build()
        PICTURES.mkdir(exist_ok=True)
        for lang, suffix in (("en", ""), ("zh", ".zh")):
            for shot in SHOTS:
                target = PICTURES / f"{shot.name}{suffix}.svg"
                target.write_text(picture(shot, lang), "utf-8")
                print(os.path.relpath(target))
    finally:
        shutil.rmtree(PLACE)
    return 0


def build() -> None:
    """The environment of the quick start."""
    found = subprocess.run(
        [sys.executable, "-I", ROOT / "scripts" / "find_python.py", "--uv", BIN / "uv", PYTHON],
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    uv = str(BIN / "uv")
    subprocess.run([uv, "venv", "-q", "--python", found.stdout.strip(), PLACE / ".venv"], check=True)
    subprocess.run([uv, "pip", "install", "-q", "--python", PLACE / ".venv", *LIST], check=True)


def picture(shot: Shot, lang: str) -> str:
    """The SVG of a shot's commands and what they print."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, legacy_windows=False)
    for number, command in enumerate(shot.commands):
        if number:
            console.print()
        console.print(Text("$ ", "bold green") + Text(command, "bold"))
        console.print(Text.from_ansi(on_terminal(["sh", "-c", command], lang)))
    svg = console.export_svg(title="tts-doctor", unique_id=shot.name)
    return WIDTH.sub(_by_cells, FONT_FACES.sub("", svg))


def _by_cells(found: re.Match[str]) -> str:
    """The width of a piece of text by its cells; rich counts characters, of which a Chinese one takes two cells."""
    text = html.unescape(found["text"])
    width = float(found["width"]) / len(text) * cell_len(text)
    return f'{found["head"]}textLength="{width:g}"{found["tail"]}>{found["text"]}</text>'


def on_terminal(command: Sequence[str], lang: str) -> str:
    """What the command prints to a terminal of COLUMNS; its progress goes to another place, as it comes and goes."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 60, COLUMNS, 0, 0))
    errors = subprocess.DEVNULL if command[-1].startswith("tts-doctor") else theirs
    with subprocess.Popen(command, cwd=PLACE, env=surroundings(lang), stdin=theirs, stdout=theirs, stderr=errors):
        os.close(theirs)
        said = b""
        while block := read(ours):
            said += block
    os.close(ours)
    return said.decode("utf-8").replace("\r\n", "\n").rstrip("\n")


def read(terminal: int) -> bytes:
    """The next block; nothing where the last program has closed the terminal."""
    try:
        return os.read(terminal, 1 << 16)
    except OSError:
        return b""


def surroundings(lang: str) -> dict[str, str]:
    """The variables of a user who has activated the environment."""
    return {
        "PATH": f"{PLACE}/.venv/bin:{BIN}:/usr/local/bin:/usr/bin:/bin",
        "VIRTUAL_ENV": f"{PLACE}/.venv",
        "HOME": str(PLACE),
        "LC_ALL": "zh_CN.UTF-8" if lang == "zh" else "C.UTF-8",
        "PYTHONUTF8": "1",
        "TERM": "xterm-256color",
        "TTS_DOCTOR_STATE": f"{PLACE}/state",
        "TTS_DOCTOR_CACHE": f"{PLACE}/cache",
        **{name: value for name, value in os.environ.items() if name.startswith(("UV_", "PIP_", "SSL_CERT"))},
    }


if __name__ == "__main__":
    sys.exit(main())

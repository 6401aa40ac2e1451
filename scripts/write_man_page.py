"""Writes toolkit/man/tts-doctor.1 from the command line's own grammar, examples and exit codes; `make man`.

`--check` writes nothing and leaves with 1 where the page is not what would be written.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tts_doctor.cli.help_texts import ABOUT, EXAMPLES, EXITS, examples
from tts_doctor.errors import ExitCode

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "toolkit" / "man" / "tts-doctor.1"
DATE = re.compile(r'"\d{4}\\-\d\d\\-\d\d"')
"""Of the day of writing: the page would be another one tomorrow."""
VARIABLES = (
    ("TTS_DOCTOR_OFFLINE", "do not ask the package index, as --offline"),
    ("TTS_DOCTOR_STATE", "where receipts and journals lie"),
    ("TTS_DOCTOR_CACHE", "where answers of the index are kept"),
    ("NO_COLOR", "no colour"),
)


def main() -> int:
    text = page()
    if "--check" in sys.argv[1:]:
        fresh = PAGE.exists() and PAGE.read_text("utf-8") == text
        return 0 if fresh else 1
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(text, "utf-8")
    return int(ExitCode.OK)


def page() -> str:
    """The whole page; the same on every Python and every day."""
    with tempfile.NamedTemporaryFile("w", suffix=".include", encoding="utf-8") as more:
        more.write(sections())
        more.flush()
        made = subprocess.run(
            [
                Path(sys.executable).with_name("argparse-manpage"), "--module", "tts_doctor.cli.arguments",
                "--function", "build",
                "--project-name", "tts-doctor", "--prog", "tts-doctor", "--manual-title", "tts-doctor",
                "--description", ABOUT.en[0].lower() + ABOUT.en[1:-1], "--format", "single-commands-section",
                "--include", more.name,
            ],
            stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
    return DATE.sub('""', made.stdout, count=1)


def sections() -> str:
    """What --help says besides the options, in roff."""
    codes = EXITS.en.partition(":")[2].replace("\n", " · ").split("·")
    rows = [code.strip().partition(" ") for code in codes if code.strip()]
    parts = ["[examples]"]
    for verb in ("", *EXAMPLES):
        parts += [f".SS tts-doctor {verb}".rstrip(), ".nf", _plain(examples(verb, "en")), ".fi"]
    parts += ["[exit status]", *(f".TP\n\\fB{code}\\fR\n{_plain(meaning)}" for code, _, meaning in rows)]
    parts += ["[environment]", *(f".TP\n\\fB{name}\\fR\n{_plain(meaning)}" for name, meaning in VARIABLES)]
    return "\n".join(parts) + "\n"


def _plain(text: str) -> str:
    """Text in which roff sees no command."""
    lines = text.replace("\\", "\\\\").replace("-", "\\-").replace("'", "\\(aq").splitlines()
    return "\n".join(f"\\&{line}" if line.startswith((".", "'")) else line for line in lines)


if __name__ == "__main__":
    sys.exit(main())

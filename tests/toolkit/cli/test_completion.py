"""The completion scripts, run by the shells themselves where they are here."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tts_doctor.cli.arguments import build
from tts_doctor.cli.completion import SHELLS, script

ASK = """
source /dev/stdin
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tts_doctor; echo "${COMPREPLY[@]}"
"""


def bash(*words: str) -> list[str]:
    """What bash offers for the last of `words`."""
    ran = subprocess.run(
        ["bash", "-c", ASK, "bash", *words], input=script("bash", build()), capture_output=True, text=True, timeout=20
    )
    assert "" == ran.stderr
    return ran.stdout.split()


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash here")
@pytest.mark.parametrize(
    "words, expected",
    [
        (("tts-doctor", "dia"), ["diagnose"]),
        (("tts-doctor", "diagnose", "--exp"), ["--explain"]),
        (("tts-doctor", "diagnose", "--format", ""), ["text", "json", "markdown", "sarif"]),
        (("tts-doctor", "undo", "--format", "s"), []),
        (("tts-doctor", "playbook", "ru"), ["run"]),
        (("tts-doctor", "completion", "f"), ["fish"]),
        (("tts-doctor", "diagnose", "--", "dia"), []),
    ],
)
def test_bash_completes(words: tuple[str, ...], expected: list[str]) -> None:
    assert expected == bash(*words)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("shell", SHELLS)
def test_every_verb_and_option_is_completed(shell: str, lang: str) -> None:
    """In every shell, in both languages."""
    parser = build(lang)
    text = script(shell, parser)
    verbs = next(a for a in parser._actions if a.dest == "verb").choices or {}
    for name, verb in verbs.items():  # type: ignore[union-attr]
        assert name in text
        for action in verb._actions:
            assert all(option.lstrip("-") in text for option in action.option_strings[-1:])


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shell_reads_it(shell: str) -> None:
    if not shutil.which(shell):
        pytest.skip(f"no {shell} here")
    ran = subprocess.run([shell, "-n"], input=script(shell, build("zh")), capture_output=True, text=True, timeout=20)

    assert (0, "") == (ran.returncode, ran.stderr)

"""`--help` shows examples for every verb, and what it shows is accepted."""

from __future__ import annotations

import shlex

import pytest

from tts_doctor.cli.arguments import build, parse
from tts_doctor.cli.help_texts import EXAMPLES, examples

VERBS = next(action for action in build()._actions if action.dest == "verb").choices or {}
SHOWN = [line.strip() for verb in ("", *EXAMPLES) for line in examples(verb, "en").splitlines()]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(("lang", "head"), [("en", "examples:"), ("zh", "示例：")])
def test_every_verb_has_examples(verb: str, lang: str, head: str) -> None:
    choices = next(action for action in build(lang)._actions if action.dest == "verb").choices or {}
    assert f"{head}\n  " in choices[verb].format_help()  # type: ignore[call-overload,index]


@pytest.mark.parametrize("line", SHOWN)
def test_an_example_is_accepted(line: str) -> None:
    command = line.split("    ")[0].rpartition("|")[2]
    words = shlex.split(command.partition(" > ")[0])
    assert "tts-doctor" == words[0]
    parse(words[1:])

"""No sentence that a user may read is English alone: found in the source itself, so that none has to be remembered."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

PACKAGE = Path(__file__).parents[2] / "toolkit" / "tts_doctor"
SOURCES = [path for path in sorted(PACKAGE.rglob("*.py")) if path.parent.name != "probe"]
SENTENCE = re.compile(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}")
CHINESE = re.compile(r"[\u3400-\u9fff]")
BILINGUAL = {
    "Text", "DoctorError", "UsageError", "PatientError", "PlaybookError", "IndexUnavailable", "InstallError",
    "TransactionError", "RestoreError",
}  # fmt: skip
MESSAGES = sorted((PACKAGE / "knowledge" / "data" / "messages").glob("*.yaml"))
TYPED = re.compile(r"(tts-doctor|pip|uv|python|dpkg|apt-get|systemctl|docker) ")
"""A command to type is the same in every language."""


def called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def words(node: ast.expr | None) -> str:
    """What is literal in an expression; gaps for what is filled in."""
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def pairs(node: ast.Call) -> Iterator[tuple[ast.expr | None, ast.expr | None]]:
    """English and Chinese, as the call gives them."""
    named = {word.arg: word.value for word in node.keywords}
    given = [*node.args, None, None]
    if not any(isinstance(each, ast.Starred) for each in node.args):
        yield named.get("en", given[0]), named.get("zh", given[1])
    yield named.get("hint_en"), named.get("hint_zh")


def english_alone(source: str) -> Iterator[tuple[int, str]]:
    """Lines and sentences that have no Chinese beside them."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or called(node) not in BILINGUAL:
            continue
        for english, chinese in pairs(node):
            said = words(english)
            other = None if chinese is None else words(chinese)
            written = other is None or (other and not CHINESE.search(other))
            if SENTENCE.search(said) and written and not TYPED.match(said):
                yield node.lineno, said


def test_such_sentences_are_found() -> None:
    found = 'Text("it is too old"); UsageError("a", "甲", hint_en="try another one"); Text(f"{a} was not there", "no")'
    assert [(1, "it is too old"), (1, "try another one"), (1, "{} was not there")] == list(english_alone(found))
    assert [] == list(english_alone('Text("it is too old", "太旧"); Text(f"{name}: {value}"); Text("", hint)'))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_sentence_has_its_chinese(path: Path) -> None:
    assert [] == list(english_alone(path.read_text("utf-8")))


def reasons(value: Any) -> Iterator[Any]:
    """The `why` of every step in a file of data."""
    if isinstance(value, dict):
        if "action" in value and "why" in value:
            yield value["why"]
        for each in value.values():
            yield from reasons(each)
    elif isinstance(value, list):
        for each in value:
            yield from reasons(each)


@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: path.stem)
def test_why_a_step_helps_is_told_in_both_languages(path: Path) -> None:
    found = list(reasons(yaml.safe_load(path.read_text("utf-8"))))
    assert [] == [why for why in found if len(why) != 2 or not CHINESE.search(why[1])]

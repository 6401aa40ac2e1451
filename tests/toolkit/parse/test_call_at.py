"""Which function a line calls, and who spells the keyword."""

from __future__ import annotations

import pytest

from tts_doctor.parse.call_at import CallAt, call_at
from tts_doctor.parse.calls import passes_keyword


@pytest.mark.parametrize(
    ("source", "function", "expected"),
    [
        ("import jedi\njedi.Interpreter(x, column=1)", "__init__", CallAt("jedi.Interpreter", True)),
        ("from jedi import Interpreter as I\nI(x, column=1)", "I", CallAt("jedi.Interpreter", True)),
        ("from . import api\napi.run(**more)", "run", CallAt("pack.api.run", False)),
        ("def run(x): ...\nrun(column=1)", "run", CallAt("pack.mod.run", True)),
        ("import a\nf(a.g(column=1), h(2))", "g", CallAt("a.g", True)),
        ("import a\nself.tool.run(column=1)", "run", CallAt("", True)),
        ("import a\na.run(1); a.run(2)", "run", None),
        ("import a\na.run(1); a.run(**x)", "run", CallAt("a.run", False)),
        ("import a\na.other(1)", "run", None),
        ("import a\na.f(b(column=1))", "", CallAt("", True)),
        ("import a\nif", "run", None),
    ],
)
def test_the_call_of_a_line(source: str, function: str, expected: CallAt | None) -> None:
    assert call_at(source.encode(), 2, function, "column", "pack.mod", False) == expected


def test_super_is_the_base_of_the_class_around_it() -> None:
    source = b"from jedi.api import Script\nclass I(Script):\n def __init__(self, **k):\n  super().__init__(1, **k)\n"
    assert call_at(source, 4, "__init__", "column", "m", False) == CallAt("jedi.api.Script.__init__", False)


@pytest.mark.parametrize(
    ("source", "function", "keyword", "expected"),
    [
        ("a.run(x=1)", "run", "x", True),
        ("a.run(y=1)", "run", "x", False),
        ("a.run(1, 2)", "run", "*3", True),
        ("a.run(1)", "run", "*3", False),
        ("a.run(y=1)", "run", "-x", True),
        ("a.run(x=1)", "run", "-x", False),
        ("a.Script(x=1)", "__init__", "x", True),
        ("a.script(x=1)", "__init__", "x", False),
    ],
)
def test_what_a_call_passes(source: str, function: str, keyword: str, expected: bool) -> None:
    assert passes_keyword(source.encode(), function, keyword) == expected

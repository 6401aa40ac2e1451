"""The class that an error speaks of, found in the text of what is installed."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.site_builder import add_distribution

from tts_doctor.effects.find_definitions import find_definitions
from tts_doctor.effects.read_site import read_facts
from tts_doctor.model.facts import Definition
from tts_doctor.parse.symptom import read_symptom

ERROR = "AttributeError: 'Engine' object has no attribute 'start'"
ENGINE = "class Engine:\n    pass\n"


@pytest.mark.parametrize(
    ("consumer", "others", "error", "expected"),
    [
        ("", {"prov": {"prov/core.py": ENGINE}}, ERROR, ("Engine", "prov.core", "prov")),
        ("", {"prov": {"prov/tests/fake.py": ENGINE}}, ERROR, None),
        ("", {"unrelated": {"unrelated.py": ENGINE}}, ERROR, None),
        ("", {"prov": {"prov.py": ENGINE}, "second": {"second.py": ENGINE}}, ERROR, None),
        (
            "from prov.core import Base\nclass Engine(Base): pass\n",
            {"prov": {"prov/core.py": "class Base: pass\n"}},
            ERROR,
            ("Base", "prov.core", "prov"),
        ),
        (ENGINE, {}, ERROR, None),
        ("", {"prov": {"prov.py": "class dict: pass\n"}}, "AttributeError: 'dict' object has no attribute 'x'", None),
        ("", {"prov": {"prov.py": ENGINE}}, "TypeError: 'Engine' object has no attribute 'start'", None),
    ],
    ids=["required", "tests", "unrelated", "two", "inherited", "own", "builtin", "other-error"],
)
def test_the_home_of_a_class(
    tmp_path: Path, consumer: str, others: dict[str, dict[str, str]], error: str, expected: tuple[str, str, str] | None
) -> None:
    site = tmp_path / "site-packages"
    add_distribution(site, "cons", "1.0", {"cons/run.py": consumer}, requires=("prov", "second"))
    for name, files in others.items():
        add_distribution(site, name, "1.0", files)
    facts = read_facts(None, str(site), {}, str(tmp_path))
    frame = f'Traceback (most recent call last):\n  File "{site}/cons/run.py", line 1, in go\n    engine.start()\n'
    found = find_definitions(facts, read_symptom(frame + error + "\n"))
    assert ((Definition(*expected),) if expected else ()) == found

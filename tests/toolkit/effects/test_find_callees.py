"""Whose function does not take an argument, and who passes it: read where the traceback's lines are."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.site_builder import add_distribution

from tts_doctor.effects.find_callees import find_callees
from tts_doctor.effects.read_site import read_facts
from tts_doctor.model.surroundings import Callee
from tts_doctor.parse.symptom import read_symptom

SCRIPT = "class Script:\n    def __init__(self, code): ...\n"
HEIR = "from prov.api import Script\nclass Interpreter(Script):\n def __init__(self, **k):\n  super().__init__(**k)\n"
KEYWORD = "TypeError: __init__() got an unexpected keyword argument 'column'"
PASSED_ON = (("cons/run.py", 2), ("prov/heir.py", 4))


@pytest.mark.parametrize(
    ("consumer", "frames", "last", "expected"),
    [
        ("import prov.heir\nprov.heir.Interpreter(column=1)\n", PASSED_ON, KEYWORD,
         ("__init__", "prov.api", "Script.__init__", "prov", "cons/run.py", 2)),
        ("from prov.api import Script\nScript('', column=1)\n", PASSED_ON[:1], KEYWORD,
         ("__init__", "prov.api", "Script", "prov", "cons/run.py", 2)),
        ("import x\nself.make(column=1)\n", PASSED_ON[:1], KEYWORD.replace("__init__", "Script.__init__"),
         ("Script.__init__", "prov.api", "Script.__init__", "prov", "cons/run.py", 2)),
        ("from prov.api import Script\nScript(1, 2)\n", PASSED_ON[:1],
         "TypeError: Script.__init__() takes 2 positional arguments but 3 were given",
         ("Script.__init__", "prov.api", "Script", "prov", "cons/run.py", 2)),
        ("import x\nself.make(column=1)\n", PASSED_ON[:1], KEYWORD, None),
        ("from prov.api import Script\nScript('', column=1)\n", PASSED_ON[:1], "TypeError: no", None),
    ],
    ids=["passed-on", "direct", "class-in-message", "positional", "unknown", "another-error"],
)  # fmt: skip
def test_the_function_and_its_caller(
    tmp_path: Path,
    consumer: str,
    frames: tuple[tuple[str, int], ...],
    last: str,
    expected: tuple[str, str, str, str, str, int] | None,
) -> None:
    site = tmp_path / "site-packages"
    add_distribution(site, "cons", "1.0", {"cons/run.py": consumer}, requires=("prov",))
    add_distribution(site, "prov", "1.0", {"prov/__init__.py": "", "prov/api.py": SCRIPT, "prov/heir.py": HEIR})
    lines = "".join(f'  File "{site}/{file}", line {line}, in go\n    x\n' for file, line in frames)
    facts = read_facts(None, str(site), {}, str(tmp_path))
    found = find_callees(facts, read_symptom(f"Traceback (most recent call last):\n{lines}{last}\n"))
    wanted = (Callee(*expected[:4], f"{site}/{expected[4]}", expected[5]),) if expected else ()
    assert found == wanted

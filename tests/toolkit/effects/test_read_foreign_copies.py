"""A forgotten checkout that comes before what is installed."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.toolkit.signs.cases import PYTHON, case

from tts_doctor.effects.read_foreign_copies import read_foreign_copies
from tts_doctor.model.facts import Distribution, Facts
from tts_doctor.parse.symptom import read_symptom
from tts_doctor.signs import foreign_copy

COMMAND = ("python", "app.py")


def looked(tmp_path: Path, file: str, line: str, pythonpath: str = "") -> list[tuple[list[str], list[str | None]]]:
    site = tmp_path / "venv/lib/python3.11/site-packages"
    site.mkdir(parents=True)
    (site / "old.pth").write_text(line.replace("HERE", str(tmp_path)))
    (tmp_path / "app.py").touch()
    copied = tmp_path / file
    copied.parent.mkdir(parents=True, exist_ok=True)
    copied.touch()
    dists = (Distribution("httpx", "0.27.0", str(site), top_level=("httpx",)),)
    value = pythonpath.replace("HERE", str(tmp_path))
    facts = Facts(PYTHON, dists, cwd=str(tmp_path), environment=(("PYTHONPATH", value),) if value else ())
    text = f'Traceback (most recent call last):\n  File "{copied}", line 1, in f\n    x\nTypeError: not taken'
    copies = read_foreign_copies(facts, read_symptom(text), COMMAND, facts.variables)
    known = {"environment": facts.environment, "cwd": facts.cwd}
    findings = list(foreign_copy.find(case(*dists, text=text, foreign_copies=copies, **known)))
    return [([c.name for c in f.culprits[:2]], [f.treatment.actions[0].value]) for f in findings]


IMPORT_LINE = "import sys; sys.path.insert(0, 'HERE/fork')\n"


@pytest.mark.parametrize(
    ("file", "line", "expected"),
    [
        ("fork/httpx/_client.py", IMPORT_LINE, [(["old.pth", "httpx"], ["old.pth.off"])]),
        ("fork/httpx.py", IMPORT_LINE, [(["old.pth", "httpx"], ["old.pth.off"])]),
        ("fork/httpx/_client.py", "# nothing\n", []),
        ("fork/other/_client.py", IMPORT_LINE, []),
        ("httpx/_client.py", "HERE\n", []),
    ],
    ids=["package", "module", "nothing-names-it", "not-installed", "beside-the-script"],
)
def test_what_puts_a_copy_before_the_installed_one(
    tmp_path: Path, file: str, line: str, expected: list[tuple[list[str], list[str]]]
) -> None:
    assert looked(tmp_path, file, line) == expected


def test_of_pythonpath_only_the_guilty_folder_goes(tmp_path: Path) -> None:
    found = looked(tmp_path, "fork/httpx/_client.py", "", "HERE/fork:HERE/lib")
    assert found == [(["PYTHONPATH", "httpx"], [f"{tmp_path}/lib"])]

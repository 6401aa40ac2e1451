"""`make bench-cases`: which environments it takes, and what it makes of a result. No environment is built here."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))

from cases import Case, Result, file_cases, importable, modules, playbook_cases, row
from strategies import GaveUp, Ill, as_of_release
from tts_doctor.model.playbook import Install, Reproduction

YAML = """\
id: old-flask
python: "3.10"
requirements: [flask==2.1.3]
then_install: [{requirements: ["Werkzeug>=3"], no_deps: true}]
env: {DEBUG: 1}
run: import flask
expect: url_quote
fix: {pip: ["werkzeug<3", --quiet, "flask[async]==2.2"]}
"""


def ill(work: Path, output: str = "", *installs: Install) -> Ill:
    return Ill(Reproduction("3.10", "x", "import flask", installs=installs), work, {}, output)


def record(work: Path, folder: str, *paths: str) -> None:
    target = work / "venv" / "lib" / "python3.10" / "site-packages" / folder
    target.mkdir(parents=True)
    (target / "RECORD").write_text("".join(f"{path},sha256=x,1\n" for path in paths))


def test_a_folder_of_case_files_is_read(tmp_path: Path) -> None:
    """A case without `expect` is a healthy one; the reference changes what its fix names."""
    (tmp_path / "old-flask.yaml").write_text(YAML)
    (tmp_path / "healthy.yaml").write_text("id: healthy\npython: '3.10'\nrun: pass\n")
    installs = (Install(("flask==2.1.3",)), Install(("Werkzeug>=3",), no_deps=True))
    case = Reproduction("3.10", "url_quote", "import flask", installs=installs, env=(("DEBUG", "1"),))
    assert file_cases([str(tmp_path)]) == (Case("old-flask", case, 2),)


def test_playbooks_are_taken_by_choice() -> None:
    """Every fourth, all, or those that are named."""
    everything = playbook_cases("all")
    assert playbook_cases("") == everything[::4]
    assert [case.id for case in playbook_cases("jwt-over-pyjwt")] == ["jwt-over-pyjwt"]


def test_a_later_wish_replaces_an_earlier_one(tmp_path: Path) -> None:
    """What is no requirement (an option, a folder) is left out."""
    steps = Install(("Flask==2.1.3", "-e", "jinja2")), Install(("flask>=3",))
    assert [str(wish) for wish in ill(tmp_path, "", *steps).asked] == ["flask>=3", "jinja2"]


def test_modules_are_those_of_the_records(tmp_path: Path) -> None:
    """Tests, private names and folders without Python are none."""
    record(tmp_path, "flask-2.1.3.dist-info", "flask/__init__.py", "tests/a.py", "_x.py", "six.py", "data/a.txt")
    assert modules(tmp_path / "venv") == ("flask", "six")


def test_a_module_that_kills_the_interpreter_stops_no_other(tmp_path: Path) -> None:
    """It counts as one that cannot be imported."""
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    (tmp_path / "venv" / "bin" / "python").symlink_to(sys.executable)
    (tmp_path / "deadly.py").write_text("import os; os.abort()")
    (tmp_path / "broken.py").write_text("import nowhere_at_all")
    found = importable(ill(tmp_path), ("json", "deadly", "broken", "csv"))
    assert found == ("json", "csv")


def test_without_a_consumer_the_date_is_not_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The strategy says so, it does not guess."""
    monkeypatch.setattr("strategies.installed", lambda _: {"flask": "2.1.3"})
    with pytest.raises(GaveUp, match="no distribution is in the traceback"):
        as_of_release(ill(tmp_path))


def test_a_row_counts_what_was_repaired_apart_from_what_was_kept() -> None:
    """Two environments: one repaired with an import lost, one not."""
    case = Case("a", Reproduction("3.10", "x"), 2)
    good, bad = Result(True, ("six",), ("flask",), 3, 1.0), Result(False, (), (), 9, 3.0)
    assert row("x", [(case, good), (case, bad)]) == ("x", "1 of 2", 0, 1, 1, "3", "1.50", "2.0")

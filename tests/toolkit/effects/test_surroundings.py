"""What lies around a failure: folders that lose, folders that are not searched, bytecode that cannot be loaded."""

from __future__ import annotations

import py_compile
import sys
from pathlib import Path

import pytest
from tests.site_builder import add_distribution

from tts_doctor.effects.read_bytecode import read_bad_bytecode
from tts_doctor.effects.read_shadows import read_hidden, read_off_path
from tts_doctor.effects.read_site import read_facts
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Facts, Interpreter
from tts_doctor.model.surroundings import HiddenFolder
from tts_doctor.parse.symptom import read_symptom
from tts_doctor.signs import bad_bytecode, hidden_folder, missing_module

COMMAND = ("python", "app.py")
PYTHON = Interpreter(version=f"3.{sys.version_info[1]}.1")


def project(folder: Path, *files: str) -> Path:
    for name in ("app.py", *files):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


@pytest.mark.parametrize(
    ("files", "requires", "expected"),
    [
        (["utils/datasets.py"], (), [["uninstall"], ["patch"]]),
        (["utils/datasets/a.py"], (), [["uninstall"], ["patch"]]),
        (["utils/datasets.py"], ("utils",), [["code-change"]]),
        (["utils/other.py"], (), []),
        (["utils/__init__.py", "utils/datasets.py"], (), []),
        (["utils/notes.txt"], (), []),
    ],
    ids=["module", "folder", "required", "another-module", "regular-package", "no-modules"],
)
def test_a_folder_that_an_installed_package_outranks(
    tmp_path: Path, files: list[str], requires: tuple[str, ...], expected: list[list[str]]
) -> None:
    add_distribution(tmp_path / "site", "utils", "1.0.2")
    add_distribution(tmp_path / "site", "other", "1.0", requires=requires)
    facts = read_facts(None, str(tmp_path / "site"), {}, str(project(tmp_path / "work", *files)))
    hidden = read_hidden(facts, COMMAND, {})
    assert all(folder == HiddenFolder("utils", str(tmp_path / "work/utils"), folder.modules) for folder in hidden)
    symptom = read_symptom("ModuleNotFoundError: No module named 'utils.datasets'", exit_code=1)
    case = Examination(Facts(facts.interpreter, facts.distributions, hidden_folders=hidden), symptom)
    found = list(hidden_folder.find(case))
    assert [[a.action for a in repair] for f in found for repair in f.treatment.repairs] == expected
    assert not expected or not list(missing_module.find(case))


@pytest.mark.parametrize(
    ("files", "environ", "command", "expected"),
    [
        (["helper.py"], {"PYTHONSAFEPATH": "1"}, ("python", "app.py"), "."),
        (["helper.py"], {}, ("python", "-I", "app.py"), "."),
        (["helper.py"], {}, ("python", "-W", "error", "app.py"), None),
        (["src/helper/a.py"], {}, ("python", "app.py"), "src"),
        (["tools/run.py", "helper.py"], {}, ("python", "tools/run.py"), "."),
        (["docs/helper.py"], {}, ("python", "app.py"), None),
    ],
    ids=["variable", "option", "searched", "src", "above-the-script", "elsewhere"],
)
def test_the_project_s_own_module_in_a_folder_that_is_not_searched(
    tmp_path: Path, files: list[str], environ: dict[str, str], command: tuple[str, ...], expected: str | None
) -> None:
    facts = Facts(PYTHON, cwd=str(project(tmp_path, *files)))
    symptom = read_symptom("ModuleNotFoundError: No module named 'helper'", exit_code=1)
    found = read_off_path(facts, symptom, command, environ)
    assert found == ((("helper", str(tmp_path / expected) if expected != "." else str(tmp_path)),) if expected else ())


def failing_import(folder: Path, code: str, last: str) -> str:
    frame = f'  File "{folder}/__init__.py", line 1, in <module>\n    {code}\n'
    return f"Traceback (most recent call last):\n{frame}{last}\n"


IMPORTS = ("from . import data", "from .data import (", "import pack.data", "from pack import data")


@pytest.mark.parametrize("code", IMPORTS)
def test_only_the_damaged_cache_goes(tmp_path: Path, code: str) -> None:
    pack = tmp_path / "pack"
    pack.mkdir()
    (pack / "__init__.py").touch()
    (pack / "data.py").write_text("x = 1\n")
    compiled = py_compile.compile(str(pack / "data.py"))
    symptom = read_symptom(failing_import(pack, code, "EOFError: marshal data too short"), exit_code=1)
    facts = Facts(Interpreter(version=PYTHON.version, sys_path=(str(tmp_path),)))
    bad = read_bad_bytecode(facts, symptom, ())
    assert [(b.path, b.has_source) for b in bad] == [(compiled, True)]
    finding = next(bad_bytecode.find(Examination(Facts(facts.interpreter, bad_bytecode=bad), symptom)))
    assert [(a.action, a.target) for a in finding.treatment.actions] == [("rename", compiled)]


def test_another_python_s_module_beside_the_script(tmp_path: Path) -> None:
    (tmp_path / "six.pyc").write_bytes(b"\x03\xf3\r\n")
    (tmp_path / "later").mkdir()
    (tmp_path / "later/six.pyc").write_bytes(b"\x03\xf3\r\n")
    symptom = read_symptom("ImportError: bad magic number in 'six': b'\\x03\\xf3\\r\\n'", exit_code=1)
    facts = Facts(Interpreter(version="3.11.1", sys_path=(str(tmp_path / "later"),)))
    found = read_bad_bytecode(facts, symptom, (str(tmp_path),))
    assert [(b.path, b.module, b.has_source) for b in found] == [(str(tmp_path / "six.pyc"), "six", False)]

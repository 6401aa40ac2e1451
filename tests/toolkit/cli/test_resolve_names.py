"""Which environment is meant when none is named: $VIRTUAL_ENV, ./.venv, python3 on PATH; never the tool's own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tts_doctor.cli.resolve_names import choose_python, choose_site
from tts_doctor.errors import UsageError


def environment(folder: Path, target: str = "/bin/true") -> Path:
    """Something that looks like a virtual environment from outside."""
    (folder / "bin").mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text("home = /usr/bin\n")
    (folder / "bin" / "python").symlink_to(target)
    (folder / "bin" / "python3").symlink_to("python")
    return folder


def test_the_active_environment_comes_first(tmp_path: Path) -> None:
    """$VIRTUAL_ENV before ./.venv and PATH."""
    active, other = environment(tmp_path / "active"), environment(tmp_path / ".venv")
    environ = {"VIRTUAL_ENV": str(active), "PATH": str(other / "bin")}

    assert str(active / "bin" / "python") == choose_python("", str(tmp_path), environ)


def test_then_the_folders_own(tmp_path: Path) -> None:
    """./.venv before PATH, also where $VIRTUAL_ENV names what is gone."""
    own, other = environment(tmp_path / ".venv"), environment(tmp_path / "other")
    environ = {"VIRTUAL_ENV": str(tmp_path / "gone"), "PATH": str(other / "bin")}

    assert str(own / "bin" / "python") == choose_python("", str(tmp_path), environ)


def test_a_file_may_point_to_it(tmp_path: Path) -> None:
    """As tox writes it (PEP 832): relative to its own folder; one that names nothing is passed over."""
    environment(tmp_path / ".tox" / "dev")
    other = environment(tmp_path / "other")
    (tmp_path / ".venv").write_text(".tox/dev\n")
    environ = {"PATH": str(other / "bin")}
    assert str(tmp_path / ".tox" / "dev" / "bin" / "python") == choose_python("", str(tmp_path), environ)

    for said in (b"", b"gone\n", b"\0\xff"):
        (tmp_path / ".venv").write_bytes(said)
        assert str(other / "bin" / "python3") == choose_python("", str(tmp_path), environ)


def test_then_the_path(tmp_path: Path) -> None:
    """The first python3 of PATH."""
    other = environment(tmp_path / "other")

    assert str(other / "bin" / "python3") == choose_python("", str(tmp_path), {"PATH": f"/nonexistent:{other}/bin"})


def test_never_the_tools_own(tmp_path: Path) -> None:
    """Not by VIRTUAL_ENV, nor by PATH."""
    own = Path(sys.prefix)
    other = environment(tmp_path / "other")
    environ = {"VIRTUAL_ENV": str(own), "PATH": f"{own}/bin:{other}/bin"}

    assert str(other / "bin" / "python3") == choose_python("", str(tmp_path), environ)


def test_a_dangling_interpreter_is_a_patient(tmp_path: Path) -> None:
    """Its Python is gone: that is the illness."""
    environment(tmp_path / ".venv", "/nonexistent/python3.10")

    assert str(tmp_path / ".venv" / "bin" / "python") == choose_python("", str(tmp_path), {"PATH": ""})


def test_none_at_all(tmp_path: Path) -> None:
    """Said, with the option that helps."""
    with pytest.raises(UsageError) as caught:
        choose_python("", str(tmp_path), {"PATH": ""})

    assert "--python" in caught.value.hint_en and "--python" in caught.value.hint_zh


@pytest.mark.parametrize("named", ["env", "./env", "env/bin/python", "ABSOLUTE"])
def test_names_are_taken_from_the_callers_folder(named: str, tmp_path: Path) -> None:
    """A folder means its interpreter; links are kept, since they say which environment is meant."""
    folder = environment(tmp_path / "env")
    named = str(folder) if named == "ABSOLUTE" else named

    assert str(folder / "bin" / "python") == choose_python(named, str(tmp_path), {"PATH": ""})


def test_a_bare_name_is_looked_up_on_the_callers_path(tmp_path: Path) -> None:
    """Not on ours."""
    folder = environment(tmp_path / "env")

    assert str(folder / "bin" / "python3") == choose_python("python3", str(tmp_path), {"PATH": str(folder / "bin")})


def test_a_site_folder(tmp_path: Path) -> None:
    """Absolute afterwards."""
    (tmp_path / "site").mkdir()

    assert str(tmp_path / "site") == choose_site("site", str(tmp_path))

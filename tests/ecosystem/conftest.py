"""A project whose environment is broken for real: two distributions do not fit together, and pip does not mind."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.builders import write_wheel

UV = Path(sys.executable).with_name("uv")


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """A folder with `cons`, which imports a name that `prov` 2 no longer has, and with both releases of `prov`."""
    folder = tmp_path / "wheels"
    write_wheel(folder, "cons", "1.0", {"cons/__init__.py": "from prov import thing\n"}, ("prov",))
    write_wheel(folder, "prov", "1.0", {"prov/__init__.py": "thing = 1\n"})
    write_wheel(folder, "prov", "2.0", {"prov/__init__.py": "other = 1\n"})
    return folder


@pytest.fixture
def install(wheels: Path, tmp_path: Path) -> Callable[..., None]:
    """Make or change the project's .venv: `install("cons", "prov==2.0")`."""

    def into(*requirements: str) -> None:
        venv = tmp_path / "project" / ".venv"
        if not venv.exists():
            subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
        command = [UV, "pip", "install", "-q", "--no-index", "--find-links", wheels, "--python", venv, *requirements]
        subprocess.run([str(word) for word in command], check=True)

    return into


@pytest.fixture
def project(tmp_path: Path, install: Callable[..., None]) -> Path:
    """The project's folder; its environment is broken."""
    folder = tmp_path / "project"
    folder.mkdir()
    install("cons==1.0", "prov==2.0")
    return folder

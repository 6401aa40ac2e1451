"""An environment in which everything that could be executed touches a file of its own when it is."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.builders import index_environment, make_venv, write_wheel
from tests.site_builder import add_distribution
from tests.toolkit.cli.conftest import base_environment, doctor, launcher

__all__ = ["base_environment", "doctor", "launcher"]

CONSTRUCTOR = """
#include <fcntl.h>
__attribute__((constructor)) static void sing(void) { close(open(CANARY, O_CREAT | O_WRONLY, 0644)); }
void *PyInit_bird(void) { return 0; }
"""
BACKEND = """
{sing}
def get_requires_for_build_wheel(config_settings=None): return []
def prepare_metadata_for_build_wheel(folder, config_settings=None): raise SystemExit('sung')
def build_wheel(folder, config_settings=None, metadata_directory=None): raise SystemExit('sung')
def build_sdist(folder, config_settings=None): raise SystemExit('sung')
"""
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "mine"
{version}
dependencies = ["bird"]
"""
PROGRAMS = (
    "python", "python3", "python3.11", "pip", "uv", "git", "ldd", "ldconfig", "gcc", "apt-get", "bird-run",
)  # fmt: skip
MODULES = ("sitecustomize", "usercustomize", "json", "yaml", "packaging", "tts_doctor", "conftest", "start", "setup")


@dataclass(frozen=True)
class Cage:
    """`nest` is where the canaries sing; `cwd` the caller's folder; `env` the caller's variables."""

    folder: Path
    nest: Path
    venv: Path
    cwd: Path
    env: dict[str, str | None]

    @property
    def site(self) -> Path:
        return next(self.venv.glob("lib/python*/site-packages"))

    def sung(self) -> list[str]:
        return sorted(p.name for p in self.nest.iterdir())

    def python_canary(self, name: str) -> str:
        return f"open({str(self.nest / name)!r}, 'w').close()\n"

    def script(self, path: Path, name: str) -> None:
        path.unlink(missing_ok=True)  # never through a link: it leads to a real interpreter
        path.write_text(f"#!/bin/sh\n: > '{self.nest / name}'\nexit 1\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def cage(planted: Cage) -> Cage:
    """The environment, with no song heard yet."""
    for canary in planted.nest.iterdir():
        canary.unlink()
    return planted


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Cage:
    """The whole of it, with findings that lead to the canaries: `other` needs a newer `bird`."""
    folder = tmp_path_factory.mktemp("cage")
    for name in ("nest", "home", "work", "wheels"):
        (folder / name).mkdir(parents=True)
    write_wheel(folder / "wheels", "bird", "1.0")
    write_wheel(folder / "wheels", "bird", "2.0")
    env = index_environment(folder / "wheels", folder)
    venv = make_venv(folder / "work/.venv", sys.executable, env)
    path = f"{venv}/bin:{folder}/work:{os.environ['PATH']}"
    kept = {k: v for k, v in env.items() if k.startswith(("UV_", "PIP_")) or k == "HOME"}
    kept["UV_CACHE_DIR"] = str(folder / "empty")  # in the other one uv remembers interpreters that it has asked
    more = {"PATH": path, "VIRTUAL_ENV": str(venv), "PYTHONPATH": str(folder / "work"), "PYTHONSTARTUP": "start.py"}
    cage = Cage(folder, folder / "nest", venv, folder / "work", {**kept, **more, "TTS_DOCTOR_OFFLINE": None})
    _plant_in_site(cage)
    _plant_constructor(cage)
    _plant_beside(cage)
    return cage


def _plant_in_site(cage: Cage) -> None:
    for name in ("sitecustomize", "usercustomize", "conftest", "_distutils_hack"):
        (cage.site / f"{name}.py").write_text(cage.python_canary(f"site-{name}"))
    (cage.site / "cage.pth").write_text(f"import os; {cage.python_canary('pth')}")
    finder = "__editable___bird_1_0_finder"
    (cage.site / f"{finder}.py").write_text(
        cage.python_canary("finder") + "MAPPING: dict = {'nestling': '/nowhere'}\ndef install(): pass\n"
    )
    (cage.site / "__editable__.bird.pth").write_text(f"import {finder}; {finder}.install()\n")
    entries = "[console_scripts]\nbird-run = bird:main\n[pytest11]\nbird = bird\n[gunicorn.workers]\nbird = bird:W\n"
    files: dict[str, str | bytes] = {
        "bird/__init__.py": cage.python_canary("package") + "from .gone import name\n",
        "bird/__main__.py": cage.python_canary("main"),
        "bird/conftest.py": cage.python_canary("package-conftest"),
        "bird-1.0.dist-info/entry_points.txt": entries,
    }
    add_distribution(cage.site, "bird", "1.0", files, ["absent>=1"])
    egg = cage.site / "old.egg-info"
    egg.mkdir()
    (egg / "PKG-INFO").write_text("Metadata-Version: 1.1\nName: old\nVersion: 1\n")
    (cage.site / "other.py").write_text(cage.python_canary("module") + "import bird\nfrom bird import name\n")
    add_distribution(cage.site, "other", "1.0", {}, ["bird>=2"])


def _plant_constructor(cage: Cage) -> None:
    """A shared object that sings when it is loaded, as extension module and as library, where there is a compiler."""
    compiler = shutil.which("gcc")
    if compiler is None:
        return
    source = cage.folder / "bird.c"
    source.write_text("#include <unistd.h>\n" + CONSTRUCTOR)
    for name in ("bird.so", "libbird.so.1"):
        target = cage.site / "bird" / name
        canary = f'-DCANARY="{cage.nest / name}"'
        subprocess.run([compiler, "-shared", "-fPIC", canary, "-o", str(target), str(source)], check=True)
    record = cage.site / "bird-1.0.dist-info/RECORD"
    record.write_text(record.read_text() + "bird/bird.so,,\nbird/libbird.so.1,,\n")


def _plant_beside(cage: Cage) -> None:
    """Programs on the caller's PATH, and modules in the caller's folder that a careless start would import."""
    for name in PROGRAMS:
        if name != "python":  # that one is the patient's interpreter
            cage.script(cage.venv / "bin" / name, f"bin-{name}")
        cage.script(cage.cwd / name, f"cwd-{name}")
    for name in MODULES:
        (cage.cwd / f"{name}.py").write_text(cage.python_canary(f"cwd-{name}"))
    user = cage.folder / "home/.local/lib" / f"python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
    user.mkdir(parents=True)
    for name in ("sitecustomize", "usercustomize"):
        (user / f"{name}.py").write_text(cage.python_canary(f"user-{name}"))
    (user / "user.pth").write_text(f"import os; {cage.python_canary('user-pth')}")
    (cage.cwd / "backend.py").write_text(BACKEND.format(sing=cage.python_canary("backend")))
    (cage.cwd / "pyproject.toml").write_text(PROJECT.format(version='version = "1"'))
    dynamic = cage.cwd / "dynamic"
    dynamic.mkdir()
    shutil.copy(cage.cwd / "backend.py", dynamic)
    (dynamic / "pyproject.toml").write_text(PROJECT.format(version='dynamic = ["version", "optional-dependencies"]'))
    (dynamic / "setup.py").write_text(cage.python_canary("setup-py"))
    (cage.cwd / "list.txt").write_text("bird\n")
    (cage.cwd / "folder.txt").write_text("bird\n./dynamic\n")
    (cage.cwd / "editable.txt").write_text("bird\n-e ./dynamic\n")
    (cage.cwd / "run.log").write_text(
        "Traceback (most recent call last):\n"
        f'  File "{cage.site}/other.py", line 2, in <module>\n    from bird import name\n'
        f"ImportError: cannot import name 'name' from 'bird' ({cage.site}/bird/__init__.py)\n"
    )

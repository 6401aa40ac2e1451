"""A patient of a few small wheels, and a folder of wheels that is its whole index."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.builders import index_environment, make_venv, write_wheel
from tests.toolkit.effects.trials import TRIALS

from tts_doctor.effects.read_site import read_facts
from tts_doctor.model.facts import Facts


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One table of what was tried and how it ended, where fault tests ran."""
    if not TRIALS:
        return
    terminalreporter.section("faults: the patient's tree afterwards, by its hash")
    terminalreporter.write_line(f"{'fault':<36}{'trials':>8}{'before':>8}{'after':>8}")
    for fault in sorted({fault for fault, _ in TRIALS}):
        ends = TRIALS[fault, "before"], TRIALS[fault, "after"]
        terminalreporter.write_line(f"{fault:<36}{sum(ends):>8}{ends[0]:>8}{ends[1]:>8}")
    terminalreporter.write_line(f"{'all':<36}{sum(TRIALS.values()):>8}   in between: 0")


@dataclass(frozen=True)
class Ward:
    """A patient, where it lies, and the variables of everything that is run."""

    folder: Path
    wheels: Path
    venv: Path
    env: dict[str, str]

    @property
    def python(self) -> str:
        return str(self.venv / "bin/python")

    @property
    def site(self) -> Path:
        return next(self.venv.glob("lib/python*/site-packages"))

    def facts(self) -> Facts:
        return read_facts(self.python, None, self.env, str(self.folder))


def fill(wheels: Path) -> None:
    """app needs lib<3 by what it imports, though its metadata says only lib>=1."""
    app = {"app/__init__.py": "from lib import old\n", "app/main.py": "def main(): print('app runs')\n"}
    write_wheel(wheels, "app", "1.0", app, ["lib>=1"], {"app-run": "app.main:main"})
    write_wheel(wheels, "app", "2.0", {**app, "app/__init__.py": "from lib import new\n"}, ["lib>=3"])
    for version, body in (("1.0", "old = 1\n"), ("2.0", "old = 2\n"), ("3.0", "new = 3\n")):
        write_wheel(wheels, "lib", version, {"lib/__init__.py": body}, scripts={"lib-run": "lib:old"})
    write_wheel(wheels, "other", "1.0", requires=["lib"])
    write_wheel(wheels, "extra-part", "1.0")
    write_wheel(wheels, "kit", "1.0", extras={"all": ["extra-part"]})
    write_wheel(wheels, "strict", "1.0", requires=["lib>=3"])
    write_wheel(wheels, "strict", "0.5", requires=["lib<3"])


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Ward:
    folder = tmp_path_factory.mktemp("template")
    wheels = folder / "wheels"
    fill(wheels)
    (folder / "home").mkdir()
    env = index_environment(wheels, folder)
    return Ward(folder, wheels, make_venv(folder / "v", sys.executable, env, "app==1.0", "lib==3.0", "other"), env)


@pytest.fixture
def ward(template: Ward, tmp_path: Path) -> Ward:
    """A patient of its own: app is broken by lib 3.0."""
    (tmp_path / "home").mkdir()
    venv = tmp_path / "v"
    shutil.copytree(template.venv, venv, symlinks=True)
    for path in (venv / "bin").iterdir():
        if path.is_file() and not path.is_symlink():
            path.write_bytes(path.read_bytes().replace(bytes(template.venv), bytes(venv)))
    env = index_environment(template.wheels, tmp_path) | {"UV_CACHE_DIR": template.env["UV_CACHE_DIR"]}
    return Ward(tmp_path, template.wheels, venv, env)

"""Shims: the consumer gets its names back, everybody else sees what is really there, uninstalling takes all back."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tts_doctor.effects.shim import build_for, build_shim, is_shim
from tts_doctor.effects.uv import find_uv
from tts_doctor.errors import InstallError
from tts_doctor.knowledge.shims import REPLACEMENTS, replacement, shim_action
from tts_doctor.model.facts import Distribution, Facts, Interpreter

THIS = sys.version_info[:2]
CONSUMER = """
import base64, collections, fractions, inspect, time
from fractions import gcd
from collections import Mapping, MutableMapping
def f(a, b=1, *c, **d): pass
assert issubclass(dict, Mapping) and gcd(4, 6) == 2
assert tuple(inspect.getargspec(f)) == (["a", "b"], "c", "d", (1,))
assert time.clock() >= 0 and base64.encodestring(b"a") == b"YQ==\\n"
print("consumer well")
"""
OTHER = """
import old_package
import collections, fractions, inspect
seen = [hasattr(collections, "Mapping"), hasattr(inspect, "getargspec"), hasattr(fractions, "gcd")]
print("others see nothing" if seen == [False] * 3 else seen)
"""


def unpack(wheel: Path, site: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)


def run(code: str, site: Path) -> subprocess.CompletedProcess[str]:
    """Run code with `site` as a folder whose .pth files count."""
    start = f"import site; site.addsitedir({str(site)!r})\n{code}"
    return subprocess.run([sys.executable, "-I", "-c", start], text=True, capture_output=True)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with a consumer that only an old Python could run, and its shim."""
    folder = tmp_path / "site"
    (folder / "old_package").mkdir(parents=True)
    (folder / "old_package" / "__init__.py").write_text(CONSUMER)
    unpack(build_shim("Old.Package", ["collections", "inspect", "fractions", "time", "base64"], THIS, tmp_path), folder)
    return folder


@pytest.mark.skipif(THIS < (3, 11), reason="the names are still there")
def test_the_consumer_gets_its_names_back(site: Path) -> None:
    """All of what it uses works as it did."""
    assert run("import old_package", site).stdout == "consumer well\n"


@pytest.mark.skipif(THIS < (3, 11), reason="the names are still there")
def test_others_see_no_change(site: Path) -> None:
    """Even in the same process, after the consumer was imported."""
    assert run(OTHER, site).stdout == "consumer well\nothers see nothing\n"


def test_a_program_without_the_consumer_is_not_touched(site: Path) -> None:
    """The modules keep their class; only a finder waits."""
    assert run("import inspect; print(type(inspect).__name__)", site).stdout == "module\n"


def test_the_wheel_can_be_installed_and_uninstalled_exactly(tmp_path: Path) -> None:
    """RECORD names every file, and says why it is there in its metadata."""
    wheel = build_shim("spatialde", ["scipy.misc:logsumexp"], THIS, tmp_path, ("SpatialDE",))
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        record = next(name for name in names if name.endswith("/RECORD"))
        assert {row[0] for row in csv.reader(io.StringIO(archive.read(record).decode()))} == names
        metadata = archive.read(record.replace("RECORD", "METADATA")).decode()
        hook = archive.read("tts_doctor_shim_spatialde.py").decode()
    assert "Name: tts-doctor-shim-spatialde" in metadata
    assert "scipy.misc" in metadata
    assert "SpatialDE" in hook
    compile(hook, "hook", "exec")


@pytest.mark.skipif(THIS < (3, 10), reason="the names are still there")
def test_it_comes_and_goes_as_any_distribution_does(tmp_path: Path) -> None:
    """Installed the old package runs, it is listed; uninstalled nothing of it is left, and the old error is back."""
    uv = find_uv(os.environ.get("PATH"))
    subprocess.run([uv, "venv", "-q", "--python", sys.executable, tmp_path / "v"], check=True)
    python = str(tmp_path / "v" / "bin" / "python")
    (tmp_path / "closed.py").write_text("from collections import Mapping\nprint('well')\n")
    wheel = build_shim("closed", ["collections"], THIS, tmp_path)

    def pip(*words: str) -> str:
        argv = [uv, "pip", *words, "--python", python]
        return subprocess.run(argv, capture_output=True, text=True, check=True).stdout

    def closed() -> tuple[str, str]:
        ran = subprocess.run([python, "-c", "import closed"], cwd=tmp_path, capture_output=True, text=True)
        return ran.stdout, ran.stderr.rpartition("ImportError: ")[2][:26]

    before = sorted((tmp_path / "v" / "lib").rglob("*"))
    pip("install", "--offline", str(wheel))
    assert (closed()[0], "tts-doctor-shim-closed" in pip("list")) == ("well\n", True)
    pip("uninstall", "tts-doctor-shim-closed")
    assert closed() == ("", "cannot import name 'Mappin")
    assert [p for p in sorted((tmp_path / "v" / "lib").rglob("*")) if "__pycache__" not in str(p)] == before


def test_two_builds_are_the_same_bytes(tmp_path: Path) -> None:
    """Nothing of the clock or the machine is in it."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = build_shim("x", ["numpy"], THIS, tmp_path / "a")
    second = build_shim("x", ["numpy"], THIS, tmp_path / "b")
    assert first.read_bytes() == second.read_bytes()


def test_a_step_is_built_for_the_import_names_of_its_distribution(tmp_path: Path) -> None:
    """From the facts, not from guesses."""
    action = shim_action("SpatialDE", "scipy.misc", ["logsumexp"])
    assert action is not None
    facts = Facts(
        Interpreter(version="3.10.1"), (Distribution("SpatialDE", "1.1.0", top_level=("SpatialDE", "bin-x")),)
    )
    with zipfile.ZipFile(build_for(action, facts, tmp_path)) as archive:
        assert "CONSUMERS = ('SpatialDE',)" in archive.read("tts_doctor_shim_spatialde.py").decode()


def test_what_cannot_be_given_back_is_refused(tmp_path: Path) -> None:
    """No empty wheel, no broken promise."""
    with pytest.raises(InstallError):
        build_shim("x", ["scipy.misc:imread"], THIS, tmp_path)
    with pytest.raises(InstallError):
        build_shim("x", ["numpy"], (3, 5), tmp_path)
    assert shim_action("x", "scipy.misc", ["imread"]) is None
    assert shim_action("", "scipy.misc", ["comb"]) is None


def test_names_are_known() -> None:
    """A replacement is an expression or `module:attribute`."""
    assert replacement("scipy.misc", "logsumexp") == "scipy.special:logsumexp"
    assert replacement("scipy.misc", "nothing") == ""
    assert is_shim("tts_doctor_shim_x")
    assert not is_shim("x")
    values = [value for names in REPLACEMENTS.values() for value in names.values()]
    assert all(value.startswith("=") or value.count(":") == 1 for value in values)

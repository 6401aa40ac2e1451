"""An image is diagnosed from its layers as its environment is where it runs: the same findings, to the last word."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from tests.image_archives import Entry, docker_archive, layer, tree_layer
from tests.pythons import python_or_skip
from tests.site_builder import add_distribution
from tests.toolkit.cli.conftest import Doctor

MINOR = "3.12"


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A broken environment of a real interpreter: a name that is gone, a damaged package, an unmet requirement."""
    folder = tmp_path_factory.mktemp("srv") / "venv"
    subprocess.run([python_or_skip(MINOR), "-m", "venv", "--without-pip", str(folder)], check=True)
    site = folder / "lib" / f"python{MINOR}" / "site-packages"
    uses = {"uses/__init__.py": "from gives import gone\nimport ctypes\n"}
    add_distribution(site, "uses", "1.0", uses, requires=["gives", "absent>=2"], requested=True)
    add_distribution(site, "gives", "2.0", {"gives/__init__.py": "here = 1\n", "gives/lost.py": ""})
    (site / "gives" / "lost.py").unlink()
    (site / "added.pth").write_text(str(folder.parent / "extra") + "\n")
    (folder.parent / "extra").mkdir()
    add_distribution(folder.parent / "extra", "extra", "1.0", requires=["gives<2"])
    return folder


@pytest.fixture(scope="module")
def archive(patient: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image with that environment, its interpreter and what the loader needs, at the paths they have here."""
    base = Path(python_or_skip(MINOR)).resolve().parents[1]
    stdlib = base / "lib" / f"python{MINOR}"
    unused = ["test", "site-packages", "__pycache__", "idlelib", "lib2to3", "tkinter", "ensurepip", "pydoc_data"]
    unused += ["unittest", "turtledemo", f"config-{MINOR}-x86_64-linux-gnu"]
    libc = list(Path("/lib").glob("*-linux-gnu/libc.so.6"))
    programs = [base / "bin" / f"python{MINOR}", *sorted(base.glob(f"lib/libpython{MINOR}.so*"))]
    host = [Path(p) for p in ("/etc/ld.so.cache", "/etc/os-release", "/usr/lib/os-release") if Path(p).is_file()]
    layers = [tree_layer([stdlib, *programs, *libc, *host], unused), tree_layer([patient.parent])]
    link = base / "bin" / "python3"
    if link.is_symlink():
        layers.append(layer({str(link).lstrip("/"): ("symlink", str(link.readlink()))}))
    path = tmp_path_factory.mktemp("image") / "image.tar"
    return docker_archive(path, layers, Cmd=[f"{patient}/bin/python", "-m", "uses"], WorkingDir="/")


def told(done: subprocess.CompletedProcess[str]) -> dict[str, object]:
    found = json.loads(done.stdout)
    return {key: found[key] for key in ("verdict", "findings", "checked", "gaps")}


def test_the_same_as_alive(doctor: Doctor, patient: Path, archive: Path) -> None:
    """Findings with their evidence, what was ruled out, what could not be examined: equal, value for value."""
    alive = doctor("diagnose", "--python", f"{patient}/bin/python", "--all", "--format", "json")
    stored = doctor("image", "diagnose", str(archive), "--all", "--format", "json")
    assert (alive.returncode, stored.returncode) == (1, 1), stored.stderr
    assert told(stored) == told(alive)
    assert len(told(stored)["findings"]) >= 3  # type: ignore[arg-type]


def test_with_what_a_container_said(doctor: Doctor, patient: Path, archive: Path) -> None:
    """The log's paths are the image's; the damaged file is found in the layers."""
    ran = subprocess.run([f"{patient}/bin/python", "-c", "import gives.lost"], capture_output=True, text=True)
    told = doctor("image", "diagnose", str(archive), "--log", "-", input=ran.stderr)
    assert told.returncode == 1 and "gives/lost.py is missing" in told.stdout, told.stdout


NO_PYTHON: dict[str, Entry] = {"etc/os-release": "ID=alpine\n", "bin/app": "x"}


def test_an_image_without_python(doctor: Doctor, tmp_path: Path) -> None:
    path = docker_archive(tmp_path / "image.tar", [layer(NO_PYTHON)], Cmd=["app"])
    told = doctor("image", "diagnose", path.name)
    assert (told.returncode, told.stdout) == (3, "") and "there is no Python in image.tar" in told.stderr


def test_an_interpreter_that_is_gone(doctor: Doctor, tmp_path: Path) -> None:
    """An environment that was copied without the Python that it was made from."""
    copied: dict[str, Entry] = {
        "venv/pyvenv.cfg": "home = /usr/local/bin\nversion = 3.10.13\n",
        "venv/bin/python": ("symlink", "/usr/local/bin/python3.10"),
        "venv/lib/python3.10/site-packages/six.py": "",
    }
    path = docker_archive(tmp_path / "image.tar", [layer(copied)], Cmd=["/venv/bin/python"])
    told = doctor("image", "diagnose", path.name)
    assert told.returncode in (1, 3) and "/usr/local/bin/python3.10, which does not exist" in told.stdout


def test_an_image_that_is_nowhere(doctor: Doctor) -> None:
    """No such file, and no engine to ask."""
    told = doctor("image", "diagnose", "none:1", env={"DOCKER_HOST": "unix:///nowhere"})
    assert told.returncode == 3 and "no container engine answers" in told.stderr

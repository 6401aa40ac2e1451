"""What differs between two images, from their archives."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from tests.image_archives import Entry, docker_archive, layer, oci_archive
from tests.toolkit.cli.conftest import Doctor

SITE = "opt/venv/lib/python3.12/site-packages"
STATUS = "Package: libc6\nStatus: install ok installed\nVersion: {}\n\n"
STATUS += "Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n"
BASE = layer({"etc/os-release": "ID=debian\n", "var/lib/dpkg/status": STATUS.format("2.36")})
OLD: dict[str, Entry] = {
    f"{SITE}/numpy-1.26.4.dist-info/METADATA": "Name: numpy\nVersion: 1.26.4\n\nVersion: none\n",
    f"{SITE}/six.py": "x" * 10,
    "app/main.py": "1",
    "app/link": ("symlink", "main.py"),
}
NEW: dict[str, Entry] = {
    f"{SITE}/numpy-2.0.1.dist-info/METADATA": "Name: numpy\nVersion: 2.0.1\n",
    f"{SITE}/flask-3.1.0.dist-info/METADATA": "",
    f"{SITE}/six.py": "y" * 10,
    f"{SITE}/big.bin": "z" * 200_000,
    "app/main.py": "1",
    "app/link": ("symlink", "other.py"),
    "var/lib/dpkg/status": STATUS.format("2.41"),
}


@pytest.fixture
def images(tmp_path: Path) -> tuple[str, str]:
    old = docker_archive(tmp_path / "old.tar", [BASE, layer(OLD)], Cmd=["app"], Env=["A=1", "API_TOKEN=abc"])
    new = oci_archive(tmp_path / "new.tar", [BASE, layer(NEW)], Cmd=["app", "-v"], Env=["A=1", "API_TOKEN=xyz"])
    return old.name, new.name


def test_everything_that_differs(doctor: Doctor, images: tuple[str, str]) -> None:
    """By distribution, Debian package, setting, layer, folder and file; secrets are not told."""
    told = doctor("image", "diff", *images, "--format", "json")
    found = json.loads(told.stdout)
    assert told.returncode == 1
    assert found["python"] == [
        {"name": "flask", "before": None, "after": "3.1.0"}, {"name": "numpy", "before": "1.26.4", "after": "2.0.1"},
    ]  # fmt: skip
    assert found["debian"] == [{"name": "libc6", "before": "2.36", "after": "2.41"}]
    assert [row["name"] for row in found["setting"]] == ["command", "variable API_TOKEN"]
    assert "abc" not in told.stdout and "xyz" not in told.stdout
    assert [(row["made_by"], row["only_in"]) for row in found["layer"]] == [("step 1", 0), ("step 1", 1)]
    assert found["folder"] == [{"path": "/opt/venv/lib", "bytes": 200_000 - len("\n\nVersion: none\n")}]
    assert [row["path"].split("/")[-1] for row in found["changed"]] == ["link", "six.py", "status"]
    assert [row["path"].split("/")[-2:] for row in found["removed"]] == [["numpy-1.26.4.dist-info", "METADATA"]]
    assert len(found["added"]) == 3


def test_the_json_is_as_published(doctor: Doctor, images: tuple[str, str]) -> None:
    """In either direction, and of an image and itself."""
    schema = json.loads((Path(__file__).parents[3] / "docs" / "schema" / "image-diff.schema.json").read_text("utf-8"))
    for pair in (images, images[::-1], (images[0], images[0])):
        jsonschema.validate(json.loads(doctor("image", "diff", *pair, "--format", "json").stdout), schema)


def test_the_page(doctor: Doctor, images: tuple[str, str]) -> None:
    """The largest files first."""
    told = doctor("image", "diff", *images, "--lang", "zh").stdout
    assert "numpy  1.26.4 → 2.0.1" in told
    assert "+0.2 MB" in told[told.index("新增文件") :].splitlines()[1]


def test_an_image_and_itself(doctor: Doctor, images: tuple[str, str]) -> None:
    told = doctor("image", "diff", images[0], images[0])
    assert (told.returncode, told.stdout.splitlines()[-1]) == (0, "✓ they hold the same")

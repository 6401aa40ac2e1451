"""The list of what is in an image: complete, valid by the standard's own schema, the same for the same contents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation import make_schemabased_validator
from tests.image_archives import docker_archive, layer

from tts_doctor.effects.image_archive import ImageArchive
from tts_doctor.effects.image_contents import read_packages
from tts_doctor.model.image_diff import Packed
from tts_doctor.parse.image_layers import Tree
from tts_doctor.parse.lock_text import read_hashes
from tts_doctor.render.as_cyclonedx import sbom_json

SITE = "opt/venv/lib/python3.12/site-packages"
HASHES = [f"{number:064x}" for number in range(3)]
LOCK = f"""\
numpy==2.0.1 \\
    --hash=sha256:{HASHES[0]} \\
    --hash=sha256:{HASHES[1]}
    # via -r requirements.in
My_App==1.0 --hash=sha256:{HASHES[2]}
"""
PYLOCK = f"""\
lock-version = "1.0"
[[packages]]
name = "numpy"
version = "2.0.1"
wheels = [{{hashes = {{sha256 = "{HASHES[0]}"}}}}]
sdist = {{hashes = {{sha256 = "{HASHES[1]}"}}}}
[[packages]]
name = "my-app"
version = "1.0"
wheels = [{{hashes = {{sha256 = "{HASHES[2]}"}}}}]
"""


@pytest.fixture
def document(tmp_path: Path) -> str:
    files = {
        f"{SITE}/numpy-2.0.1.dist-info/METADATA": "Name: numpy\nVersion: 2.0.1\n",
        f"{SITE}/my_app-1.0.dist-info/METADATA": "Name: My.App\nVersion: 1.0\n",
        "usr/lib/python3/dist-packages/six-1.16.0.egg-info/PKG-INFO": "Name: six\nVersion: 1.16.0\n",
        "var/lib/dpkg/status": "Package: libc6\nStatus: install ok installed\nVersion: 2.36-9\n",
    }
    path = docker_archive(tmp_path / "i.tar", [layer(files)])
    with ImageArchive(str(path), str(tmp_path)) as archive:
        packages = read_packages(archive, list(Tree(archive.image.layers).walk()))
    return sbom_json("app:1", packages, read_hashes(LOCK), "bookworm", 315532800)


def test_it_is_valid(document: str) -> None:
    """By the schema that the standard's own library brings."""
    assert make_schemabased_validator(OutputFormat.JSON, SchemaVersion.V1_6).validate_str(document) is None


def test_what_it_says(document: str) -> None:
    """Every package by its purl and place, hashes with the distribution they are of."""
    rows = {row["name"]: row for row in json.loads(document)["components"]}
    assert {name: row["purl"] for name, row in rows.items()} == {
        "libc6": "pkg:deb/debian/libc6@2.36-9?distro=debian-bookworm",
        "numpy": "pkg:pypi/numpy@2.0.1",
        "My.App": "pkg:pypi/my-app@1.0",
        "six": "pkg:pypi/six@1.16.0",
    }
    assert [h["content"] for h in rows["My.App"]["hashes"]] == [HASHES[2]] and "hashes" not in rows["numpy"]
    (source,) = rows["numpy"]["externalReferences"]
    assert [h["content"] for h in source["hashes"]] == HASHES[:2]
    assert rows["six"]["properties"][0]["value"].endswith("dist-packages/six-1.16.0.egg-info")


def test_the_same_again(document: str) -> None:
    """Neither the time nor chance is in it; other contents have another number."""
    one, two = (json.loads(sbom_json("app:1", [Packed("python", n, "1")], {}, "", 315532800)) for n in "ab")
    assert json.loads(document)["metadata"]["timestamp"] == "1980-01-01T00:00:00+00:00"
    assert one == json.loads(sbom_json("app:1", [Packed("python", "a", "1")], {}, "", 315532800))
    assert one["serialNumber"] != two["serialNumber"]


@pytest.mark.parametrize("text", [LOCK, PYLOCK], ids=["requirements", "pylock"])
def test_hashes_of_a_lock(text: str) -> None:
    assert read_hashes(text) == {("numpy", "2.0.1"): tuple(HASHES[:2]), ("my-app", "1.0"): (HASHES[2],)}

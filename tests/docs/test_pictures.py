"""The pictures of the terminal show what the tool prints today.

Needs a Python 3.10 and no network: the quick start's distributions are built here, with the lines of theirs that the
diagnosis rests on, and the same commands are run on them. What `uv` and Python print (`checkers`) is not ours to check.
"""

from __future__ import annotations

import html
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from tests.builders import write_wheel
from tests.docs.examples import ROOT
from tests.pythons import python_or_skip

PICTURES = ROOT / "docs" / "pictures"
WORDS = re.compile(r'<text class="[\w-]+-r\d+" x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)')
VARIES = re.compile(r"undo[0-9a-f]{8}|[\d.]+s(?=[)）])|/tmp/[\w-]+")
USES = "\n" * 29 + "from werkzeug.urls import url_quote\n\n\nclass Flask: ...\n"

pytestmark = pytest.mark.slow


def load() -> ModuleType:
    """The script that takes the pictures."""
    spec = importlib.util.spec_from_file_location("take_pictures", ROOT / "scripts" / "take_pictures.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def shown(svg: str) -> str:
    """What a picture says, without spaces, capitals and what differs from run to run."""
    rows = sorted((float(y), float(x), html.unescape(text)) for x, y, text in WORDS.findall(svg))
    return VARIES.sub("~", re.sub(r"\s", "", "".join(text for _, _, text in rows)).lower())


def write_index(folder: Path) -> None:
    """The releases that the diagnosis of the quick start tells of."""
    for version in ("2.2.2", "2.2.4", "2.3.0"):
        app = USES if version == "2.2.2" else "class Flask: ...\n"
        files = {"flask/__init__.py": "\n" * 4 + "from .app import Flask as Flask\n", "flask/app.py": app}
        write_wheel(folder, "flask", version, files, ("Werkzeug>=2.2.2",))
    for version in ("2.2.2", "2.3.8", "3.0.0", "3.1.9"):
        urls = "def url_quote(text): ...\n" if version < "3" else "def iri_to_uri(text): ...\n"
        write_wheel(folder, "Werkzeug", version, {"werkzeug/__init__.py": "", "werkzeug/urls.py": urls})


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The script, with a place that has the broken environment; a longer name would be wrapped elsewhere."""
    wheels, place = tmp_path_factory.mktemp("wheels"), Path(tempfile.mkdtemp(dir="/tmp"))
    write_index(wheels)
    taking = load()
    taking.PLACE = place
    given = {"UV_NO_INDEX": "1", "UV_FIND_LINKS": str(wheels), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("UV_", "PIP_"))]:
            patch.delenv(name)
        for name, value in given.items():
            patch.setenv(name, value)
        uv = str(taking.BIN / "uv")
        subprocess.run([uv, "venv", "-q", "--python", python_or_skip("3.10"), place / ".venv"], check=True)
        subprocess.run([uv, "pip", "install", "-q", "--python", place / ".venv", *taking.LIST], check=True)
        yield taking
    shutil.rmtree(place)


@pytest.mark.parametrize(("lang", "suffix"), [("en", ""), ("zh", ".zh")])
def test_the_pictures_are_fresh(script: ModuleType, lang: str, suffix: str) -> None:
    """`make docs-pictures` takes them anew."""
    now = {shot.name: shown(script.picture(shot, lang)) for shot in script.SHOTS if shot.name != "checkers"}
    assert {name: shown((PICTURES / f"{name}{suffix}.svg").read_text("utf-8")) for name in now} == now


def test_every_shot_has_its_pictures() -> None:
    commands = {shot.name: [f"$ {command}" for command in shot.commands] for shot in load().SHOTS}
    for name, typed in commands.items():
        for suffix in ("", ".zh"):
            said = shown((PICTURES / f"{name}{suffix}.svg").read_text("utf-8"))
            assert [] == [line for line in typed if re.sub(r"\s", "", line).lower() not in said]

"""dockerfiles/ is what would be written today, and hadolint has nothing to say about it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from tests.toolkit.images.test_plan_image import lint

from tts_doctor.cli.arguments import parse
from tts_doctor.cli.dockerfile_verb import dockerfile
from tts_doctor.parse.lock_text import read_pins

ROOT = Path(__file__).parents[3]
FILES = sorted((ROOT / "dockerfiles").glob("*.Dockerfile"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_it_lints(path: Path) -> None:
    """Every rule, none ignored."""
    lint(path.read_text("utf-8"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_it_is_fresh(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Written again without the index, which adds nothing: no locked wheel is linked with what the base lacks."""
    monkeypatch.chdir(ROOT)
    text = path.read_text("utf-8")
    words = re.search(r"`tts-doctor (dockerfile .*?) -o \S+ -- (.*?)`", text)
    assert words is not None
    options = parse([*shlex.split(words[1]), "--offline", "--", *shlex.split(words[2])])
    dockerfile(options, {}, "en")
    written = capsys.readouterr().out
    head = written.splitlines()[0].replace(" --offline", "").replace(" -- ", f" -o dockerfiles/{path.name} -- ")
    assert "\n".join([head, *written.splitlines()[1:]]) + "\n" == text


@pytest.mark.parametrize("python", ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13"])
def test_there_is_one_for_each_lock(python: str) -> None:
    assert ROOT / "dockerfiles" / f"server-{python}.Dockerfile" in FILES
    assert read_pins((ROOT / "constraints" / f"server-{python}.txt").read_text("utf-8"))

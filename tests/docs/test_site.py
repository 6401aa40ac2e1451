"""The documentation as it is built: whole in both languages, and without a warning."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
import yaml
from tests.docs.examples import ROOT

from tts_doctor.knowledge.deployments import deployment_files
from tts_doctor.knowledge.playbooks import playbook_files
from tts_doctor.signs import SIGNS, UNEXPLAINED

DOCS = ROOT / "docs"
NAMES = [name for name, _ in (*SIGNS, ("unexplained", UNEXPLAINED))]


class Links(HTMLParser):
    """What a page points to, and what can be pointed to in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.targets: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src") and value:
                self.targets.add(value)
            if name == "id" and value:
                self.anchors.add(value)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Builds the site; a warning is an error."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True, timeout=300
    )
    assert 0 == done.returncode and "WARNING" not in done.stderr, done.stderr
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("root", ["", "zh"])
def test_every_sign_and_playbook_has_its_page(site: Path, root: str) -> None:
    for name in NAMES:
        assert (site / root / "signs" / name / "index.html").is_file()
    for section, files in (("playbooks", playbook_files()), ("deployments", deployment_files())):
        for file in files:
            assert (site / root / section / file.stem / "index.html").is_file()


@pytest.mark.slow
def test_every_link_leads_somewhere(site: Path) -> None:
    """Those that Markdown writes and those that the theme does, the switch of languages among them."""
    pages = {page: Links(page.read_text("utf-8")) for page in site.rglob("*.html") if page.name != "404.html"}
    lost = [
        f"{page.relative_to(site)}: {target}"
        for page, links in pages.items()
        for target in links.targets
        if not urlsplit(target).scheme and not target.startswith("#") and not leads(page, target, pages)
    ]
    assert [] == lost


def leads(page: Path, target: str, pages: dict[Path, Links]) -> bool:
    path, anchor = urldefrag(unquote(target))
    found = Path(os.path.normpath(page.parent / path))
    found = found / "index.html" if found.is_dir() else found
    # `lang=zh` is how the map is to be shown, and no place in it
    return found.is_file() and (not anchor or "=" in anchor or found not in pages or anchor in pages[found].anchors)


def test_every_sign_is_told_in_chinese() -> None:
    chinese = yaml.safe_load((DOCS / "data" / "signs.zh.yaml").read_text("utf-8"))
    assert NAMES == [name for name in NAMES if name in chinese], "docs/data/signs.zh.yaml lacks a sign"
    assert set(chinese) <= set(NAMES)


def test_every_page_is_there_in_both_languages() -> None:
    pages = {page.name for page in DOCS.glob("*.md")}
    assert {name for name in pages if not name.endswith(".zh.md")} == {
        name.replace(".zh.md", ".md") for name in pages if name.endswith(".zh.md")
    }


def test_every_picture_is_shown_and_there() -> None:
    told = "".join(page.read_text("utf-8") for page in DOCS.glob("*.md"))
    shown = set(re.findall(r"\]\(pictures/([\w-]+)\.svg\)", told))
    assert {f"{name}{suffix}" for name in shown for suffix in (".svg", ".zh.svg")} == {
        file.name for file in (DOCS / "pictures").iterdir()
    }

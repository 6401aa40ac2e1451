"""An editable project whose folder was renamed: found nearby by its name, and never looked for on the index."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.site_builder import add_distribution
from tests.toolkit.signs.cases import case, dist

from tts_doctor.effects.read_moved import read_moved
from tts_doctor.effects.read_site import read_facts
from tts_doctor.keep_origins import keep_origins
from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Action
from tts_doctor.model.surroundings import MovedProject
from tts_doctor.signs import missing_module, moved_project

SHOP = {"pyproject.toml": '[project]\nname = "Shop.Kit"\n', "src/shopkit/__init__.py": ""}


def patient(tmp_path: Path, was: str) -> Facts:
    info = add_distribution(tmp_path / "site", "shop-kit", "1.2", {"__editable__.shop.pth": f"{was}/src\n"})
    (info / "direct_url.json").write_text(json.dumps({"url": f"file://{was}", "dir_info": {"editable": True}}))
    work = tmp_path / "work"
    work.mkdir(exist_ok=True)
    return read_facts(None, str(tmp_path / "site"), {}, str(work))


@pytest.mark.parametrize(
    ("files", "now"),
    [
        ({f"home/shop/{name}": text for name, text in SHOP.items()}, "home/shop"),
        ({"work/setup.cfg": "[metadata]\nname = shop_kit\n"}, "work"),
        ({"work/inner/setup.py": 'setup(\n    name="shop-kit",\n)\n'}, "work/inner"),
        ({"home/shop/pyproject.toml": '[project]\nname = "other"\n'}, ""),
    ],
    ids=["renamed", "working-folder", "inside-it", "another-project"],
)
def test_where_the_project_lies_now(tmp_path: Path, files: dict[str, str], now: str) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = read_moved(patient(tmp_path, str(tmp_path / "home/shop-old")))
    assert [(p.name, p.now) for p in found] == [("shop-kit", str(tmp_path / now) if now else "")]
    assert ("shopkit" in found[0].modules) == (now == "home/shop")


def test_a_project_that_is_in_its_place_has_not_moved(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    assert read_moved(patient(tmp_path, str(tmp_path / "shop"))) == ()


SHOPKIT = dist("shop-kit", "1.2", editable="/home/shop-old", direct_url="file:///home/shop-old", top_level=())
FOUND = MovedProject("shop-kit", "/home/shop-old", "/home/shop", ("shopkit",))
LOST = "ModuleNotFoundError: No module named 'shopkit'"


@pytest.mark.parametrize(
    ("text", "project", "expected"),
    [
        (LOST, FOUND, [("error", [Action("reinstall", "shop-kit", value="/home/shop")])]),
        (LOST, MovedProject("shop-kit", "/home/shop-old", "", ("shopkit",)), [("error", [])]),
        ("", FOUND, [("warning", [Action("reinstall", "shop-kit", value="/home/shop")])]),
        ("ValueError: 3", FOUND, [("note", [Action("reinstall", "shop-kit", value="/home/shop")])]),
        (LOST, MovedProject("shop-kit", "/home/other"), []),
    ],
    ids=["found", "gone-for-good", "static", "unrelated", "installed-from-elsewhere-by-now"],
)
def test_what_is_said_of_it(text: str, project: MovedProject, expected: list[tuple[str, list[Action]]]) -> None:
    looked = case(SHOPKIT, text=text, moved_projects=(project,))
    told = [
        (f.severity.value, [Action(a.action, a.target, a.spec, a.value) for a in f.treatment.actions])
        for f in moved_project.find(looked)
    ]
    assert told == expected
    if expected and text == LOST:
        assert list(missing_module.find(looked)) == []


URL = "git+https://example.org/lib@abc"
PIN = Action("pin", "lib", "<2")


@pytest.mark.parametrize(
    ("installed", "action", "expected"),
    [
        ({}, Action("reinstall", "lib", "==1.0"), Action("reinstall", "lib", "==1.0")),
        ({"direct_url": URL}, Action("reinstall", "lib", "==1.0"), Action("reinstall", "lib")),
        ({"direct_url": URL}, PIN, None),
        ({"editable": "/src/lib"}, Action("install", "lib[speed]"), None),
        ({"editable": "/src/lib"}, Action("uninstall", "lib"), Action("uninstall", "lib")),
        ({"editable": "/home/shop-old"}, Action("reinstall", "lib", "==1.0"), None),
        ({"direct_url": "file:///conda/lib", "installer": "conda"}, PIN, PIN),
        ({"direct_url": "https://files.pythonhosted.org/lib.whl"}, PIN, PIN),
    ],
)
def test_what_came_from_elsewhere_is_not_fetched_from_the_index(
    installed: dict[str, str], action: Action, expected: Action | None
) -> None:
    facts = Facts(distributions=(dist("lib", **installed),), moved_projects=(MovedProject("lib", "/home/shop-old"),))
    assert list(keep_origins([(action,)], facts)) == ([(expected,)] if expected else [])

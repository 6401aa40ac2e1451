"""Which distribution brings a plugin: what declares it, not what is called like it."""

from __future__ import annotations

from pathlib import Path

from tests.builders import write_wheel
from tests.toolkit.propose.test_settle import environ

from tts_doctor.effects.index import open_index
from tts_doctor.model.facts import Distribution, Facts, Interpreter
from tts_doctor.model.finding import Need
from tts_doctor.propose import settle


def offered(tmp_path: Path, *stock: tuple[str, str, str]) -> list[str]:
    for name, version, entry_points in stock:
        folder = f"{name.replace('-', '_')}-{version}.dist-info"
        write_wheel(tmp_path / "wheels", name, version, {f"{folder}/entry_points.txt": entry_points}, ())
    python = Interpreter(version="3.11.7", machine="x86_64", libc="glibc 2.36")
    facts = Facts(python, (Distribution("mkdocs", "1.6.0"),))
    need = Need("plugin", "mkdocs", name="material")
    return [a.target for repair in settle(need, facts, open_index(facts, environ(tmp_path))) for a in repair]


THEME = "[mkdocs.themes]\nmaterial = material.templates\n"


def test_a_distribution_that_declares_the_plugin_is_offered(tmp_path: Path) -> None:
    assert offered(tmp_path, ("mkdocs-material", "1.0", THEME)) == ["mkdocs-material"]


def test_a_name_alone_proves_nothing(tmp_path: Path) -> None:
    assert offered(tmp_path, ("material", "1.0", "[console_scripts]\nmat = material:main\n")) == []


def test_of_two_that_declare_it_the_one_with_the_longer_history_comes_first(tmp_path: Path) -> None:
    stock = (("mkdocs-material", "1.0", THEME), ("material", "1.0", THEME), ("material", "1.1", THEME))
    assert offered(tmp_path, *stock) == ["material", "mkdocs-material"]

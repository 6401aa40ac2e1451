"""Which distribution brings a plugin: what declares it, not what is called like it."""

from __future__ import annotations

from pathlib import Path

from tests.builders import write_wheel
from tests.toolkit.propose.test_settle import environ

from tts_doctor.effects.index import open_index
from tts_doctor.model.facts import Distribution, Facts, Interpreter
from tts_doctor.model.finding import Need
from tts_doctor.propose import settle

MKDOCS = Need("plugin", "mkdocs", name="material")


def offered(
    tmp_path: Path, *stock: tuple[str, str, str], need: Need = MKDOCS, program: tuple[str, str] = ("mkdocs", "1.6.0")
) -> list[str]:
    for name, version, entry_points in stock:
        folder = f"{name.replace('-', '_')}-{version}.dist-info"
        write_wheel(tmp_path / "wheels", name, version, {f"{folder}/entry_points.txt": entry_points}, ())
    python = Interpreter(version="3.11.7", machine="x86_64", libc="glibc 2.36")
    facts = Facts(python, (Distribution(*program),))
    return [
        a.target + (a.spec or "")
        for repair in settle(need, facts, open_index(facts, environ(tmp_path)))
        for a in repair
    ]


THEME = "[mkdocs.themes]\nmaterial = material.templates\n"


def test_a_distribution_that_declares_the_plugin_is_offered(tmp_path: Path) -> None:
    assert offered(tmp_path, ("mkdocs-material", "1.0", THEME)) == ["mkdocs-material"]


def test_a_name_alone_proves_nothing(tmp_path: Path) -> None:
    assert offered(tmp_path, ("material", "1.0", "[console_scripts]\nmat = material:main\n")) == []


def test_of_two_that_declare_it_the_one_with_the_longer_history_comes_first(tmp_path: Path) -> None:
    stock = (("mkdocs-material", "1.0", THEME), ("material", "1.0", THEME), ("material", "1.1", THEME))
    assert offered(tmp_path, *stock) == ["material", "mkdocs-material"]


def test_a_part_of_one_project_comes_in_the_release_of_the_others(tmp_path: Path) -> None:
    stock = [("otel-propagator-b3", version, "[otel_propagator]\nb3 = b3:Format\n") for version in ("1.0", "1.1")]
    need = Need("plugin", "otel-api", name="b3", detail="propagator")
    assert offered(tmp_path, *stock, need=need, program=("otel-api", "1.0")) == ["otel-propagator-b3==1.0"]

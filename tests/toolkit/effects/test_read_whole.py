"""A remembered reading of an environment is given again while nothing changed, and never afterwards."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.site_builder import add_distribution

from tts_doctor.effects.module_cache import ModuleCache
from tts_doctor.effects.read_ahead import Ahead, Marks, Teller
from tts_doctor.effects.read_site import read_facts
from tts_doctor.effects.read_whole import read_whole
from tts_doctor.effects.simulate_imports import follow, scout
from tts_doctor.model.facts import Facts

SHOP = {
    "shop/__init__.py": "from shop.cart import add\nfrom desk import sit\nimport till\n",
    "shop/cart.py": "def add(): pass\n",
    "shop/data.txt": "1",
}


DESK = {"desk.py": "def sit(): pass\n"}


def facts_of(site: Path) -> Facts:
    facts = read_facts(None, str(site), {}, str(site))
    python = replace(facts.interpreter, version="3.10.13", stdlib=str(site / "none"), sys_path=(str(site),))
    return replace(facts, interpreter=python)


def whole(site: Path, cache: Path) -> tuple[object, ...]:
    facts = read_whole(facts_of(site), {"TTS_DOCTOR_CACHE": str(cache)})
    return facts.file_problems, facts.shared_objects, facts.missing_imports


def answers(cache: Path) -> dict[str, int]:
    """Each remembered answer's inode, which changes when it is written anew."""
    return {path.name: path.stat().st_ino for path in (cache / "modules").glob("answer-*")}


def overwrite(path: Path, text: str) -> None:
    """In place, without another size; only the time of change tells."""
    assert len(text) == path.stat().st_size
    path.write_text(text)
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))


CHANGES: dict[str, Callable[[Path], object]] = {
    "a module goes": lambda site: (site / "shop/cart.py").unlink(),
    "a module loses a name": lambda site: overwrite(site / "desk.py", "def sat(): pass\n"),
    "what was missing comes": lambda site: (site / "till.py").write_text(""),
    "data are cut off": lambda site: (site / "shop/data.txt").write_text(""),
    "a binary comes": lambda site: (site / "shop/_fast.so").write_bytes(b"\x7fELF"),
    "RECORD asks for more": lambda site: (site / "shop-1.0.dist-info/RECORD").open("a").write("shop/gone.py,,\n"),
    "another distribution comes": lambda site: add_distribution(site, "other", "1.0", {"other.py": "import gone\n"}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_seen(tmp_path: Path, change: Callable[[Path], object]) -> None:
    site, cache = tmp_path / "site", tmp_path / "cache"
    add_distribution(site, "shop", "1.0", SHOP)
    add_distribution(site, "desk", "1.0", DESK)
    time.sleep(0.15)  # what has just changed is not remembered
    before = whole(site, cache)
    change(site)
    after = whole(site, cache)
    assert before != after == whole(site, tmp_path / "empty")


@contextlib.contextmanager
def on_processors(wanted: set[int]) -> Iterator[None]:
    had = os.sched_getaffinity(0)
    os.sched_setaffinity(0, wanted)
    try:
        yield
    finally:
        os.sched_setaffinity(0, had)


def test_one_processor_tells_the_same_as_two(tmp_path: Path) -> None:
    """A second one is used by a child process that follows imports from the other end."""
    site = tmp_path / "site"
    for number in range(40):
        others = "".join(
            f"from shop{other} import add, gone{number}\n" for other in ((number + 1) % 40, number * 7 % 40)
        )
        add_distribution(site, f"shop{number}", "1.0", {f"shop{number}.py": f"{others}def add(): pass\n"})
    both = whole(site, tmp_path / "both")
    with on_processors({min(os.sched_getaffinity(0))}):
        assert whole(site, tmp_path / "one") == both
    assert len(both[2]) >= 40


def test_what_another_process_tells_changes_nothing(tmp_path: Path) -> None:
    """Here it tells all before the first module is followed; a real one is anywhere in between."""
    site = tmp_path / "site"
    for number in range(30):
        lines = f"import shop{(number + 1) % 30}\nfrom shop{number * 7 % 30} import add, gone{number}\nimport absent\n"
        guarded = f"try:\n    from shop{number * 5 % 30} import add\nexcept ImportError:\n    pass\n"
        text = (lines, guarded, lines.replace("absent", "json"))[number % 3]
        add_distribution(site, f"shop{number}", "1.0", {f"shop{number}.py": f"{text}def add(): pass\n"})
    facts = facts_of(site)

    def cache(name: str) -> ModuleCache:
        return ModuleCache({"TTS_DOCTOR_CACHE": str(tmp_path / name)})

    told: list[list[tuple[str, Any, Any]]] = []
    scout(facts, cache("child"), Marks(), Teller(told.append, Marks()))
    ahead = Ahead(None, Marks())
    ahead.hear = lambda: [ahead.note(told.pop(0)) for _ in tuple(told)]  # type: ignore[method-assign]
    alone, _ = follow(facts, cache("alone"))
    assert follow(facts, cache("parent"), ahead=ahead)[0] == alone
    assert len(alone) > 5 and not told


def test_nothing_is_read_anew_where_nothing_changed(tmp_path: Path) -> None:
    site, cache = tmp_path / "site", tmp_path / "cache"
    add_distribution(site, "shop", "1.0", SHOP)
    add_distribution(site, "desk", "1.0", DESK)
    time.sleep(0.15)  # what has just changed is not remembered
    before, written = whole(site, cache), answers(cache)
    assert (before, written) == (whole(site, cache), answers(cache)) and written

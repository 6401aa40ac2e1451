"""The matrix' page in a real browser: squares, filters, a cell's diagnosis, two languages; nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.server.debian import program

from tts_doctor.effects.matrix_export import read_template
from tts_doctor.matrix.plan import cells_of
from tts_doctor.model.matrix import Axis, Basis, Found, Grid, State
from tts_doctor.model.text import Text
from tts_doctor.render.as_matrix_page import matrix_page

GRID = Grid("small", ("3.8", "3.10"), (Axis("numba", ("0.53", "0.56")), Axis("numpy", ("1.23", "1.24"))))
EVIL = "</script><script>document.title='owned'</script><!-- & \u2028"


def results() -> dict[str, Found]:
    """One broken cell, one that follows from it, a conflict, the rest works."""
    found = {}
    for cell in cells_of([GRID]):
        if cell.pins == (("numba", "0.53"), ("numpy", "1.24")):
            basis, proof = (Basis.RUN, "") if cell.python == "3.8" else (Basis.BOUND, "numba-numpy-1.24")
            why = Text("numba is too old", "numba 太旧")
            result = Found(
                cell.key, State.BROKEN, basis, why, "import", proof, finding="too-old", repair="pin numpy<1.24",
                output=EVIL,
                resolved=(("numba", "0.53.1"), ("numpy", "1.24.4")),
            )  # fmt: skip
        else:
            result = Found(cell.key, State.WORKS, Basis.RUN)
        found[cell.key] = result
    return found


def test_no_value_can_end_the_script() -> None:
    page = matrix_page(read_template(), cells_of([GRID]), results(), "", "en")
    assert page.count("</script>") == 1
    assert "<!--" not in page


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Any]:
    """The page, opened; whatever the browser complains of or fetches fails the test."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = program("chromium", "chromium", "fonts-noto-cjk")
    file = tmp_path / "index.html"
    file.write_text(matrix_page(read_template(), cells_of([GRID]), results(), "2026-11-22", "en"), "utf-8")
    complaints: list[str] = []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        opened = browser.new_page()
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        opened.on("console", lambda line: complaints.append(line.text))
        opened.on("request", lambda request: request.url.startswith("file:") or complaints.append(request.url))
        opened.goto(file.as_uri())
        yield opened
        browser.close()
    assert complaints == []


@pytest.mark.slow
def test_a_visitor_finds_the_cause(page: Any) -> None:
    """Squares by state, striped where derived; a click tells why; the filter and the states narrow; Chinese."""
    assert page.locator("td button").count() == 8
    assert page.locator("td button.broken").count() == 2
    assert page.locator("td button.broken.derived").count() == 1
    page.locator("td button.broken").first.click()
    told = page.locator("#cell").inner_text()
    assert "numba is too old" in told and "pin numpy<1.24" in told and EVIL.split("\u2028")[0] in told
    assert "uv venv --python 3.8 cell" in told and "numpy==1.24.4" in told
    page.keyboard.press("Escape")
    assert page.locator("#cell").is_hidden()

    page.locator("#python").select_option("3.10")
    assert page.locator("td button").count() == 4
    page.locator("#words").fill("too-old")
    assert page.locator("td button:not(.out)").count() == 1
    page.locator("#lang").click()
    assert "numba 太旧" in page.locator("#causes").inner_text()
    assert page.title() == "tts-doctor matrix"


@pytest.mark.slow
def test_without_axes_the_pythons_are_one(page: Any, tmp_path: Path) -> None:
    cells = cells_of([Grid("list", ("3.8", "3.10"), ())])
    known = {cell.key: Found(cell.key, State.WORKS, Basis.RUN) for cell in cells}
    (tmp_path / "index.html").write_text(matrix_page(read_template(), cells, known, "", "en"), "utf-8")
    page.reload()
    assert page.locator("thead th").all_inner_texts() == ["Python →", "3.8", "3.10"]
    assert page.locator("td button.works").count() == 2


@pytest.mark.slow
def test_an_address_keeps_what_was_filtered(page: Any) -> None:
    page.locator("#python").select_option("3.10")
    page.locator("#words").fill("too-old")
    page.reload()
    assert (page.locator("#python").input_value(), page.locator("#words").input_value()) == ("3.10", "too-old")
    assert page.locator("td button:not(.out)").count() == 1


@pytest.mark.slow
def test_arrows_walk_through_a_map(page: Any) -> None:
    """One stop for the tabulator in each map."""
    assert page.locator("td button[tabindex='0']").count() == 2
    page.locator("td button").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.title").startswith("3.8 numba=0.56 numpy=1.24")


@pytest.mark.slow
def test_a_telephone_shows_all_of_it(page: Any) -> None:
    """Nothing is wider than the screen, an open cell neither; what breaks is one touch away."""
    page.set_viewport_size({"width": 360, "height": 740})
    page.reload()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator("summary").click()
    page.locator(".cause").first.click()
    assert page.locator("#cell").bounding_box()["width"] <= 360
    assert page.evaluate("document.querySelector('#cell').scrollWidth") <= 360

"""What a project page says of its files, in JSON and in HTML, and that no page is slow to read."""

from __future__ import annotations

import pytest
from tests.guards import ends_within

from tts_doctor.parse.simple_page import JSON_TYPE, IndexFile, read_page
from tts_doctor.parse.start_tags import start_tags

URL = "https://pypi.org/simple/a/"
WHEEL = "https://pypi.org/simple/a-1-py3-none-any.whl"


def html(page: str) -> tuple[IndexFile, ...]:
    return read_page(page.encode(), "text/html; charset=utf-8", URL)


def test_an_html_page_says_what_the_json_page_says() -> None:
    page = f"""<!DOCTYPE html><html><body><!-- <a href="b.whl">no</a> --><script>"<a href='c.whl'>"</script>
    <a href="../a-1-py3-none-any.whl#sha256=ab" data-requires-python="&gt;=3.8" data-yanked data-core-metadata="x">a</a>
    <A HREF={WHEEL}>a</A><a href="../b/">other</a></body></html>"""
    data = b"""{"files": [{"filename": "a-1-py3-none-any.whl", "url": "../a-1-py3-none-any.whl", "hashes":
    {"sha256": "ab"}, "requires-python": ">=3.8", "yanked": "why", "core-metadata": true}]}"""
    first = IndexFile(WHEEL.rsplit("/", 1)[1], WHEEL, "ab", ">=3.8", yanked=True, has_metadata=True)

    assert html(page) == (first, IndexFile(first.filename, WHEEL))
    assert read_page(data, JSON_TYPE, URL) == (first,)


def test_a_base_moves_what_follows() -> None:
    assert [f.url for f in html('<a href="a.zip"><base href="/b/"><a href="a.zip">')] == [
        "https://pypi.org/simple/a/a.zip",
        "https://pypi.org/b/a.zip",
    ]


@pytest.mark.parametrize(
    ("page", "tags"),
    [
        ("<a b='1\"' c = \"'\" d=e/f g>", [("a", {"b": '1"', "c": "'", "d": "e/f", "g": ""})]),
        ("<a b=1 B=2/><br/>", [("a", {"b": "1"}), ("br", {})]),
        ("a < b <1> </a x='>'> <a>", [("a", {})]),
        ("<a <b>", [("a", {"<b": ""})]),
        ("<a b='", []),
        ("<title><a></title><a>", [("title", {}), ("a", {})]),
        ("<a/ =b>", [("a", {"=b": ""})]),
    ],
)
def test_tags_are_the_standard_tokenizers(page: str, tags: list[tuple[str, dict[str, str]]]) -> None:
    assert list(start_tags(page)) == tags


ENDLESS = ('<a href="', "<a ", "<", "<!--", "<script>", "<a b=", "<a b='c' ", "</a ", "<a\n" + " " * 99)


@pytest.mark.parametrize("part", ENDLESS)
def test_a_page_without_ends_is_read_once(part: str) -> None:
    with ends_within():
        html(part * (1_000_000 // len(part)))

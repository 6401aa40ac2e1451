"""Decorations come off, what the program printed stays."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.guards import ends_within

from tts_doctor.parse.log import clean

PLAIN = """Traceback (most recent call last):
  File "/opt/app/main.py", line 3, in <module>
    from werkzeug.urls import url_quote, url_decode, url_encode, url_join, url_parse, url_unquote
ImportError: cannot import name 'url_quote' from 'werkzeug.urls' (/opt/app/site-packages/werkzeug/urls.py)"""


def numbered(template: str) -> str:
    return "\n".join(template.format(i=i, line=line) for i, line in enumerate(PLAIN.split("\n")))


def boxed(width: int) -> str:
    parts = [line[i : i + width] for line in PLAIN.split("\n") for i in range(0, max(len(line), 1), width)]
    return "\n".join(f"│ {part.ljust(width)} │" for part in parts)


DECORATED = {
    "BuildKit": numbered("#9 1{i}.25 {line}"),
    "compose": numbered("web-1  | {line}"),
    "CRI": numbered("2025-01-02T03:04:0{i}.123456789Z stdout F {line}"),
    "docker logs -t": numbered("2025-01-02T03:04:0{i}.123Z {line}"),
    "journal": numbered("Jan 02 03:04:0{i} host python[77]: {line}"),
    "kubectl --prefix": numbered("[pod/tts-5f/server] {line}"),
    "torchrun": numbered("[rank0]: {line}"),
    "ray": numbered("(Worker pid=12{i}) {line}"),
    "any logger": numbered("2025-01-02 03:04:0{i},123 ERROR app.py:7 - {line}"),
    "colours": numbered("\x1b[1;31m{line}\x1b[0m"),
    "colours without ESC": numbered("[1;31m{line}[0m"),
    "quotes": numbered("> {line}"),
    "quotes of quotes": numbered("> > {line}"),
    "quoted compose": numbered("> web-1  | {line}"),
    "CRLF": PLAIN.replace("\n", "\r\n"),
    "progress bars": numbered("Fetching: {i}%|#   | {i}/9 [00:01<00:02]\r{line}"),
    "HTML": "<pre><code>" + PLAIN.replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#39;") + "</code></pre>",
    "fences": f"```python\n{PLAIN}\n```",
    "typographic quotes": PLAIN.replace(" 'url_quote'", " ‘url_quote’"),
    "box of 80": boxed(80),
    "box of 98": boxed(98),
}


@pytest.mark.parametrize("text", DECORATED.values(), ids=DECORATED.keys())
def test_a_decorated_text_reads_like_the_plain_one(text: str) -> None:
    assert clean(text) == PLAIN


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        "  × Getting requirements to build wheel did not run.\n  │ exit code: 1\n  ╰─> [2 lines of output]",
        "name | version\nnumpy | 2.0",
        "x = a[0]\ny = b[31]",
        ">>> import numpy\n>>> numpy.__version__",
    ],
)
def test_undecorated_text_stays_as_it_is(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "x" * 30_000_000,
        "line\n" * 3_000_000,
        "│ " * 400_000,
        "a-1  | x\n" * 100_000,
        "\x00\xff\x1b[" * 500_000,
        "[31" * 500_000,
    ],
    ids=["one line", "many lines", "bars", "compose", "binary", "half colours"],
)
def test_a_huge_input_takes_bounded_time_and_room(text: str) -> None:
    with ends_within():
        assert len(clean(text)) <= 1_300_000


@settings(max_examples=300, deadline=20_000)
@given(st.text(alphabet=st.sampled_from(list("ab01 |>│\r\n\x1b[m;&lt<>#:'\"`.ZT-")), max_size=400))
def test_anything_is_cleaned_without_a_crash_and_twice_changes_little(text: str) -> None:
    assert len(clean(text)) <= 6 * len(text) + 10

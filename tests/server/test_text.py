"""The text front end: how written text is read, how words are pronounced, and that no text breaks or silences it."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

import hypothesis
import pytest
import yaml
from hypothesis import strategies

from tts_server.text import clauses, numbers
from tts_server.text.normalise import HAN, normalise
from tts_server.text.syllables import words
from tts_server.text.tables import PAUSES, PUNCTUATION, SILENT

HERE = Path(__file__).parent
READINGS = yaml.safe_load((HERE / "readings.yaml").read_text(encoding="utf-8"))
SYLLABLES = yaml.safe_load((HERE / "syllables.yaml").read_text(encoding="utf-8"))
ROWS = [(kind, text, said) for kind, rows in READINGS.items() for text, said in rows]


def test_the_table_is_as_long_as_promised():
    assert len(ROWS) >= 300


@pytest.mark.parametrize("kind", READINGS)
def test_written_text_is_read_as_people_read_it(kind):
    expected = dict(READINGS[kind])
    assert {text: normalise(text) for text in expected} == expected


@pytest.fixture(scope="module")
def known(voice):
    return json.loads((voice / "symbols.json").read_bytes())["pinyin_dict"]


def test_words_decide_how_characters_are_pronounced(known):
    said = {word: " ".join(part for parts in words(word, known) for part in parts) for word in SYLLABLES}
    assert said == SYLLABLES


@hypothesis.settings(max_examples=300, deadline=None)
@hypothesis.given(strategies.text(max_size=200))
def test_any_text_becomes_what_voices_can_read(text):
    spoken = normalise(text)
    assert set(re.sub(f"{HAN.pattern}|[A-Za-z ]", "", spoken)) <= set(PAUSES)


SOUNDING = strategies.characters(whitelist_categories=("Lu", "Ll", "Lo", "Nd", "Nl", "No", "Sc", "Sm", "So"))


@hypothesis.settings(max_examples=300, deadline=None)
@hypothesis.given(SOUNDING)
def test_no_letter_figure_or_sign_is_silent(sign):
    plain = unicodedata.normalize("NFKC", sign)[0]
    if unicodedata.category(plain)[0] in "LNS" and plain not in PUNCTUATION and plain not in SILENT:
        assert normalise(sign).strip("".join(PAUSES)) != ""


@hypothesis.settings(max_examples=150, deadline=None)
@hypothesis.given(text=strategies.text(max_size=200))
def test_any_text_becomes_syllables_of_the_voice(text, known):
    for clause in clauses(text, 60):
        said = [part for parts in words(clause.text, known) for part in parts]
        assert said
        assert {part[:-1] for part in said} <= set(known) and {part[-1] for part in said} <= set("12345")


@hypothesis.settings(max_examples=150, deadline=None)
@hypothesis.given(strategies.text(alphabet="春眠不觉晓，。处闻啼鸟 ab1", max_size=400), strategies.integers(10, 60))
def test_clauses_lose_nothing_and_keep_the_limit(text, limit):
    found = clauses(text, limit)
    assert all(0 < len(clause.text) <= limit for clause in found)
    marks = str.maketrans(dict.fromkeys([*PAUSES, " "], ""))
    assert "".join(clause.text for clause in found).translate(marks) == normalise(text).translate(marks)


@hypothesis.given(strategies.integers(0, 10**20 - 1))
def test_cardinals_can_be_taken_back(value):
    figures = {sign: place for place, sign in enumerate(numbers.DIGITS)}
    figures["两"] = 2
    total = group = figure = 0
    for sign in numbers.cardinal(str(value)).replace("亿亿", "垓").replace("万亿", "兆"):
        if sign in figures:
            figure = figures[sign]
        elif sign in "十百千":
            group += (figure or 1) * 10 ** (1 + "十百千".index(sign))
            figure = 0
        else:
            total += (group + figure) * 10 ** {"万": 4, "亿": 8, "兆": 12, "垓": 16}[sign]
            group = figure = 0
    assert total + group + figure == value

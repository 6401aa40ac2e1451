"""Written text in, text to be read aloud out: Chinese characters, Latin letters, and the punctuation that makes pauses.

Decides how numbers, signs and foreign letters are said. Drops nothing but what has no sound: quotation marks, marks of
direction and joining, control characters.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any, Callable, Dict, Match

import emoji

from tts_server.text import numbers
from tts_server.text.tables import (
    ADDRESS,
    CURRENCIES,
    LATIN,
    PAUSES,
    PUNCTUATION,
    RULES,
    SILENT,
    SYMBOLS,
    UNITS,
    UNKNOWN,
    Rule,
)  # fmt: skip

BEFORE = str.maketrans({
    "²": "^2", "³": "^3", "℃": "°C", "℉": "°F", "⁄": "/", "º": "°", "˚": "°", "＋": "+", "﹣": "-", "－": "-",
    "％": "%", "＄": "$",
})  # fmt: skip
emoji.config.load_language("zh")
KEPT = frozenset("，。！？；：（）…～￥、")
"""Compatibility forms that mean more than their plain counterparts: they stay through NFKC."""
HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af〇々]")


def _address(text: str) -> str:
    spoken = "".join(ADDRESS.get(sign, numbers.digits(sign)) for sign in text)
    return spoken


def _hyphens(text: str) -> str:
    return "，".join(numbers.digits(part) for part in text.split("-"))


FORMS: Dict[str, Callable[[str], str]] = {
    "number": numbers.number,
    "amount": numbers.amount,
    "counted": numbers.counted,
    "digits": numbers.digits,
    "telephone": numbers.telephone,
    "whole": lambda text: numbers.cardinal(str(int(text))),
    "time": lambda text: numbers.day_time(*text.split(":")),
    "unit": lambda text: UNITS[text],
    "currency": lambda text: CURRENCIES[text],
    "minus": lambda text: "负",
    "plus": lambda text: "正",
    "letters": lambda text: text,
    "address": _address,
    "hyphens": _hyphens,
}
FIELD = re.compile(r"\{([^|{}]+)(?:\|([a-z]+))?\}")


def normalise(text: str) -> str:
    """The text as it is to be read; reading it again changes nothing but the letters' words."""
    text = "".join(map(_plain, text.translate(BEFORE)))
    text = emoji.replace_emoji(text, _emoji)
    text = re.sub(r"[ \t]+", " ", text.replace("\r\n", "\n").replace("\r", "\n"))
    for rule in RULES:
        text = rule.pattern.sub(lambda match, rule=rule: _said(rule, match), text)  # type: ignore[misc]
    return _tidy("".join(_sign(sign, text, place) for place, sign in enumerate(text)))


def _plain(sign: str) -> str:
    """The sign without its dress: ｆ as f, ㎏ as kg; figures in circles and fractions stand apart from what is near."""
    if sign in KEPT:
        return sign
    plain = unicodedata.normalize("NFKC", sign).translate(BEFORE)
    return f" {plain} " if unicodedata.category(sign) == "No" and plain != sign else plain


def _emoji(sign: str, about: Dict[str, Any]) -> str:
    name = about.get("zh") or about["en"]
    return f"，{name.strip(':').replace('_', '')}，"


def _said(rule: Rule, match: Match[str]) -> str:
    def fill(field: Match[str]) -> str:
        names, form = field.group(1), field.group(2)
        parts = [match.group(int(name) if name.isdigit() else name) for name in names.split(":")]
        if any(part is None or part == "" for part in parts):
            return ""
        return FORMS[form](":".join(parts)) if form else ":".join(parts)

    return FIELD.sub(fill, rule.say)


def _sign(sign: str, text: str, place: int) -> str:
    """What one sign of the text without numbers becomes."""
    if HAN.match(sign):
        return SYMBOLS.get(sign, sign)
    if sign.isascii() and sign.isalpha():
        return sign
    if sign in PAUSES:
        return sign
    if sign in SILENT:
        return ""
    around = text[place - 1 : place] + text[place + 1 : place + 2]
    if sign in "-.'" and len(around) == 2 and all(near.isascii() and near.isalnum() for near in around):
        return "点" if sign == "." else " "
    if sign in PUNCTUATION:
        return PUNCTUATION[sign]
    if sign in SYMBOLS:
        return SYMBOLS[sign]
    return _other(sign)


@lru_cache(maxsize=4096)
def _other(sign: str) -> str:
    """A sign of another script by its Unicode name: か as ka, ж as zhe; a sign without any sound as nothing."""
    lower = SYMBOLS.get(sign.lower())
    if lower:
        return lower
    kind = unicodedata.category(sign)
    if kind in ("Cc", "Cf", "Mn", "Me", "Mc", "Zl", "Zp"):
        return "\n" if kind in ("Zl", "Zp") else ""
    if kind == "Zs":
        return " "
    if kind[0] == "P":
        return "，"
    if kind[0] == "N":
        value = unicodedata.numeric(sign, -1.0)
        return numbers.number(f"{value:g}") if value >= 0 and "e" not in f"{value:g}" else UNKNOWN
    bare = unicodedata.normalize("NFD", sign)[0]
    if bare.isascii() and bare.isalpha():
        return bare
    if kind[0] == "L":
        last = re.sub(r"[^a-z]", "", unicodedata.name(sign, "").rsplit(" ", 1)[-1].lower())
        return f" {last[:8]} " if last else UNKNOWN
    return "符号" if kind[0] == "S" else UNKNOWN


def _tidy(text: str) -> str:
    """Blanks stay only between Latin words, runs of punctuation become their strongest sign, none leads."""
    text = re.sub(r" +", " ", text)
    text = re.sub(r"(?<![A-Za-z]) | (?![A-Za-z])", "", text)
    marks = "".join(map(re.escape, PAUSES))
    text = re.sub(f"[{marks}]{{2,}}", lambda run: max(run.group(), key=lambda mark: PAUSES[mark]), text)
    return text.lstrip("".join(PAUSES)).strip(" ")


def is_word(text: str) -> bool:
    """Whether Latin letters are a known word, and not spelled."""
    return text.lower() in LATIN and not (text.isupper() and len(text) < 3 and text.lower() in "i a")

"""Written-out text in, syllables with tones out, grouped in words. A character's reading is decided by its word."""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from typing import Any, Collection, List

import jieba
from pypinyin import Style, lazy_pinyin, load_phrases_dict
from pypinyin.seg import mmseg

from tts_server.text.normalise import HAN, is_word
from tts_server.text.tables import LATIN, LETTERS, PHRASES, SYLLABLES, UNKNOWN

jieba.setLogLevel(logging.WARNING)
RUN = re.compile(f"(?:{HAN.pattern})+|[A-Za-z]+|.", re.DOTALL)
TONED = re.compile(r"^([a-zêü]+)([1-5])$")
NEUTRAL = "5"


@lru_cache(maxsize=1)
def _prepared() -> Any:
    load_phrases_dict({phrase: [[part] for part in said.split()] for phrase, said in PHRASES.items()}, style="tone2")
    for phrase in PHRASES:
        jieba.add_word(phrase)
    jieba.initialize()
    return jieba


def words(clause: str, known: Collection[str]) -> List[List[str]]:
    """Words of syllables such as ni3. `known`: the voice's syllables."""
    found: List[List[str]] = []
    for run in RUN.findall(clause):
        if HAN.match(run):
            found += _chinese(run, known)
        elif run.isascii() and run.isalpha():
            found += _latin(run, known)
    return found


def _chinese(run: str, known: Collection[str]) -> List[List[str]]:
    tokens = [token for token in _prepared().cut(run) if token]
    # A token that pypinyin does not know as a whole would be read sign by sign.
    phrases = [phrase for token in tokens for phrase in mmseg.seg.cut(token)]
    spoken = lazy_pinyin(
        phrases, style=Style.TONE3, neutral_tone_with_five=True, tone_sandhi=True, errors=list
    )
    # One syllable for each character; a dictionary that disagrees is not trusted.
    if len(spoken) != len(run):
        spoken = [lazy_pinyin(sign, style=Style.TONE3, neutral_tone_with_five=True)[0] for sign in run]
    found, place = [], 0
    for token in tokens:
        found.append([part for said in spoken[place : place + len(token)] for part in _fitted(said, known)])
        place += len(token)
    return found


def _latin(run: str, known: Collection[str]) -> List[List[str]]:
    """A known word, a syllable of another language's name, or the letters one by one."""
    lower = run.lower()
    if is_word(run):
        return [[part for said in LATIN[lower].split() for part in _fitted(said, known)]]
    if not run.isupper() and len(run) > 1 and (lower in known):
        return [[lower + "1"]]
    return [[part for said in LETTERS[letter].split() for part in _fitted(said, known)] for letter in lower]


def _fitted(said: str, known: Collection[str]) -> List[str]:
    """The syllable, or the nearest that the voice knows; for what has no reading at all, a word that says so."""
    match = TONED.match(said)
    base, tone = (match.group(1).replace("ü", "v"), match.group(2)) if match else (said, NEUTRAL)
    base = SYLLABLES.get(base, base) if base not in known else base
    if base in known:
        return [base + tone]
    if base.endswith("r") and base[:-1] in known:
        return [base[:-1] + tone, "er5"]
    return ["mou3"] if UNKNOWN else []

"""Written-out text in, syllables with tones out, grouped in words. A character's reading is decided by its word."""

from __future__ import annotations

import logging
import os
import re
import warnings
from functools import lru_cache
from pathlib import Path
from typing import Any, Collection, List

from pypinyin import Style, lazy_pinyin, load_phrases_dict
from pypinyin.seg import mmseg

from tts_server.text.normalise import HAN, is_word
from tts_server.text.tables import LATIN, LETTERS, PHRASES, SYLLABLES, UNKNOWN

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of jieba's own spelling, which no user of ours can mend
    import jieba

jieba.setLogLevel(logging.WARNING)
RUN = re.compile(f"(?:{HAN.pattern})+|[A-Za-z]+|.", re.DOTALL)
TONED = re.compile(r"^([a-zêü]+)([1-5])$")
NEUTRAL = "5"
FIGURES = "零一二三四五六七八九点幺"


def find_words(folder: Path) -> None:
    """Let the word list be read from that folder, which is the server's own; jieba's default is everybody's /tmp."""
    if os.access(folder, os.W_OK) or _words_in(folder).is_file():
        jieba.dt.tmp_dir, jieba.dt.cache_file = str(folder), _words_in(folder).name


def keep_words(folder: Path) -> None:
    """Write the word list into that folder, for every user who may read it: a start then reads it in half the time."""
    find_words(folder)
    _prepared()
    if _words_in(folder).is_file():
        _words_in(folder).chmod(0o644)


def _words_in(folder: Path) -> Path:
    return folder / f"jieba-{jieba.__version__}.cache"


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
        phrases, style=Style.TONE3, neutral_tone_with_five=True, errors=list  # type: ignore[arg-type]
    )
    # One syllable for each character; a dictionary that disagrees is not trusted.
    if len(spoken) != len(run):
        spoken = [lazy_pinyin(sign, style=Style.TONE3, neutral_tone_with_five=True)[0] for sign in run]
    spoken = _before_neighbours(run, spoken)
    found, place = [], 0
    for token in tokens:
        said = _third_tones(spoken[place : place + len(token)])
        found.append([part for syllable in said for part in _fitted(syllable, known)])
        place += len(token)
    return found


def _before_neighbours(run: str, spoken: List[str]) -> List[str]:
    """一 and 不 take their tone from what follows, unless 一 is a figure among figures or a date's."""
    changed = list(spoken)
    for place in range(len(run) - 1):
        following = spoken[place + 1][-1:]
        if run[place] == "不" and following == "4" and spoken[place] == "bu4":
            changed[place] = "bu2"
        elif run[place] == "一" and following in "1234":
            figure = run[place + 1] in FIGURES + "月日号" or (place > 0 and run[place - 1] in FIGURES + "第十百千万亿")
            changed[place] = "yi1" if figure else "yi2" if following == "4" else "yi4"
    return changed


def _third_tones(word: List[str]) -> List[str]:
    """In a word, a third tone before another becomes a second."""
    following = [*word[1:], ""]
    pairs = zip(word, following)  # noqa: B905 (Python 3.8)
    return [said[:-1] + "2" if said.endswith("3") and after.endswith("3") else said for said, after in pairs]


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

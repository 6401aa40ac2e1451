"""A `<speak>` document in, a script out: the elements break, prosody and emotion, as W3C's SSML 1.1 and ModelScope's
voices know them. What it does not know it refuses: nothing is dropped silently. Reads no entity, file or address.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any, Dict, Iterator, List, Optional
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from tts_server.engines.base import BOUNDS, EMOTIONS, Manner
from tts_server.errors import ApiError
from tts_server.script import Part, Script

ELEMENTS = ("speak", "break", "prosody", "emotion")
STRENGTHS = {"none": 0.0, "x-weak": 0.1, "weak": 0.2, "medium": 0.4, "strong": 0.7, "x-strong": 1.2}
RATES = {"x-slow": 0.5, "slow": 0.75, "medium": 1.0, "default": 1.0, "fast": 1.3, "x-fast": 1.7}
PITCHES = {"x-low": -4.0, "low": -2.0, "medium": 0.0, "default": 0.0, "high": 2.0, "x-high": 4.0}
RANGES = {"x-low": 0.5, "low": 0.75, "medium": 1.0, "default": 1.0, "high": 1.4, "x-high": 1.8}
VOLUMES = {"silent": 0.0, "x-soft": 0.25, "soft": 0.5, "medium": 1.0, "default": 1.0, "loud": 1.4, "x-loud": 1.8}
LONGEST_PAUSE, ALL_PAUSES = 10.0, 60.0
MOST_PARTS, DEEPEST = 200, 20
START = re.compile(r"\s*(<\?xml[^>]*\?>\s*)?<speak[\s/>]")


def is_ssml(text: str) -> bool:
    return START.match(text) is not None


def parse(text: str, manner: Manner) -> Script:
    """The document's parts; what it says of the manner comes on top of `manner`. Raises ApiError (400, bad_ssml)."""
    try:
        root = fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text).strip(), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, UnicodeError) as error:
        raise _bad("it is not well-formed XML, or holds a document type or entities") from error
    parts = _joined(_walk(root, manner, 0))
    if len(parts) > MOST_PARTS:
        raise _bad(f"it has more than {MOST_PARTS} parts")
    if sum(part.pause or 0 for part in parts) > ALL_PAUSES:
        raise _bad(f"its breaks are longer than {ALL_PAUSES:g} seconds together")
    if parts and parts[-1].pause is None:
        parts[-1] = replace(parts[-1], pause=0.0)
    return tuple(parts)


def _bad(why: str) -> ApiError:
    return ApiError(400, "bad_ssml", f"The SSML cannot be used: {why}.")


def _walk(element: Any, manner: Manner, depth: int) -> Iterator[Part]:
    name = str(element.tag).rsplit("}", 1)[-1]
    if name not in ELEMENTS or depth > DEEPEST or (depth == 0) != (name == "speak"):
        raise _bad(f"known are {', '.join(ELEMENTS)}, with speak outside, and at most {DEEPEST} within each other")
    # Namespaces and languages change nothing here.
    given = {key: value for key, value in element.attrib.items() if "}" not in key}
    if name == "break":
        yield Part("", manner, _pause(given))
        if len(element) or (element.text or "").strip():
            raise _bad("a break holds nothing")
        return
    inner = {"speak": _speak, "prosody": _prosody, "emotion": _emotion}[name](given, manner)
    yield Part(element.text or "", inner)
    for child in element:
        yield from _walk(child, inner, depth + 1)
        yield Part(child.tail or "", inner)


def _joined(parts: Iterator[Part]) -> List[Part]:
    """Blank parts go, a break's silence goes to the text before it."""
    found: List[Part] = []
    for part in parts:
        if part.pause is None:
            text = re.sub(r"\s+", " ", part.text).strip()
            if text:
                found.append(replace(part, text=text))
        elif found and found[-1].text:
            found[-1] = replace(found[-1], pause=(found[-1].pause or 0.0) + part.pause)
        else:
            found.append(part)
    return found


def _speak(given: Dict[str, str], manner: Manner) -> Manner:
    _only(given, "version")
    return manner


def _pause(given: Dict[str, str]) -> float:
    _only(given, "time", "strength")
    if "time" not in given:
        return STRENGTHS[_known(given.get("strength", "medium"), "strength", STRENGTHS)]
    match = re.fullmatch(r"\+?(\d{1,6}(?:\.\d{1,6})?)(ms|s)", given["time"].strip())
    seconds = float(match.group(1)) / (1000 if match.group(2) == "ms" else 1) if match else math.inf
    if seconds > LONGEST_PAUSE:
        raise _bad(f"a break's time is such as 500ms or 1.5s, at most {LONGEST_PAUSE:g} seconds")
    return seconds


def _emotion(given: Dict[str, str], manner: Manner) -> Manner:
    _only(given, "category", "intensity")
    category = given.get("category", "")
    if category not in EMOTIONS:
        raise ApiError(400, "unknown_emotion", f"Known emotions: {', '.join(EMOTIONS)}.", emotions=list(EMOTIONS))
    share = _figure(given.get("intensity", "1"), r"\d(?:\.\d+)?", "an emotion's intensity is a number from 0 to 1")
    return _within(replace(manner, emotion=category, intensity=share))


def _prosody(given: Dict[str, str], manner: Manner) -> Manner:
    _only(given, "rate", "pitch", "range", "volume")
    return _within(replace(
        manner,
        speed=manner.speed * _factor(given.get("rate"), "rate", RATES),
        pitch=manner.pitch + _semitones(given.get("pitch")),
        pitch_range=manner.pitch_range * _factor(given.get("range"), "range", RANGES),
        volume=manner.volume * _loudness(given.get("volume")),
    ))  # fmt: skip


def _within(manner: Manner) -> Manner:
    """What the elements come to together, held to what voices can do, as the standard allows."""
    held = {name: min(max(getattr(manner, name), low), high) for name, (low, high) in BOUNDS.items()}
    return replace(manner, **held)


def _factor(written: Optional[str], name: str, words: Dict[str, float]) -> float:
    """A word, a factor, a percentage of the usual, or with a sign a percentage more or less."""
    if written is None or written in words:
        return words[written or "default"]
    sentence = f"a prosody's {name} is a word such as {', '.join(list(words)[:2])}, a factor, or a percentage"
    if not written.endswith("%"):
        return _figure(written, r"\d{1,3}(?:\.\d{1,6})?", sentence)
    share = _figure(written[:-1], r"[+-]?\d{1,3}(?:\.\d{1,6})?", sentence) / 100
    return 1 + share if written[0] in "+-" else share


def _semitones(written: Optional[str]) -> float:
    if written is None or written in PITCHES:
        return PITCHES[written or "default"]
    sentence = "a prosody's pitch is a word such as low, high, a change such as +2st, or a percentage"
    if written.endswith("st"):
        return _figure(written[:-2], r"[+-]\d{1,2}(?:\.\d{1,6})?", sentence)
    factor = _factor(written, "pitch", {"default": 1.0}) if written.endswith("%") else 0.0
    if factor <= 0:
        raise _bad(sentence)
    return 12 * math.log2(factor)


def _loudness(written: Optional[str]) -> float:
    if written and written.endswith("dB"):
        sentence = "a prosody's volume in decibels is such as +6dB"
        return float(10 ** (_figure(written[:-2], r"[+-]\d{1,2}(?:\.\d{1,6})?", sentence) / 20))
    return _factor(written, "volume", VOLUMES)


def _figure(written: str, form: str, sentence: str) -> float:
    if not re.fullmatch(form, written, re.ASCII):
        raise _bad(sentence)
    return float(written)


def _known(written: str, name: str, words: Dict[str, float]) -> str:
    if written not in words:
        raise _bad(f"a break's {name} is one of {', '.join(words)}")
    return written


def _only(given: Dict[str, str], *names: str) -> None:
    if not set(given) <= set(names):
        raise _bad(f"the attributes known there are {', '.join(names)}")

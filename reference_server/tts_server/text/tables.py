"""The front end's data, read once: rules in order, names of signs, letters and words. See data/*.json."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Pattern, Tuple

FOLDER = Path(__file__).parent / "data"
WORDS: Dict[str, Any] = json.loads((FOLDER / "words.json").read_text(encoding="utf-8"))
UNITS: Dict[str, str] = WORDS["units"]
CURRENCIES: Dict[str, str] = WORDS["currencies"]
SYMBOLS: Dict[str, str] = WORDS["symbols"]
ADDRESS: Dict[str, str] = WORDS["address"]
PAUSES: Dict[str, float] = WORDS["pauses"]
PUNCTUATION: Dict[str, str] = WORDS["punctuation"]
SILENT = frozenset(WORDS["silent"])
LETTERS: Dict[str, str] = WORDS["letters"]
LATIN: Dict[str, str] = WORDS["latin"]
SYLLABLES: Dict[str, str] = WORDS["syllables"]
PHRASES: Dict[str, str] = WORDS["phrases"]
UNKNOWN: str = WORDS["unknown"]


@dataclass(frozen=True)
class Rule:
    name: str
    pattern: Pattern[str]
    say: str


def _any(names: Dict[str, str]) -> str:
    longest_first = sorted(names, key=len, reverse=True)
    return "(?:" + "|".join(re.escape(name) for name in longest_first) + ")"


def _rules() -> Tuple[Rule, ...]:
    read = json.loads((FOLDER / "rules.json").read_text(encoding="utf-8"))
    counted = "".join(sign for sign in WORDS["measures"] if sign not in WORDS["not_measured"])
    macros = dict(read["macros"])
    macros["<unit>"] = _any({name: "" for name in UNITS if name != "度"})
    macros["<currency>"] = _any(CURRENCIES)
    macros["<measure>"] = f"(?:[{counted}](?!之)|小时|公[里斤]|年(?=前|后|来|多|半|内|间))"
    rules = []
    for entry in read["rules"]:
        pattern = entry["pattern"]
        for name, value in macros.items():
            pattern = pattern.replace(name, value)
        rules.append(Rule(entry["name"], re.compile(pattern), entry["say"]))
    return tuple(rules)


RULES = _rules()

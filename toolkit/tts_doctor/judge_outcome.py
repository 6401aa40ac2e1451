"""What came of a step of the search: what differs, what is damaged, whether the complaint moved on, and whom it names.

Looks at values only; which step to try next is the search's decision.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Action
from tts_doctor.model.symptom import Symptom
from tts_doctor.signs.parties import owner_of_file, owner_of_module
from tts_doctor.signs.relevance import COMMON_NAMES

DOTTED = re.compile(r"[A-Za-z][\w.-]{3,100}")
ALIKE = 0.75
"""Share of words that two messages of one kind have in common."""


def signature(symptom: Symptom | None) -> tuple[str, str]:
    return symptom.signature if symptom else ("", "")


def is_next_of_kind(before: Symptom | None, after: Symptom) -> bool:
    """Whether it is the same complaint about another party: one that a step has silenced, and the next in the row."""
    (kind, message), (kind_after, message_after) = signature(before), signature(after)
    if not after.failed or kind != kind_after or message == message_after:
        return False
    return SequenceMatcher(None, message.split(), message_after.split(), autojunk=False).ratio() >= ALIKE


def suspects(case: Examination) -> tuple[str, ...]:
    """Distributions that the last message names, those of the traceback, innermost and last first, and what the user's
    own code imports.
    """
    found: dict[str, None] = dict.fromkeys(named_in(case.facts, signature(case.symptom)[1]))
    for error in reversed(case.symptom.errors if case.symptom else ()):
        for frame in reversed(error.frames):
            name, _ = owner_of_file(case.facts, frame.file)
            if name:
                found.setdefault(name)
    return tuple(found | dict.fromkeys(case.facts.own_imports))


def written_for(case: Examination) -> tuple[str, ...]:
    """Distributions for whose earlier series the user may have written: code for what it imports, a configuration for
    the program that the failure comes from.
    """
    return tuple(dict.fromkeys([*case.facts.own_imports, *suspects(case)[:1]]))


def named_in(facts: Facts, message: str) -> list[str]:
    """Installed distributions that a message names, by their own name or by the dotted name of a module."""
    words = [word.strip(".-") for word in DOTTED.findall(message)]
    owners = [owner_of_module(facts, word) if "." in word else word for word in words]
    found = [dist.key for dist in map(facts.get, owners) if dist]
    return [name for name in dict.fromkeys(found) if name not in COMMON_NAMES]


def apart(step: tuple[Action, ...]) -> tuple[tuple[Action, ...], ...]:
    """Pins that were taken together on suspicion, each on its own."""
    together = len(step) > 2 and all(a.action == "pin" for a in step)
    return tuple((action,) for action in step) if together else (step,)


def changed_names(before: Facts, after: Facts) -> frozenset[str]:
    """Canonical names whose installed version differs."""
    keys = before.by_key.keys() | after.by_key.keys()
    return frozenset(k for k in keys if before.version(k) != after.version(k))


def collisions(facts: Facts) -> frozenset[tuple[str, str]]:
    """Pairs of distributions that own one file."""
    return frozenset((p.dist, p.other) for p in facts.file_problems or () if p.kind == "two-owners")

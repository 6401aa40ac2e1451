"""Whose is a file that nobody owns? Asks the index which distribution has that very path, and offers it again.

Its version is the one that the files themselves tell; without one nothing is offered: a name alone proves no owner.
"""

from __future__ import annotations

from collections.abc import Iterator

from packaging.utils import canonicalize_name

from tts_doctor.knowledge.import_names import distributions_for
from tts_doctor.knowledge.impostors import impostor
from tts_doctor.model.finding import Action
from tts_doctor.model.text import Text
from tts_doctor.propose.candidates import requirements
from tts_doctor.propose.offer import Offer, Question, offer

MOST_ASKED = 10
COMMON_PARTS = ("api", "core")
"""How the part that others share is often called."""


def settle_owner(question: Question) -> list[Offer]:
    """The first candidate whose archive has the path; empty where none has."""
    path, version = question.need.module, question.need.name
    for name in list(_candidates(question, path))[:MOST_ASKED]:
        if version and question.index.releases(name) and path in question.look.paths(name, version):
            why = Text(f"{name} {version} brings {path}, and its metadata", f"{name} {version} 带来 {path} 及其元数据")
            return [offer([Action("reinstall", name, f"=={version}", why=why)], question.facts, 1, 0)]
    return []


def _candidates(question: Question, path: str) -> Iterator[str]:
    """By name: the import package's own; what others require and is not installed; what knowledge says."""
    facts = question.facts
    parts = path.removesuffix(".py").removesuffix("/__init__").split("/")
    top = canonicalize_name(parts[0])
    wanted = {canonicalize_name(r.name) for d in facts.distributions for r in requirements(d.requires, facts)}
    lost = sorted(name for name in wanted if facts.get(name) is None)
    names: list[str] = [top] if impostor(top, parts[0]) is None else []
    names += sorted(lost, key=lambda name: (not name.startswith(top), name))
    names += [f"{top}-{part}" for part in (*COMMON_PARTS, *parts[1:2])]
    names[1:1] = distributions_for(".".join(parts))[:1]
    names += distributions_for(".".join(parts))
    yield from (name for name in dict.fromkeys(names) if facts.get(name) is None)

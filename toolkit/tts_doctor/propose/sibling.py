"""A build of a distribution that brings along what the plain one expects of the system: `pypandoc-binary`.

A name proves nothing, so the same release of it must have the same import package, and the program itself.
"""

from __future__ import annotations

from tts_doctor.model.finding import Action
from tts_doctor.model.text import Text
from tts_doctor.propose.offer import Offer, Question, offer

ENDINGS = ("-binary", "-bin")


def settle_sibling(question: Question) -> list[Offer]:
    """The sibling of the consumer's own version that holds a file of the program's name; empty where there is none."""
    dist = question.facts.get(question.need.consumer)
    program = question.need.name
    for ending in ENDINGS if dist is not None and dist.version and dist.top_level and not dist.is_private else ():
        name = f"{question.need.consumer}{ending}"
        if dist is None or not any(r.version == dist.version for r in question.index.releases(name)):
            continue
        paths = question.look.paths(name, dist.version)
        files = {path.rpartition("/")[2] for path in paths}
        if program in files and all(question.look.has_module(name, dist.version, top) for top in dist.top_level):
            why = Text(
                f"the same release of {dist.name}, with {program} in it", f"{dist.name} 的同一版本，并含有 {program}"
            )
            return [offer([Action("install", name, f"=={dist.version}", why=why)], question.facts, 1, 0)]
    return []

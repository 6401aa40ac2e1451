"""Does a class have a member, in one version of its distribution? Follows what it inherits, in that version's files."""

from __future__ import annotations

from tts_doctor.knowledge.stdlib import is_stdlib
from tts_doctor.parse.class_members import ClassFacts, lineage, read_class
from tts_doctor.propose.look import Look


def has_member(look: Look, dist: str, version: str, module: str, cls: str, member: str) -> bool | None:
    """None where the files cannot tell: the class is not there, computes its members, or inherits from elsewhere."""

    def read(dotted: str) -> ClassFacts | str | None:
        home, _, name = dotted.rpartition(".")
        source = look.source(dist, version, home)
        return read_class(source, name, home, look.is_package(dist, version, home)) if source else None

    known = True
    for dotted, found in lineage(f"{module}.{cls}", read):
        if found is None:
            known = known and is_stdlib(dotted.split(".", 1)[0], look.python)
        elif isinstance(found, ClassFacts):
            if member in found.members:
                return True
            known = known and not found.open
    return False if known else None

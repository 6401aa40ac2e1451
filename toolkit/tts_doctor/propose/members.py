"""Does a class have a member, in one version of its distribution? Follows what it inherits, in that version's files."""

from __future__ import annotations

from tts_doctor.knowledge.stdlib import is_stdlib
from tts_doctor.parse.class_members import read_class
from tts_doctor.propose.look import Look

MOST_CLASSES = 40


def has_member(look: Look, dist: str, version: str, module: str, cls: str, member: str) -> bool | None:
    """None where the files cannot tell: the class is not there, computes its members, or inherits from elsewhere."""
    known = True
    queue, seen = [f"{module}.{cls}"], set[str]()
    while queue and len(seen) < MOST_CLASSES:
        dotted = queue.pop(0)
        if dotted in seen:
            continue
        seen.add(dotted)
        home, _, name = dotted.rpartition(".")
        source = look.source(dist, version, home)
        found = read_class(source, name, home, look.is_package(dist, version, home)) if source else None
        if found is None:
            known = known and is_stdlib(home.split(".", 1)[0], look.python)
        elif isinstance(found, str):
            queue.insert(0, found)
        elif member in found.members:
            return True
        else:
            known = known and not found.open
            queue += found.bases
    return False if known and not queue else None

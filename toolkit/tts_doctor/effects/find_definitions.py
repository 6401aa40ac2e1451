"""Finds where the classes that a failure speaks of are defined, by searching the text of installed modules.

`'EPollReactor' object has no attribute …` names no module. Looks into the distributions that the traceback passes
through, then into what those and the user's own code require; a class that several distributions define is nobody's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from tts_doctor.effects.read_bounded import read_bytes
from tts_doctor.model.facts import Definition, Distribution, Facts
from tts_doctor.model.symptom import Symptom
from tts_doctor.parse.class_members import ClassFacts, lineage, read_class
from tts_doctor.parse.module_lines import MAX_BYTES
from tts_doctor.parse.requirement_names import requirement_names
from tts_doctor.signs.missing_member import spoken_classes
from tts_doctor.signs.parties import module_name, owner_of_file

NOT_IMPORTED = re.compile(r"(^|/)(tests?|testing|_vendor|examples?)/|(^|/)(conftest|test_\w+)\.py$")
MOST_BYTES = 48 << 20
"""Text that one search may read."""


def find_definitions(
    facts: Facts, symptom: Symptom, real: Callable[[str], str] = lambda path: path
) -> tuple[Definition, ...]:
    """One for each class that can be told; `real` says where a file of the patient lies."""
    names = spoken_classes(symptom)
    return tuple(found for name in names if (found := Search(facts, symptom, real).find(name))) if names else ()


class Search:
    """Looks for names in the modules of the distributions that have to do with one failure."""

    def __init__(self, facts: Facts, symptom: Symptom, real: Callable[[str], str]) -> None:
        self._facts = facts
        self._real = real
        self._left = MOST_BYTES
        frames = [frame.file for error in symptom.errors for frame in error.frames]
        owners = [owner for file in reversed(frames) if (owner := owner_of_file(facts, file)[0])]
        self._consumer = owners[0] if owners else ""
        self._owners = tuple(dict.fromkeys(owners))

    def find(self, name: str) -> Definition | None:
        """The home of a class, or of what it inherits of another distribution."""
        for tier in self._tiers():
            found = [Definition(name, module, dist.key) for dist in tier for module in self._modules(dist, name)]
            if found:
                first = found[0]
                if any(other.owner != first.owner for other in found):
                    return None
                return self._foreign(first) if first.owner == self._consumer else first
        return None

    def _tiers(self) -> Iterator[list[Distribution]]:
        facts = self._facts
        near = dict.fromkeys([*self._owners, *facts.own_imports])
        yield [d for d in map(facts.get, near) if d]
        required = [name for d in map(facts.get, near) if d for name in requirement_names("\n".join(d.requires))]
        yield [d for d in map(facts.get, dict.fromkeys(required)) if d and d.key not in near]

    def _modules(self, dist: Distribution, name: str) -> list[str]:
        """Modules with a class statement of that name, the shortest path first."""
        statement = re.compile(rb"^[ \t]*class[ \t]+%b\b" % re.escape(name.encode()), re.MULTILINE)
        paths = [e.path for e in dist.records if e.path.endswith(".py") and not NOT_IMPORTED.search(e.path)]
        return [module_name(p) for p in sorted(paths, key=len) if statement.search(self._text(dist, p))]

    def _text(self, dist: Distribution, path: str) -> bytes:
        if self._left <= 0:
            return b""
        try:
            text = read_bytes(self._real(f"{dist.site}/{path}"), MAX_BYTES)
        except OSError:
            return b""
        self._left -= len(text)
        return text

    def _foreign(self, own: Definition) -> Definition | None:
        """The nearest class of another distribution that the consumer's own class inherits from."""

        def read(dotted: str) -> ClassFacts | str | None:
            module, _, name = dotted.rpartition(".")
            dist, path = self._file(module)
            if dist is None or dist.key != own.owner:
                return None
            return read_class(self._text(dist, path), name, module, path.endswith("/__init__.py"))

        for dotted, _ in lineage(f"{own.module}.{own.name}", read):
            module, _, name = dotted.rpartition(".")
            dist, _ = self._file(module)
            if dist is not None and dist.key != own.owner:
                return Definition(name, module, dist.key)
        return None

    def home_of(self, dotted: str) -> tuple[str, str, str] | None:
        """(distribution, module, rest of the name) of a dotted name, by the longest part that is a module's file."""
        parts = dotted.split(".")
        for end in range(len(parts) - 1, 0, -1):
            dist, _ = self._file(".".join(parts[:end]))
            if dist is not None:
                return dist.key, ".".join(parts[:end]), ".".join(parts[end:])
        return None

    def _file(self, module: str) -> tuple[Distribution | None, str]:
        stem = module.replace(".", "/")
        for path in (f"{stem}/__init__.py", f"{stem}.py"):
            for dist in self._facts.owners.get(module.split(".", 1)[0], ()):
                if any(entry.path == path for entry in dist.records):
                    return dist, path
        return None, ""

"""Says whether the published files of both parties show what a bound of constraints/bounds.yaml claims.

    prove_bound.py [ID...]

Reads single files out of the archives on the index, never a whole big wheel. Believes neither metadata nor memory: the
newest consumer in the range relies on it, its metadata admits the provider beyond the bound, and there it is gone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "toolkit"))

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tts_doctor.effects.index import open_index
from tts_doctor.knowledge.bounds import load_bounds
from tts_doctor.model.facts import Facts
from tts_doctor.model.module import ModuleFacts
from tts_doctor.model.playbook import Bound
from tts_doctor.parse.module import exports, read_module
from tts_doctor.ports import Index
from tts_doctor.propose.candidates import requirements
from tts_doctor.propose.look import Look

PARSED_AS = (3, 10)
ANYBODY = Facts()
"""A patient of unknown Python: any wheel serves for reading."""


class Glimpse(Look):
    """Looks at what a module does when it is imported and leaves functions' bodies out, which is much faster."""

    def facts(self, dist: str, version: str, path: str, module: str) -> ModuleFacts:
        key = dist, version, path
        if key not in self._facts:
            source = self.index.read(dist, version, path) or b""
            is_package = path.rpartition("/")[2].startswith("__init__.py")
            self._facts[key] = read_module(source, module, is_package, self.python, deep=False)
        return self._facts[key]


class Prover:
    """Both parties' files; what was read is remembered."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.consumers = Look(index, PARSED_AS)
        self.providers = Glimpse(index, PARSED_AS)

    def problems(self, bound: Bound) -> Iterator[str]:
        """What the files do not show; nothing where the bound is proven. Raises IndexUnavailable."""
        consumer = self.newest(bound.consumer, bound.versions)
        good, bad = self.sides(bound)
        if not consumer or not good or not bad:
            yield f"no release on one side: consumer {consumer}, provider {good} and {bad}"
            return
        for requirement in requires(self.index, bound.consumer, consumer):
            if canonicalize_name(requirement.name) == bound.provider and bad not in requirement.specifier:
                yield f"{bound.consumer} {consumer} already says {requirement}"
        yield from self._unused(bound, consumer)
        inside, outside = self._has(bound, good), self._has(bound, bad)
        if (inside, outside) not in ((True, False), *([(False, True)] if bound.differs[0] else [])):
            yield f"{bound.provider}: {good} has it: {inside}; {bad} has it: {outside}"

    def newest(self, name: str, versions: str) -> str:
        """The newest release of a consumer within a range."""
        found = [r.version for r in self.index.releases(name) if not r.yanked and r.version in SpecifierSet(versions)]
        return found[-1] if found else ""

    def sides(self, bound: Bound) -> tuple[str, str]:
        """The provider's releases next to the bound: the last that is within, and the first that is not."""
        inside, outside = "", ""
        known = SpecifierSet(bound.bound)
        releases = [r.version for r in self.index.releases(bound.provider) if not r.yanked]
        upper = bound.bound.startswith("<")
        for version in releases if upper else reversed(releases):
            if version in known:
                inside = version
            elif inside:
                return inside, outside or version
        return inside, outside

    def _unused(self, bound: Bound, consumer: str) -> Iterator[str]:
        module, name, keyword = bound.parts
        where = f"{bound.consumer} {consumer}: {bound.file}"
        if not module:
            if bound.name not in self._text(bound, consumer):
                yield f"{where} does not have the text {bound.name!r}"
        elif keyword:
            if f"{keyword}=" not in self._text(bound, consumer):
                yield f"{where} does not pass {keyword} to anything"
        elif not self.consumers.uses(bound.consumer, consumer, bound.file, module, name):
            yield f"{where} does not use {bound.name}"

    def _text(self, bound: Bound, consumer: str) -> str:
        return (self.index.read(bound.consumer, consumer, bound.file) or b"").decode("utf-8", "replace")

    def _has(self, bound: Bound, version: str) -> bool | None:
        module, name, keyword = bound.parts
        if not module:
            pattern, text = bound.differs
            file = next((p for p in self.index.files(bound.provider, version) if fnmatch(p, pattern)), "")
            data = self.index.read(bound.provider, version, file) if file else None
            return None if data is None else text.encode() in data
        if keyword:
            return self.consumers.accepts(bound.provider, version, module, name, keyword)
        return has(self.providers, bound.provider, version, module, name)


def requires(index: Index, dist: str, version: str) -> list[Requirement]:
    """What a release requires without extras; an old sdist says so in its requires.txt."""
    lines = list(index.requires(dist, version))
    if not lines:
        path = next((p for p in index.files(dist, version) if p.endswith("egg-info/requires.txt")), "")
        text = (index.read(dist, version, path) or b"").decode("utf-8", "replace") if path else ""
        lines = text.partition("[")[0].split("\n")
    return list(requirements(lines, ANYBODY))


def has(look: Look, dist: str, version: str, module: str, name: str) -> bool | None:
    """Whether a release has the module's name (the module itself where it is empty); a stub decides in doubt."""
    if not name:
        return look.has_module(dist, version, module)
    answer = look.has_name(dist, version, module, name)
    stub = module.replace(".", "/") + "/__init__.pyi"
    if answer is None and stub in look.paths(dist, version):
        return False if exports(look.facts(dist, version, stub, module), name) is False else None
    return answer


def main() -> int:
    prover = Prover(open_index(ANYBODY, os.environ))
    wanted = set(sys.argv[1:])
    failed = 0
    for bound in load_bounds():
        if not wanted or bound.id in wanted:
            found = list(prover.problems(bound))
            failed += bool(found)
            print(f"{bound.id}: {'; '.join(found) or 'proven'}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

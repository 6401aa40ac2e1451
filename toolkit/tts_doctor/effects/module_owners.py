"""Whose a module of one patient is, and what its owner asks for. Reads metadata that is there already, no file."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion

from tts_doctor.effects.find_modules import ModuleFinder
from tts_doctor.model.facts import Distribution, Facts
from tts_doctor.model.module import Located, ModuleFacts

ENTRY = "__main__"


class ModuleOwners:
    """The distributions behind the modules of one patient."""

    def __init__(self, facts: Facts, finder: ModuleFinder) -> None:
        self.facts = facts
        self.finder = finder
        self.minor = facts.interpreter.minor
        self.entry: ModuleFacts | None = None
        self.entry_file = ""
        self.records: dict[str, dict[str, str]] = {}
        self.requirements: dict[str, frozenset[str]] = {}

    def find(self, module: str) -> Located:
        found = self.finder.found.get(module)
        if found is not None and self.entry is None:
            return found[0]
        if module == ENTRY and self.entry is not None:
            return Located("source", self.entry_file)
        return self.finder.find(module)

    def provider(self, module: str) -> str:
        from tts_doctor.knowledge.import_names import distributions_for
        from tts_doctor.knowledge.stdlib import is_stdlib

        top = module.partition(".")[0]
        located = self.find(top)
        if located.kind == "standard" or (located.kind == "missing" and self._was_standard(top)):
            return "python"
        owner = self._owner(module)
        if owner:
            return owner
        known = distributions_for(top)
        for name in known:
            if self.facts.get(name):
                return canonicalize_name(name)
        if is_stdlib(top, self.minor):
            return "python"
        return canonicalize_name(known[0] if known else top)

    def _was_standard(self, top: str) -> bool:
        from tts_doctor.knowledge.stdlib import removed_modules

        return top in removed_modules(self.minor)

    def owner(self, module: str) -> tuple[str, str]:
        located = self.find(module)
        path = located.path
        for site in (*self.finder.sites, *self.finder.path):
            if path.startswith(site + "/"):
                return self._owner(module), path[len(site) + 1 :]
        return self._owner(module), path

    def _owner(self, module: str) -> str:
        top = module.partition(".")[0]
        owners = {d.key: d for d in self.facts.owners.get(top, ())}
        if len(owners) < 2:
            return next(iter(owners), "")
        if top not in self.records:
            self.records[top] = {
                e.path: d.key for d in owners.values() for e in d.records if e.path.startswith((top + "/", top + "."))
            }
        stem = module.replace(".", "/")
        for path in (stem + ".py", stem + "/__init__.py"):
            if path in self.records[top]:
                return self.records[top][path]
        inside = [key for path, key in self.records[top].items() if path.startswith(stem + "/")]
        return inside[0] if inside else next(iter(owners))

    def installed(self, distribution: str) -> bool:
        return bool(distribution) and self.facts.get(distribution) is not None

    def known_gone(self, module: str, name: str) -> bool:
        from tts_doctor.knowledge.removed_names import bound_of_name
        from tts_doctor.knowledge.stdlib import removed

        if self.find(module).kind == "standard":
            return removed(f"{module}.{name}", self.minor) is not None
        bound = bound_of_name(module, name)
        version = self.facts.version(bound.provider) if bound else ""
        return bound is not None and bool(bound.spec and version) and not _admits(bound.spec, version)

    def is_required(self, consumer: str, provider: str) -> bool:
        if consumer not in self.requirements:
            self.requirements[consumer] = frozenset(hard_requirements(self.facts.get(consumer) if consumer else None))
        return provider in self.requirements[consumer]


def hard_requirements(dist: Distribution | None) -> Iterator[str]:
    """Canonical names of what a distribution requires, options left out."""
    for line in dist.requires if dist else ():
        if "extra" in line.partition(";")[2]:
            continue
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        yield canonicalize_name(requirement.name)


def _admits(spec: str, version: str) -> bool:
    try:
        return SpecifierSet(spec).contains(version, prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return True

"""Follows a patient's imports from its installed distributions or from a command, reading files only.

Decides where to start and remembers what was read of each file between runs; what is missing is decided by `simulate`.
"""

from __future__ import annotations

import contextlib
import gc
import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, replace

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion

from tts_doctor.effects.find_modules import ModuleFinder
from tts_doctor.effects.module_cache import ModuleCache
from tts_doctor.effects.read_bounded import read_bytes, read_text
from tts_doctor.effects.read_entry import entry_of
from tts_doctor.model.facts import Distribution, Facts, MissingImport
from tts_doctor.model.module import Located, ModuleFacts, Root
from tts_doctor.parse.module import read_module, read_stub
from tts_doctor.parse.module_lines import MAX_BYTES
from tts_doctor.simulate import Simulation

NOT_MAIN = frozenset(
    {
        "tests",
        "test",
        "testing",
        "docs",
        "doc",
        "examples",
        "example",
        "benchmarks",
        "scripts",
        "conftest",
        "build",
        "dist",
    }
)
PLUMBING = frozenset({"pip", "setuptools", "wheel", "uv", "virtualenv"})
ENTRY = "__main__"


class SiteSources:
    """The modules of one patient, as `simulate.Sources` asks for them."""

    def __init__(self, facts: Facts, finder: ModuleFinder, cache: ModuleCache, deep: bool) -> None:
        self.facts = facts
        self.finder = finder
        self.cache = cache
        self.deep = deep
        self.minor = facts.interpreter.minor
        self.known: dict[str, ModuleFacts | None] = {}
        self.entry: ModuleFacts | None = None
        self.entry_file = ""
        self.records: dict[str, dict[str, str]] = {}
        self.requirements: dict[str, frozenset[str]] = {}

    def find(self, module: str) -> Located:
        if module == ENTRY and self.entry is not None:
            return Located("source", self.entry_file)
        return self.finder.find(module)

    def read(self, module: str) -> ModuleFacts | None:
        if module == ENTRY:
            return self.entry
        if module not in self.known:
            self.known[module] = self._read(module)
        return self.known[module]

    def _read(self, module: str) -> ModuleFacts | None:
        located = self.find(module)
        if located.kind not in ("source", "standard") or not located.path.endswith(".py"):
            return None
        key = self.cache.key(located.path, module, self.minor, self.deep)
        found = self.cache.get(key)
        if found is None:
            try:
                source = read_bytes(located.path, MAX_BYTES + 1)
            except OSError:
                return None
            found = read_module(source, module, located.is_package, self.minor, deep=self.deep)
            if found.stub:
                stub = located.path[:-3] + ".pyi"
                text = read_text(stub, MAX_BYTES)
                if text is not None:
                    names = read_stub(text.encode(), module, located.is_package)
                    found = replace(found, stub=False, lazy=(*found.lazy, *names))
            self.cache.put(key, found)
        return found

    def provider(self, module: str) -> str:
        from tts_doctor.knowledge.import_names import distributions_for
        from tts_doctor.knowledge.stdlib import is_stdlib, removed_modules

        top = module.partition(".")[0]
        located = self.find(top)
        if located.kind == "standard" or (located.kind == "missing" and self._was_standard(top, removed_modules)):
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

    def _was_standard(self, top: str, removed_modules: object) -> bool:
        assert callable(removed_modules)
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
            self.requirements[consumer] = frozenset(_hard_requirements(self.facts.get(consumer) if consumer else None))
        return provider in self.requirements[consumer]


def find_missing_imports(
    facts: Facts, environ: Mapping[str, str], command: Sequence[str] = (), cwd: str = "", *, deep: bool = False
) -> tuple[MissingImport, ...]:
    """What importing will not find: for `command` where one is given that runs Python, else for every distribution.

    With `deep` also what functions' bodies use. `environ` names the cache folder only.
    """
    script, extra = entry_of(command, cwd, facts.interpreter.executable) if command else (None, ())
    if command and script is None:
        return ()
    cache = ModuleCache(environ)
    question = repr(
        (deep, facts.interpreter, extra, script, [(d.key, d.requested, d.site) for d in facts.distributions])
    )
    known = cache.answer(question)
    if known is not None:
        return tuple(MissingImport(*values) for values in known)
    sources = SiteSources(facts, ModuleFinder(facts, extra), cache, deep)
    if script is not None:
        label, source = script
        sources.entry_file = label
        sources.entry = _as_entry(read_module(source, ENTRY, False, facts.interpreter.minor))
        roots = [Root(ENTRY, True, label)]
    else:
        roots = list(roots_of(facts))
    with _without_collection():
        found = Simulation(sources, deep=deep).run(roots)
    cache.save()
    cache.remember(question, tuple(astuple(item) for item in found), (*cache.states, *sources.finder.listings))
    return found


@contextlib.contextmanager
def _without_collection() -> Iterator[None]:
    """Syntax trees are many and hold no cycles worth a search: a fifth of the time goes into looking for them."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def roots_of(facts: Facts) -> Iterator[Root]:
    """Main import of each distribution that nothing else requires, their console scripts, then all the others.

    Requested marks do not tell: uv sets them on everything. A distribution that others brought in may lack what only
    its own users need (matplotlib-inline without matplotlib).
    """
    first = _unrequired(facts)
    named = [d for d in facts.by_key.values() if d.key in first]
    for dist in named:
        yield from (Root(name) for name in main_imports(dist))
    for dist in (*named, *(d for d in facts.by_key.values() if d.requested and d.key not in first)):
        yield from (Root(module, False) for module in _console_modules(dist))
    for dist in facts.by_key.values():
        if dist.key not in first and dist.key not in PLUMBING:
            yield from (Root(name, False) for name in main_imports(dist))


def main_imports(dist: Distribution) -> tuple[str, ...]:
    """The import packages that a distribution exists for."""
    names = [n for n in dist.top_level if not n.startswith("_") and n.lower() not in NOT_MAIN and n.isidentifier()]
    own = [n for n in names if canonicalize_name(n) == dist.key]
    return tuple(own or names)


def _admits(spec: str, version: str) -> bool:
    try:
        return SpecifierSet(spec).contains(version, prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return True


def _as_entry(facts: ModuleFacts) -> ModuleFacts:
    """In a script what its functions import counts as run."""
    uses = tuple(replace(use, deferred=False) for use in facts.uses)
    return replace(facts, uses=uses, attributes=tuple(replace(a, deferred=False) for a in facts.attributes))


def _unrequired(facts: Facts) -> set[str]:
    required = {name for dist in facts.distributions for name in _hard_requirements(dist)}
    return {dist.key for dist in facts.distributions if dist.key not in required and dist.key not in PLUMBING}


def _hard_requirements(dist: Distribution | None) -> Iterator[str]:
    for line in dist.requires if dist else ():
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if requirement.marker is None or "extra" not in str(requirement.marker):
            yield canonicalize_name(requirement.name)


def _console_modules(dist: Distribution) -> Iterator[str]:
    text = read_text(os.path.join(dist.metadata_path, "entry_points.txt")) if dist.metadata_path else None
    section = ""
    for line in (text or "").splitlines():
        line = line.strip()
        if line.startswith("["):
            section = line.strip("[]").strip()
        elif section in ("console_scripts", "gui_scripts") and "=" in line:
            words = shlex.split(line.partition("=")[2], comments=True) if "'" not in line else []
            module = words[0].partition(":")[0].strip() if words and "[" not in line else ""
            if module:
                yield module

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

from packaging.utils import canonicalize_name

from tts_doctor.effects.file_state import State, file_state
from tts_doctor.effects.find_modules import ModuleFinder
from tts_doctor.effects.module_cache import ModuleCache
from tts_doctor.effects.module_owners import ENTRY, hard_requirements
from tts_doctor.effects.read_ahead import Ahead, BackwardSources, Marks, Teller
from tts_doctor.effects.read_bounded import read_text
from tts_doctor.effects.read_entry import entry_of
from tts_doctor.effects.site_sources import SiteSources
from tts_doctor.model.facts import Distribution, Facts, MissingImport
from tts_doctor.model.module import ModuleFacts, Root
from tts_doctor.parse.module import read_module
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
    place = f"imports of {facts.interpreter.executable or cwd}"
    known = cache.answer(place, question)
    if known is not None:
        return tuple(MissingImport(*values) for values in known)
    found, states = follow(facts, cache, script, extra, deep=deep)
    cache.remember(place, question, tuple(astuple(item) for item in found), states)
    return found


def follow(
    facts: Facts,
    cache: ModuleCache,
    script: tuple[str, bytes] | None = None,
    extra: Sequence[str] = (),
    *,
    deep: bool = False,
    ahead: Ahead | None = None,
) -> tuple[tuple[MissingImport, ...], Mapping[str, State | None]]:
    """What importing will not find, and the states of all files and folders that this rests on.

    `ahead`: a child process that reads some of the files.
    """
    sources = SiteSources(facts, ModuleFinder(facts, extra), cache, deep)
    if ahead is not None:
        ahead.tables = sources.tables()
        sources.hear, sources.passed = ahead.hear, ahead.marks.add
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
    return found, {**{folder: file_state(folder) for folder in sources.finder.listings}, **cache.states}


def scout(facts: Facts, cache: ModuleCache, marks: Marks, teller: Teller) -> None:
    """Follow the same imports from the other end, to tell what was read."""
    sources = SiteSources(facts, ModuleFinder(facts), cache, False)
    with _without_collection():
        Simulation(BackwardSources(sources, marks, teller)).run(list(roots_of(facts))[::-1])
    teller.flush()


@contextlib.contextmanager
def _without_collection() -> Iterator[None]:
    """Syntax trees are many and hold no cycles worth a search: a fifth of the time goes into looking for them."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.freeze()
            gc.unfreeze()  # all of this counts as old now: enabling alone would search it at once
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


def _as_entry(facts: ModuleFacts) -> ModuleFacts:
    """In a script what its functions import counts as run."""
    uses = tuple(replace(use, deferred=False) for use in facts.uses)
    return replace(facts, uses=uses, attributes=tuple(replace(a, deferred=False) for a in facts.attributes))


def _unrequired(facts: Facts) -> set[str]:
    required = {name for dist in facts.distributions for name in hard_requirements(dist)}
    return {dist.key for dist in facts.distributions if dist.key not in required and dist.key not in PLUMBING}


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

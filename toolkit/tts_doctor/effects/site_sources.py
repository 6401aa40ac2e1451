"""Reads the modules of one patient as the simulation of imports asks for them; runs none of them.

What a glance at a file's bytes answers is answered so; files are parsed only where that is not enough.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tts_doctor.effects.find_modules import ModuleFinder
from tts_doctor.effects.module_cache import ModuleCache
from tts_doctor.effects.module_owners import ENTRY, ModuleOwners
from tts_doctor.effects.read_bounded import read_bytes, read_text, read_with_status
from tts_doctor.model.facts import Facts
from tts_doctor.model.module import ModuleFacts
from tts_doctor.parse.module import ALWAYS, read_module, read_stub
from tts_doctor.parse.module_lines import MAX_BYTES
from tts_doctor.parse.module_scan import (
    Scanned,
    Use,
    attributes,
    binds_only_mentioned,
    bound_plainly,
    literal_all,
    may_mention,
    may_star,
    runs_later,
    scan,
    words_of,
)

MOST_KEPT = 32 << 20
Glance = tuple[list[Use], dict[str, tuple[str, str]], bool]
TABLES = ("bound", "closed", "words", "lists", "chains", "glances", "clear")


def _nothing(*_: str) -> None: ...


class SiteSources(ModuleOwners):
    """The modules of one patient, as `simulate.Sources` asks for them."""

    def __init__(self, facts: Facts, finder: ModuleFinder, cache: ModuleCache, deep: bool) -> None:
        super().__init__(facts, finder)
        finder.contents = self._bytes
        self.cache = cache
        self.deep = deep
        self.known: dict[str, ModuleFacts | None] = {}
        self.bound: dict[str, frozenset[str]] = {}
        self.closed: dict[str, bool] = {}
        self.words: dict[str, frozenset[bytes]] = {}
        self.lists: dict[str, frozenset[str] | None] = {}
        self.chains: dict[tuple[str, str], frozenset[str]] = {}
        self.glances: dict[str, Glance | None] = {}
        self.clear: dict[str, tuple[str, ...]] = {}
        """What modules import of which another process has found that no name is missing."""
        self.hear: Callable[[], None] = _nothing
        """Asks whether another process has filled some of the tables."""
        self.passed: Callable[[str], None] = _nothing
        self.scanned: list[str] = []
        self.recent: dict[str, bytes] = {}
        """Contents of the files read last, most of which are soon asked for again."""
        self.kept = 0

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
        self.hear()
        key = self.cache.key(located.path, module, self.minor, self.deep)
        found = self.cache.get(key)
        if found is None:
            source = self._bytes(located.path)
            if source is None:
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

    def tables(self) -> Mapping[str, dict[Any, Any]]:
        """What was read of files, by name; each entry depends on one file alone."""
        own = {name: getattr(self, name) for name in TABLES}
        return {**own, "states": self.cache.states, "fresh": self.cache.fresh}

    def share(self, tables: Mapping[str, dict[Any, Any]]) -> None:
        """Use these from now on, which hold what the present ones do."""
        for name in TABLES:
            setattr(self, name, tables[name])
        self.cache.states, self.cache.fresh = tables["states"], tables["fresh"]

    def scan(self, module: str) -> Scanned | None:
        located = self.find(module)
        if self.deep or located.kind != "source":
            return None
        if module not in self.glances:
            self.hear()
        if module not in self.glances:
            source = self._source(module)
            scanned = None if source is None else scan(source, module, located.is_package, self.minor)
            self.glances[module] = None if scanned is None else (scanned.uses, scanned.aliases, scanned.late)
        found = self.glances[module]
        if found is None:
            return None
        self.scanned.append(module)
        return Scanned(module, located.is_package, *found)

    def is_elsewhere(self, module: str) -> bool:
        return False

    def told(self, module: str) -> tuple[str, ...] | None:
        return self.clear.get(module)

    def passes(self, module: str, ways: Sequence[tuple[str, ...]]) -> None:
        """Only another process needs to be told."""

    def attributes(self, module: str, alias: str) -> frozenset[str]:
        key = module, alias
        if key not in self.chains:
            self.hear()
        if key not in self.chains:
            self.chains[key] = attributes(self._source(module) or b"", alias)
        return self.chains[key]

    def runs_later(self, module: str, alias: str, chain: str) -> bool:
        return runs_later(self._source(module) or b"", alias, chain)

    def binds(self, module: str, name: str) -> bool | None:
        if module not in self.bound:
            self.hear()
        if module not in self.bound:
            source = self._source(module)
            package = module if self.find(module).is_package else ""
            self.bound[module] = frozenset() if source is None else bound_plainly(source, package)
        if name in self.bound[module]:
            return True
        if name in ALWAYS:
            return None
        if self.find(module).kind == "standard" and self.bound[module]:
            return self._standard_has(module, name)
        if not self._is_closed(module):
            return None
        if self.find(module).is_package:  # there `from .name import …` binds the name too
            return None if name.encode() in (self._source(module) or b"") else False
        return None if self._mentions(module, name) else False

    def _standard_has(self, module: str, name: str) -> bool:
        """The standard library is whole: what its code mentions it has, unless that is known to be gone."""
        return not self.known_gone(module, name) and (not self._is_closed(module) or self._mentions(module, name))

    def _is_closed(self, module: str) -> bool:
        if module not in self.closed:
            self.hear()
        if module not in self.closed:
            source = self._source(module)
            self.closed[module] = source is not None and binds_only_mentioned(source)
        return self.closed[module]

    def _mentions(self, module: str, name: str) -> bool:
        source = self._source(module) or b""
        if module not in self.words:
            if not may_mention(source, name):
                return False
            self.words[module] = words_of(source)
        return name.encode() in self.words[module]

    def offers(self, module: str, name: str) -> bool | None:
        found = may_star(self._source(module) or b"__all__", name)
        return bool(found) if self.find(module).kind == "standard" else found

    def listed(self, module: str) -> frozenset[str] | None:
        if module not in self.lists:
            self.lists[module] = literal_all(self._source(module) or b"")
        return self.lists[module]

    def _source(self, module: str) -> bytes | None:
        path = self.find(module).path
        if module == ENTRY or not path.endswith(".py"):
            return None
        return self._bytes(path)

    def setting(self, names: Collection[tuple[str, str]]) -> Iterator[str]:
        plain = [name.encode() for name in sorted({name for _, name in names})]
        tops = {module.partition(".")[0] for module, _ in names}
        words = b"|".join(map(re.escape, plain))
        assigned = re.compile(rb"\.(?:" + words + rb")[ \t]*=(?!=)")
        quoted = re.compile(rb"[\"'](?:" + words + rb")[\"']")
        for module in self.scanned:
            if not self._may_import(module, tops):
                continue
            path = self.find(module).path
            source = self.recent.get(path) or _again(path)
            if not any(name in source for name in plain):
                continue
            if assigned.search(source) or (b"setattr(" in source and quoted.search(source)):
                yield module

    def _may_import(self, module: str, tops: Collection[str]) -> bool:
        """Whether a scanned module may import one of these packages anywhere, or is of one itself."""
        uses, _, late = self.glances[module] or ((), {}, True)
        return late or module.partition(".")[0] in tops or any(used.partition(".")[0] in tops for used, _ in uses)

    def _bytes(self, path: str) -> bytes | None:
        found = self.recent.get(path)
        if found is None:
            try:
                found, status = read_with_status(path, MAX_BYTES + 1)
            except OSError:
                return None
            self.recent[path] = found
            self.cache.note(path, status)
            self.kept += len(found)
            while self.kept > MOST_KEPT:
                self.kept -= len(self.recent.pop(next(iter(self.recent))))
        return found


def _again(path: str) -> bytes:
    """What is read once more is not kept."""
    try:
        return read_bytes(path, MAX_BYTES + 1)
    except OSError:
        return b""

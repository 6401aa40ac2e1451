"""Passes quickly over modules whose imports all resolve, by what a glance at their bytes tells.

Reports nothing: where anything looks wrong the module is walked again with its parsed text, which alone decides.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from typing import Protocol

from tts_doctor.model.module import LazyName, Located, ModuleFacts
from tts_doctor.parse.module_scan import Scanned

Pass = Generator[str, object, bool]
MODULES = frozenset({"source", "extension", "bytecode", "namespace", "standard"})


class Sources(Protocol):
    """The modules of one patient."""

    def find(self, module: str) -> Located: ...

    def read(self, module: str) -> ModuleFacts | None:
        """Facts of a module of kind `source`; None for any other."""
        ...

    def scan(self, module: str) -> Scanned | None:
        """What importing a plain module executes; None where its text must be parsed to tell."""
        ...

    def attributes(self, module: str, alias: str) -> Collection[str]:
        """Dotted chains that a scanned module's text has after `alias.`, wherever it stands."""
        ...

    def runs_later(self, module: str, alias: str, chain: str) -> bool:
        """Whether a scanned module has `alias.chain` only in functions' bodies, strings and comments."""
        ...

    def is_elsewhere(self, module: str) -> bool:
        """Whether another process has executed a module, so that it need not be executed here."""
        ...

    def told(self, module: str) -> Sequence[str] | None:
        """What a module imports, in this order, where it is known that no name of that is missing."""
        ...

    def passes(self, module: str, ways: Sequence[tuple[str, ...]]) -> None:
        """Take note that no name is missing of what a module imports: for each use what it has to import."""
        ...

    def passed(self, module: str) -> None:
        """Take note that a module has been executed, with all that it imports."""
        ...

    def binds(self, module: str, name: str) -> bool | None:
        """Whether a module's own text binds a name, told by a glance; None where that needs a parser."""
        ...

    def offers(self, module: str, name: str) -> bool | None:
        """Whether a star import brings a name that the module binds; None where that needs a parser."""
        ...

    def listed(self, module: str) -> frozenset[str] | None:
        """A module's `__all__`, where a glance shows all of it; None where there is none or that needs a parser."""
        ...

    def setting(self, names: Collection[tuple[str, str]]) -> Iterable[str]:
        """Scanned modules that may set an attribute of one of these, each a module and a name in it."""
        ...

    def provider(self, module: str) -> str:
        """Canonical name of the distribution that provides, or would provide, an import name; `python`; or empty."""
        ...

    def owner(self, module: str) -> tuple[str, str]:
        """Distribution that the module's file belongs to, and the file relative to site-packages."""
        ...

    def installed(self, distribution: str) -> bool: ...

    def known_gone(self, module: str, name: str) -> bool:
        """Whether it is common knowledge that the installed version of a module lacks a name."""
        ...

    def is_required(self, consumer: str, provider: str) -> bool:
        """Whether `consumer`'s metadata names `provider` as no mere option."""
        ...


class PlainWalk:
    """Remembers what it has asked. Asks `provides` and `lazy` where a glance does not tell.

    `executed` grows: module -> why it cannot be imported, or None.
    """

    def __init__(
        self,
        sources: Sources,
        provides: Callable[[str, str], bool | None],
        lazy: Callable[[str, str], LazyName | None],
        executed: Mapping[str, object],
    ) -> None:
        self.sources = sources
        self.provides = provides
        self.lazy = lazy
        self.executed = executed
        self.chains: dict[tuple[str, str], tuple[str, str] | None] = {}
        self.owned: dict[str, bool] = {}
        self.kinds: dict[str, str] = {}
        self.ways: dict[str, tuple[str, ...]] = {}
        self.bound: set[str] = set()
        """Dotted names that a glance at the module before the last dot has found bound there."""

    def passes(self, module: Scanned) -> Pass:
        """Yield every module to execute; False where something may be missing."""
        told = self.sources.told(module.name)
        if told is not None and (yield from self._all(told)):
            return True
        ways: list[tuple[str, ...]] = []
        found = yield from self._checks(module, ways)
        if found:
            self.sources.passes(module.name, ways)
        return found

    def _all(self, targets: Iterable[str]) -> Pass:
        for target in targets:
            if not self._is_done(target) and not (yield from self._package(target)):
                return False
        return True

    def _checks(self, module: Scanned, ways: list[tuple[str, ...]]) -> Pass:
        """The same, without what others told; notes in `ways` what each use has to import."""
        top = module.name.partition(".")[0]
        own = top if self._is_owned(top) else ""
        for target, names in module.uses:
            if not self._is_done(target) and not (yield from self._package(target)):
                return False
            way = [target]
            for name in names:
                found = name == "*" or self._name(target, name, module.name, own)
                if found is True:
                    continue
                if not found or not (yield from self._package(found)):
                    return False
                way.append(found)
            ways.append(tuple(way))
        return all(
            self._has(module, alias, chain)
            for alias, meaning in module.aliases.items()
            if self._is_foreign(*meaning, own)
            for chain in self.sources.attributes(module.name, alias)
        )

    def _kind(self, module: str) -> str:
        found = self.kinds.get(module)
        if found is None:
            found = self.kinds[module] = self.sources.find(module).kind
        return found

    def _is_owned(self, top: str) -> bool:
        if top not in self.owned:
            self.owned[top] = bool(self.sources.owner(top)[0])
        return self.owned[top]

    def _is_done(self, module: str) -> bool:
        """Whether a dotted module and the packages on the way have all been executed, none in vain."""
        way = self.ways.get(module)
        if way is None:
            way = self.ways[module] = tuple(self._way(module))
        states = self.executed
        for name in way:  # noqa: SIM110 (half the time of all())
            if states.get(name, name) is not None:
                return False
        return True

    def _way(self, module: str) -> Iterable[str]:
        """What executing `import module` executes; ends with `` where that cannot be found."""
        end = 0
        while end >= 0:
            end = module.find(".", end + 1)
            name = module if end < 0 else module[:end]
            kind = self._kind(name)
            if kind == "unknown":
                return
            if kind in ("source", "missing"):
                yield name if kind == "source" else ""

    def _package(self, module: str) -> Pass:
        """Import a dotted module: each package on the way, then itself."""
        if module not in self.ways:
            self.ways[module] = tuple(self._way(module))
        states = self.executed
        for name in self.ways[module]:
            if not name or (states[name] if name in states else (yield name)) is not None:
                return False
        return True

    def _name(self, module: str, name: str, importer: str, own: str) -> str | bool:
        """`from module import name`: whether the module binds it, or what then has to be imported."""
        inner = f"{module}.{name}"
        if inner in self.bound and module != importer:
            return True
        kind = self._kind(inner)
        is_own = bool(own) and module.partition(".")[0] == own
        if kind != "source" and (is_own or kind not in ("missing", "unknown")):
            return True
        if module != importer and self.sources.binds(module, name):
            self.bound.add(inner)
            return True
        found = module != importer and self.provides(module, name)
        if found is False:
            return inner if kind == "source" else False
        lazy = self.lazy(module, name) if found else None
        return True if lazy is None or lazy.guarded else lazy.module

    def _is_foreign(self, module: str, name: str, own: str) -> bool:
        """Whether what an alias stands for is a module of another distribution."""
        if not module or (own and module.partition(".")[0] == own):
            return False
        return self._kind(f"{module}.{name}" if name else module) in MODULES

    def _has(self, module: Scanned, alias: str, chain: str) -> bool:
        """Whether nothing is known to be missing along `alias.chain`, or importing does not go that way."""
        start, name = module.aliases[alias]
        key = f"{start}.{name}" if name else start, chain
        if key not in self.chains:
            self.chains[key] = self._walk(*key)
        open_end = self.chains[key]
        if open_end is None or self.provides(*open_end) is not False:
            return True
        return self.sources.runs_later(module.name, alias, chain)

    def _walk(self, current: str, chain: str) -> tuple[str, str] | None:
        """The first module and name that a glance does not find along a chain."""
        for part in chain.split("."):
            inner = f"{current}.{part}"
            if self._kind(inner) in MODULES:
                current = inner
                continue
            return None if self.sources.binds(current, part) else (current, part)
        return None

"""Follows what importing modules executes, module by module, and reports every module or name that will not be found.

Asks its `Sources` where modules lie and what their text says; runs nothing and reads nothing itself. Silent wherever
the text cannot prove that something is missing.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass, replace

from tts_doctor.model.facts import MissingImport
from tts_doctor.model.module import AttributeUse, ImportUse, LazyName, ModuleFacts, Root
from tts_doctor.parse.module import exports
from tts_doctor.simulate_plain import PlainWalk, Sources

MAX_MODULES = 20_000


@dataclass(frozen=True)
class Failure:
    """Why a module cannot be imported: something that is not installed."""

    module: str


Step = Generator[str, "Failure | None", "Failure | None"]


class Simulation:
    """One walk over the import graph; `missing` holds what was found so far."""

    def __init__(self, sources: Sources, *, deep: bool = False) -> None:
        self.sources = sources
        self.deep = deep
        self.states: dict[str, Failure | None] = {}
        self.missing: dict[tuple[str, int, str, str], MissingImport] = {}
        self.patches: set[tuple[str, str]] = set()
        self.moved: set[str] = set()
        """Top-level packages that put folders of their own on the path."""
        self.plain = PlainWalk(sources, self.provides, self._lazy, self.states)
        self.answers: dict[tuple[str, str], bool | None] = {}
        self.root = Root("")
        self.late = False
        """What is followed now only runs when a function is called."""

    def run(self, roots: Iterable[Root]) -> tuple[MissingImport, ...]:
        """Follow every root in turn, then, where `deep`, the uses inside functions of what was reached."""
        for root in roots:
            self.root = root
            self._drive(self._import(root.module, None, 0))
        self.late = True
        for name in list(self.states) if self.deep else ():
            facts = self.sources.read(name)
            if facts is not None:
                self._drive(self._deferred(facts))
        names = {(m.module, m.name) for m in self.missing.values() if m.name}
        for module in self.sources.setting(names) if names else ():
            facts = self.sources.read(module)
            self.patches.update(facts.patches if facts else ())
        return tuple(m for m in self.missing.values() if not self._patched(m))

    def _patched(self, item: MissingImport) -> bool:
        return (item.module, item.name) in self.patches or (item.module, "") in self.patches

    def _drive(self, first: Step) -> None:
        """Run generators on a stack of our own, so that deep import chains cannot exhaust the interpreter's."""
        stack, answer = [("", first)], None
        while stack:
            done, step = stack[-1]
            try:
                name = step.send(answer)
            except StopIteration as stop:
                stack.pop()
                self.sources.passed(done)
                answer = stop.value
            else:
                stack.append((name, self._execute(name)))
                answer = None

    def _execute(self, name: str) -> Step:
        if name in self.states or len(self.states) > MAX_MODULES:
            return self.states.get(name)
        self.states[name] = None
        if self.sources.is_elsewhere(name):
            return None
        is_root = self.root.main and name == self.root.module
        scanned = None if is_root else self.sources.scan(name)
        if scanned is not None and (yield from self.plain.passes(scanned)):
            return None
        facts = self.sources.read(name)
        if facts is None:
            return None
        self.patches.update(facts.patches)
        if facts.moves_path:
            self.moved.add(name.partition(".")[0])
        for use in facts.uses:
            if use.guarded or use.deferred:
                continue
            failure = yield from self._statement(facts, use)
            if failure is not None:
                self.states[name] = failure
                return failure
        for attribute in facts.attributes:
            if not attribute.guarded and not attribute.deferred:
                self._attribute(facts, attribute)
        if is_root:
            yield from self._lazies(facts)
        return None

    def _lazies(self, facts: ModuleFacts) -> Step:
        """What a package offers lazily is part of it, but an absent provider there is an option not taken."""
        root = self.root
        self.root = replace(root, main=False)
        for module in dict.fromkeys(lazy.module for lazy in facts.lazy if not lazy.guarded):
            if self.sources.find(module).kind == "source":
                self.root = replace(root, main=False, module=module, label=module)
                yield from self._import(module, facts, 0)
        self.root = root
        return None

    def _statement(self, facts: ModuleFacts, use: ImportUse) -> Step:
        if not use.module:
            return None
        failure = yield from self._import(use.module, facts, use.line)
        if failure is not None:
            return failure
        for name in use.names if self.sources.find(use.module).kind != "missing" else ():
            if name == "*":
                continue
            found = use.module != facts.name and self.provides(use.module, name)
            if found is False:
                sub = self.sources.find(f"{use.module}.{name}")
                if sub.kind == "missing" and use.module != facts.name:
                    self._report(facts, use.line, use.module, name, "name", deferred=self.late)
                elif sub.kind == "source":
                    failure = yield f"{use.module}.{name}"
            elif found is True:
                failure = yield from self._fetch(facts, use, name)
            if failure is not None:
                return failure
        return None

    def _fetch(self, facts: ModuleFacts, use: ImportUse, name: str) -> Step:
        """Importing a lazy name runs the module behind it."""
        lazy = self._lazy(use.module, name)
        if lazy is None or lazy.guarded:
            return None
        return (yield from self._import(lazy.module, facts, use.line))

    def _lazy(self, module: str, name: str) -> LazyName | None:
        if self.sources.binds(module, name) is not None:
            return None
        facts = self.sources.read(module)
        if facts is None or name in facts.defines:
            return None
        found = [lazy for lazy in facts.lazy if lazy.name == name]
        return found[0] if len(found) == 1 else None

    def _import(self, module: str, facts: ModuleFacts | None, line: int) -> Step:
        """Import a dotted module: each package on the way, then itself."""
        parts = module.split(".")
        for depth in range(1, len(parts) + 1):
            name = ".".join(parts[:depth])
            located = self.sources.find(name)
            if located.kind == "missing":
                return self._absent(facts, line, name, certain=bool(located.path))
            if located.kind == "source":
                failure = self.states[name] if name in self.states else (yield name)
                if failure is not None:
                    return failure
            elif located.kind == "unknown":
                return None
        return None

    def _absent(self, facts: ModuleFacts | None, line: int, name: str, *, certain: bool) -> Failure | None:
        if facts is None or facts.name.partition(".")[0] in self.moved or (name, "") in self.patches:
            return None
        parent = name.rpartition(".")[0]
        if parent and not certain and self._provides(parent, name.rpartition(".")[2]) is not False:
            return None
        return self._report(facts, line, name, "", "module", deferred=self.late)

    def provides(self, module: str, name: str) -> bool | None:
        """Whether `module` binds `name`; where its text cannot say, what is commonly known of it decides."""
        key = module, name
        if key not in self.answers:
            found = self._provides(module, name)
            self.answers[key] = False if found is None and self.sources.known_gone(module, name) else found
        return self.answers[key]

    def _provides(self, module: str, name: str, seen: frozenset[str] = frozenset()) -> bool | None:
        """Whether `module` binds `name`; star imports are followed; None where that cannot be said."""
        glance = self.sources.binds(module, name)
        if glance is not None:
            return glance
        facts = self.sources.read(module)
        if facts is None:
            return False if self.sources.find(module).kind == "namespace" else None
        if module in seen:
            return False
        answer = exports(facts, name)
        if answer is not None:
            return answer
        open_end = facts.dynamic or facts.stub
        for star in facts.stars:
            found = self._through_star(star, name, seen | {module})
            if found:
                return True
            open_end |= found is None
        return None if open_end else False

    def _through_star(self, star: str, name: str, seen: frozenset[str]) -> bool | None:
        glance = self.sources.binds(star, name)
        offered = self.sources.offers(star, name) if glance else glance
        if offered is not None:
            return offered
        listed = self.sources.listed(star)
        if listed is not None:
            return name in listed
        facts = self.sources.read(star)
        if facts is None:
            return False if self.sources.find(star).kind == "namespace" else None
        if facts.all is not None:
            return name in facts.all
        if name.startswith("_") and not facts.has_all:
            return False
        return self._provides(star, name, seen)

    def _attribute(self, facts: ModuleFacts, use: AttributeUse) -> None:
        """Walk `module.a.b` down the submodules to the first part that is no module."""
        current = use.module
        for part in use.attribute.split("."):
            found = self.provides(current, part)
            inner = f"{current}.{part}"
            if self.sources.find(inner).kind not in ("missing", "unknown"):
                owner = self.sources.read(current)
                if owner is None or not any(u.module != current and part in u.names for u in owner.uses):
                    current = inner
                    continue
                return
            if any(u.module == current and part in u.names for u in facts.uses):
                return
            if found is False and self.sources.find(current).kind in ("source", "standard"):
                self._report(facts, use.line, current, part, "attribute", deferred=use.deferred or self.late)
            return

    def _deferred(self, facts: ModuleFacts) -> Step:
        """What functions import and use; an absent distribution is then an option not taken."""
        for use in facts.uses:
            if use.deferred and not use.guarded:
                yield from self._statement(facts, use)
        for attribute in facts.attributes:
            if attribute.deferred and not attribute.guarded:
                self._attribute(facts, attribute)
        return None

    def _report(
        self, facts: ModuleFacts, line: int, module: str, name: str, kind: str, *, deferred: bool
    ) -> Failure | None:
        """Note what is missing. A provider that is not there at all ends the importing module."""
        consumer, file = self.sources.owner(facts.name)
        provider = self.sources.provider(module)
        if kind != "module" and provider == consumer and consumer:
            return None  # a distribution fits itself: its own names may come in ways that no text shows
        absent = kind == "module" and self.sources.find(module.partition(".")[0]).kind == "missing"
        absent = absent and provider != "python" and not self.sources.installed(provider)
        optional = absent and (self.late or not self.root.main) and not self.sources.is_required(consumer, provider)
        if optional and self.late:
            return Failure(module)
        item = MissingImport(
            consumer, file, line, module, name, provider, kind, self.root.label or self.root.module,
            deferred, optional, 0.95 if self.root.main and not deferred else 0.8,
        )  # fmt: skip
        self.missing.setdefault((facts.name, line, module, name), item)
        return Failure(module) if absent else None

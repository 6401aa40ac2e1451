"""Search published releases for bounds that metadata does not tell: candidates for constraints/bounds.yaml.

    find_bounds.py CONSUMER... > candidates.jsonl

For releases of each consumer as of several dates: which requirement still admits the provider's newest release, though
that lacks a name that the consumer's own files use? The boundary on both sides is found by bisection, reading single
files out of the archives. Prints one JSON object a line, with its evidence; a person decides what enters the list.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "toolkit"))
sys.path.insert(0, str(Path(__file__).parent))

from bound_candidates import REACHES, Candidate, Use, dotted, used_names
from glance_imports import glance, module_of, run_imports
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from prove_bound import ANYBODY, PARSED_AS, Glimpse, has, requires

from tts_doctor.effects.index import PackageIndex, open_index
from tts_doctor.errors import IndexUnavailable
from tts_doctor.knowledge.removed_names import bound_of_name
from tts_doctor.model.facts import Facts, Interpreter
from tts_doctor.ports import Release
from tts_doctor.propose.candidates import later, short_upper, trimmed
from tts_doctor.propose.look import NOT_IMPORTED, Look

SINCE = "2018"
SAMPLES = 5
MOST_FILES = 2500
UNDECLARED = ("setuptools",)
"""Providers that every environment had, so that nobody declared them."""
PYTHONS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13")
ANSWERS = {b"True": True, b"False": False}


class Finder:
    """One search; what was read is remembered."""

    def __init__(self) -> None:
        self.index: PackageIndex = open_index(ANYBODY, os.environ)
        self.look: Look = Glimpse(self.index, PARSED_AS)
        self.own = Look(self.index, PARSED_AS)
        self.patients = [(p, open_index(_facts_on(p), os.environ)) for p in PYTHONS]
        self._has: dict[str, bool | None] = {}

    def releases(self, name: str) -> list[Release]:
        return [r for r in self.index.releases(name) if not r.yanked]

    def candidates(self, consumer: str) -> Iterator[Candidate]:
        """Every candidate of one consumer, the ones that break its import first."""
        self.own = Look(self.index, PARSED_AS)  # what one consumer's files hold is of no use to the next
        broken: dict[tuple[str, str], list[tuple[Use, str, str]]] = {}
        for release in self._sampled(consumer):
            for use, provider, bad in self._broken(consumer, release):
                broken.setdefault((provider, bad), []).append((use, release.version, release.uploaded))
        for (provider, bad), found in broken.items():
            yield from self._bounded(consumer, provider, bad, found)

    def _sampled(self, name: str) -> list[Release]:
        """The last release of each half year, the newest `SAMPLES` of them spread over the time."""
        halves = {}
        for release in self.releases(name):
            if release.uploaded >= SINCE:
                halves[release.uploaded[:4], release.uploaded[5:7] > "06"] = release
        rows = list(halves.values())
        step = max(1, -(-len(rows) // SAMPLES))
        return rows[::-1][::step][:SAMPLES][::-1]

    def _broken(self, consumer: str, release: Release) -> Iterator[tuple[Use, str, str]]:
        """Uses of names that the newest admitted release of a provider lacks, and the first release without it."""
        admitted = dict(self._admitted(consumer, release))
        if not admitted:
            return
        glances = {path: set(glance(source)) for path, source in self._sources(consumer, release.version)}
        suspects: dict[str, list[tuple[str, str, str, str]]] = {}
        for provider, (then, newest) in admitted.items():
            tops = {p.partition("/")[0].partition(".")[0] for p in self.look.paths(provider, then)}
            for path, pairs in glances.items():
                for pair in pairs:
                    bad = self._gone(provider, then, newest, *pair) if pair[0].partition(".")[0] in tops else ""
                    if bad:
                        suspects.setdefault(path, []).append((*self._owner(provider, then, *pair), provider, bad))
        if suspects:
            yield from self._confirmed(consumer, release.version, suspects)

    def _confirmed(
        self, consumer: str, version: str, suspects: dict[str, list[tuple[str, str, str, str]]]
    ) -> Iterator[tuple[Use, str, str]]:
        """Those of the names at a glance that the parsed files use, with their reach."""
        reached: set[str] | None = None
        for path, rows in suspects.items():
            known = {(module, name): (provider, bad) for module, name, provider, bad in rows}
            facts = self.own.facts(consumer, version, path, module_of(path))
            for use in used_names(facts, path):
                for (module, name), (provider, bad) in known.items():
                    if dotted(use.module, use.name) != dotted(module, name):
                        continue
                    reached = reached or self._reached(consumer, version)
                    reach = use.reach or ("import" if facts.name in reached else "module")
                    yield Use(module, name, path, use.line, reach), provider, bad

    def _sources(self, dist: str, version: str) -> Iterator[tuple[str, bytes]]:
        paths = [p for p in self.own.paths(dist, version) if p.endswith(".py") and not NOT_IMPORTED.search(p)]
        for path in paths if len(paths) <= MOST_FILES else ():
            if path != "setup.py" and ".data/" not in path:
                yield path, self.index.read(dist, version, path) or b""

    def _reached(self, dist: str, version: str) -> set[str]:
        """Modules that importing the distribution's main package runs, by their unindented imports."""
        modules = {module_of(path): (path, source) for path, source in self._sources(dist, version)}
        tops = {name.partition(".")[0] for name in modules}
        own = {t for t in tops if canonicalize_name(t) == canonicalize_name(dist)} or tops
        seen: set[str] = set()
        stack = list(own)
        while stack:
            name = stack.pop()
            if name in modules and name not in seen:
                seen.add(name)
                stack += [name.rpartition(".")[0], *run_imports(name, *modules[name])]
        return seen

    def _gone(self, provider: str, then: str, newest: str, module: str, name: str) -> str:
        """The first release without a name that the provider had then; empty where it still has it."""
        module, name = self._owner(provider, then, module, name)
        lacking = self._lacking(provider, newest, module, name)
        if not lacking or not self.has(provider, then, module, name):
            return ""
        return self._first_without(provider, then, lacking, module, name)

    def _admitted(self, consumer: str, release: Release) -> Iterator[tuple[str, tuple[str, str]]]:
        """Provider -> its newest release when the consumer appeared, and the newest that metadata admits."""
        wanted = {canonicalize_name(r.name): r.specifier for r in self.requires(consumer, release.version)}
        for provider in (*wanted, *(u for u in UNDECLARED if u not in wanted)):
            try:
                rows = self.releases(provider)
            except IndexUnavailable:
                continue
            if provider in wanted:
                rows = [r for r in rows if wanted[provider].contains(r.version)]
            end = later(release.uploaded, 30)
            old = [r for r in rows if r.uploaded and r.uploaded <= end and r.has_wheel] or [
                r for r in rows if r.uploaded and r.uploaded <= end
            ]
            if old and rows and old[-1].version != rows[-1].version and provider != canonicalize_name(consumer):
                yield provider, (old[-1].version, rows[-1].version)

    def has(self, dist: str, version: str, module: str, name: str) -> bool | None:
        """Remembered on disk: the searches of many consumers ask the same."""
        key = f"{dist} {version} {module}:{name}"
        if key not in self._has:
            kept = self.index.cache.get("has", key)
            answer = ANSWERS.get(kept) if kept else has(self.look, dist, version, module, name)
            if kept is None:
                self.index.cache.put("has", key, repr(answer).encode())
            self._has[key] = answer
        return self._has[key]

    def requires(self, dist: str, version: str) -> list[Requirement]:
        return requires(self.index, dist, version)

    def _owner(self, provider: str, version: str, module: str, name: str) -> tuple[str, str]:
        """The innermost module of a dotted use, and the name in it."""
        parts = name.split(".")
        while len(parts) > 1 and self.look.has_module(provider, version, f"{module}.{parts[0]}"):
            module = f"{module}.{parts.pop(0)}"
        return module, parts[0]

    def _lacking(self, provider: str, newest: str, module: str, name: str) -> str:
        """The newest release, where it lacks the name; where its files cannot say, one known to have lost it."""
        answer = self.has(provider, newest, module, name)
        if answer is not None:
            return "" if answer else newest
        known = bound_of_name(module, name)
        if known is None or not known.removed:
            return ""
        after = [r.version for r in self.releases(provider) if Version(r.version) >= Version(known.removed)]
        return after[0] if after and self.has(provider, after[0], module, name) is False else ""

    def _first_without(self, provider: str, good: str, bad: str, module: str, name: str) -> str:
        """The first release after `good` that lacks the name; empty where a release cannot say."""
        versions = [r.version for r in self.releases(provider) if r.has_wheel or r.version in (good, bad)]
        low, high = versions.index(good), versions.index(bad)
        if low > high:
            return ""
        while high - low > 1:
            middle = (low + high) // 2
            answer = self.has(provider, versions[middle], module, name)
            if answer is None:
                return ""
            low, high = (middle, high) if answer else (low, middle)
        return versions[high]

    def _bounded(
        self, consumer: str, provider: str, bad: str, found: Sequence[tuple[Use, str, str]]
    ) -> Iterator[Candidate]:
        """The range of the consumer, by the use that tells most: at import rather than later, then the longest."""
        ranked = sorted(found, key=lambda f: (REACHES.index(f[0].reach), f[2]), reverse=False)
        best = ranked[0][0].reach
        use, version, _ = max((f for f in ranked if f[0].reach == best), key=lambda f: f[2])
        good = self._before(provider, bad)
        rows = [r.version for r in self.releases(consumer)]
        place = rows.index(version)

        def afflicted(at: int) -> bool:
            return self._still(consumer, rows[at], use, provider, bad)

        first = _edge(place, -1, afflicted)
        last = _edge(place, len(rows), afflicted)
        pythons = list(self._pythons((consumer, rows[last]), (provider, bad)))
        if not pythons:
            return
        parts = [f">={trimmed(rows[first])}"] if first > 0 else []
        if last + 1 < len(rows):
            parts.append(f"<{short_upper(rows[last + 1], rows[last])}")
        asked = [str(r) for r in self.requires(consumer, rows[last]) if canonicalize_name(r.name) == provider]
        source = (self.index.read(consumer, version, use.file) or b"").decode("utf-8", "replace").splitlines()
        yield Candidate(
            canonicalize_name(consumer), ",".join(parts) or f"<={rows[last]}", provider, f"<{short_upper(bad, good)}",
            f"{use.module}:{use.name}", use.file, use.line, source[use.line - 1].strip() if use.line else "",
            use.reach, "; ".join(asked), rows[last], good, bad, pythons,
            sorted({f"{u.module}:{u.name} {u.file}:{u.line} {u.reach} {v}" for u, v, _ in found})[:12],
        )  # fmt: skip

    def _pythons(self, *wanted: tuple[str, str]) -> Iterator[str]:
        """The Pythons on which all these versions can be installed; with a star where not all have wheels."""
        for python, index in self.patients:
            rows = [next((r for r in index.releases(name) if r.version == version), None) for name, version in wanted]
            if all(rows):
                yield python + ("" if all(r and r.has_wheel for r in rows) else "*")

    def _before(self, provider: str, bad: str) -> str:
        versions = [r.version for r in self.releases(provider) if r.has_wheel or r.version == bad]
        return versions[max(0, versions.index(bad) - 1)]

    def _still(self, consumer: str, version: str, use: Use, provider: str, bad: str) -> bool:
        """Whether a release of the consumer still uses the name and its metadata admits the provider without it."""
        for requirement in self.requires(consumer, version):
            if canonicalize_name(requirement.name) == provider and not requirement.specifier.contains(bad):
                return False
        if self.own.uses(consumer, version, use.file, use.module, use.name):
            return True
        return use.reach == "import" and self.own.uses_anywhere(consumer, version, use.module, use.name) is True


def _edge(start: int, end: int, good: Callable[[int], bool]) -> int:
    """The last good place on the way from the good `start` to `end` (exclusive), for one stretch of good ones."""
    step = 1 if end > start else -1
    if start + step == end or good(end - step):
        return end - step
    low, high = start, end - step
    while abs(high - low) > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if good(middle) else (low, middle)
    return low


def _facts_on(python: str) -> Facts:
    return Facts(Interpreter(version=f"{python}.99", machine="x86_64"))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("consumers", nargs="+", metavar="CONSUMER")
    words = parser.parse_args()
    finder = Finder()
    for consumer in words.consumers:
        start = time.monotonic()
        count = 0
        try:
            for candidate in finder.candidates(consumer):
                print(json.dumps(asdict(candidate), ensure_ascii=False), flush=True)
                count += 1
        except (IndexUnavailable, ValueError) as error:
            print(f"{consumer}: {error}", file=sys.stderr)
        print(f"{consumer}: {count} in {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Looks into the files of one version of a distribution: does it define a name, accept a keyword, still use a name?

Answers True, False, or None where the files cannot say; never guesses.
"""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Iterator

from tts_doctor.model.module import ModuleFacts
from tts_doctor.parse.calls import passes_keyword
from tts_doctor.parse.class_members import ClassFacts, read_class
from tts_doctor.parse.module import accepts_keyword, exports, read_module
from tts_doctor.parse.removed_table import removed_names
from tts_doctor.ports import Index
from tts_doctor.signs.parties import module_name

DEEPEST = 6
SCANNED_FILES = 400
MOST_LIBRARIES = 4
CFFI = ("lib", "_lib")
NOT_IMPORTED = re.compile(r"(^|/)(tests?|testing|docs?|examples?|benchmarks?|conftest\.py)(/|$)")
OPEN = re.compile(
    rb"import \*|globals\(\)|locals\(\)|__getattr__|sys\.modules|LazyModule|lazy_loader|setattr\(|__dict__|exec\("
)
"""Signs that a module may have names that its text does not spell."""
COMPRESSED = re.compile(rb"CYTHON_COMPRESS_STRINGS|_cython_3_(?:[2-9]|\d\d)")
"""Marks of an extension module whose names are compressed: Cython's since 3.2."""
COPIES_ALL = re.compile(rb"for (\w+) in \w+\.__all__:(?s:.{0,600}?)globals\(\)\[\1\]\s*=")
"""A loop that gives a module all names of another one; old SciPy has NumPy's so."""


class Look:
    """Questions about the versions of distributions, each answer remembered."""

    def __init__(self, index: Index, python: tuple[int, int]) -> None:
        self.index = index
        self.python = python
        self._paths: dict[tuple[str, str], frozenset[str]] = {}
        self._modules: dict[tuple[str, str], frozenset[str]] = {}
        self._facts: dict[tuple[str, str, str], ModuleFacts] = {}

    def paths(self, dist: str, version: str) -> frozenset[str]:
        """All paths of the wheel or sdist."""
        key = dist, version
        if key not in self._paths:
            self._paths[key] = frozenset(self.index.files(dist, version))
        return self._paths[key]

    def has_module(self, dist: str, version: str, module: str) -> bool:
        """Whether importing `module` finds a file or folder of this version."""
        key = dist, version
        if key not in self._modules:
            stems: set[str] = set()
            for path in self.paths(dist, version):
                folder, _, file = path.rpartition("/")
                if file.endswith((".py", ".so", ".pyx", ".pyd")):
                    stems.add(f"{folder}/{file.partition('.')[0]}" if folder else file.partition(".")[0])
                while folder and folder not in stems:
                    stems.add(folder)
                    folder = folder.rpartition("/")[0]
            self._modules[key] = frozenset(stems)
        return module.replace(".", "/") in self._modules[key]

    def has_name(self, dist: str, version: str, module: str, name: str) -> bool | None:
        """Whether `from module import name` finds the name; None where the files cannot tell."""
        first, _, rest = name.partition(".")
        found = self._has(dist, version, module, first, 0, set())
        if found and rest:
            return None
        return found

    def source(self, dist: str, version: str, module: str) -> bytes | None:
        """The text of a module; None where this version has none."""
        path = self._source_path(dist, version, module)
        return self.index.read(dist, version, path) if path else None

    def is_package(self, dist: str, version: str, module: str) -> bool:
        """Whether the module is a package with an `__init__.py`."""
        return self._source_path(dist, version, module).endswith("/__init__.py")

    def parses(self, dist: str, version: str, file: str) -> bool | None:
        """Whether the patient's Python can read `file`; None where that file cannot be had, or where the Python
        that asks is older than the patient's and cannot say.
        """
        if file not in self.paths(dist, version):
            return None
        source = self.index.read(dist, version, file)
        if source is None:
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                ast.parse(source, feature_version=max(self.python, (3, 4)))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None if self.python > sys.version_info[:2] else False
        return True

    def mentions(self, dist: str, version: str, file: str, member: str) -> bool | None:
        """Whether `file` takes an attribute of this name from anything; None where this version has no such file."""
        if file not in self.paths(dist, version):
            return None
        return bool(re.search(rb"\.\s*%b\b" % re.escape(member.encode()), self.index.read(dist, version, file) or b""))

    def accepts(self, dist: str, version: str, module: str, function: str, keyword: str) -> bool | None:
        """Whether `module.function` takes `keyword`, followed through re-exports and first bases."""
        for _ in range(DEEPEST):
            path = self._source_path(dist, version, module)
            source = self.source(dist, version, module)
            if source is None:
                return None
            answer = accepts_keyword(source, function, keyword)
            top = function.partition(".")[0]
            facts = self.facts(dist, version, path, module)
            origin = next((u.module for u in facts.uses if top in u.names and not u.deferred), "")
            if answer is not None:
                return answer
            if origin and origin != module:
                module = origin
                continue
            module, function = self._inherited(source, module, function, path.endswith("/__init__.py"))
            if not module:
                return None
        return None

    def _inherited(self, source: bytes, module: str, function: str, is_package: bool) -> tuple[str, str]:
        """Module and name of the same method of the first base, for `Class` and `Class.method`; empty without one."""
        cls, _, method = function.partition(".")
        found = read_class(source, cls, module, is_package)
        if not isinstance(found, ClassFacts) or not found.bases:
            return "", ""
        home, _, base = found.bases[0].rpartition(".")
        return home, f"{base}.{method or '__init__'}"

    def uses(self, dist: str, version: str, file: str, module: str, name: str) -> bool | None:
        """Whether `file` of this version uses `name` of `module` (any of it where `name` is empty) unguarded.

        None where this version has no such file.
        """
        if file not in self.paths(dist, version):
            return None
        facts = self.facts(dist, version, file, module_name(file))
        return any(_matches(used, module, name) for used in _used(facts, deferred=True))

    def passes_keyword(self, dist: str, version: str, file: str, function: str, keyword: str) -> bool | None:
        """Whether `file` calls something named `function` with `keyword`; None where this version has no such file."""
        if file not in self.paths(dist, version):
            return None
        source = self.index.read(dist, version, file) or b""
        last = function.rpartition(".")[2]
        return passes_keyword(source, last, keyword)

    def uses_anywhere(self, dist: str, version: str, module: str, name: str) -> bool | None:
        """Whether any module uses it when it is imported; None where there are too many files to read."""
        files = [p for p in self.paths(dist, version) if p.endswith(".py") and not NOT_IMPORTED.search(p)]
        if len(files) > SCANNED_FILES:
            return None
        mark = (name or module).rpartition(".")[2].encode()
        for path in files:
            source = self.index.read(dist, version, path)
            if source and mark in source:
                facts = self.facts(dist, version, path, module_name(path))
                if any(_matches(used, module, name) for used in _used(facts, deferred=False)):
                    return True
        return False

    def facts(self, dist: str, version: str, path: str, module: str) -> ModuleFacts:
        """What one file does when it is imported."""
        key = dist, version, path
        if key not in self._facts:
            source = self.index.read(dist, version, path) or b""
            self._facts[key] = read_module(source, module, path.endswith("/__init__.py"), self.python)
        return self._facts[key]

    def _source_path(self, dist: str, version: str, module: str) -> str:
        stem = module.replace(".", "/")
        found = self.paths(dist, version)
        return next((p for p in (f"{stem}/__init__.py", f"{stem}.py") if p in found), "")

    def _has(self, dist: str, version: str, module: str, name: str, depth: int, seen: set[str]) -> bool | None:
        if module in seen or depth > DEEPEST:
            return False
        seen.add(module)
        if self.has_module(dist, version, f"{module}.{name}"):
            return True
        path = self._source_path(dist, version, module)
        if not path:
            return self._in_binary(dist, version, module, name)
        source = self.index.read(dist, version, path) or b""
        if name.encode() not in source and not OPEN.search(source):
            return False  # nothing that could make the name: parsing would only take time
        facts = self.facts(dist, version, path, module)
        answer = exports(facts, name)
        computed = facts.dynamic or facts.stub or b"LazyModule" in source
        if answer or (answer is False and not computed):
            return answer
        if name in removed_names(source):
            return False
        answers = [self._through_star(dist, version, star, name, depth, seen) for star in facts.stars]
        if True in answers:
            return True
        if computed:
            promised = self._promised(dist, version, path, facts, name)
            return False if promised is None and answer is False else promised
        return None if None in answers else False

    def _through_star(self, dist: str, version: str, module: str, name: str, depth: int, seen: set[str]) -> bool | None:
        if not self.has_module(dist, version, module):
            return None
        path = self._source_path(dist, version, module)
        source = (self.index.read(dist, version, path) or b"") if path else b""
        if path and name.encode() not in source and not OPEN.search(source):
            return False
        facts = self.facts(dist, version, path, module) if path else None
        if facts is not None and facts.all is not None and name not in facts.all:
            return False
        if name.startswith("_") and not (facts is not None and facts.has_all):
            return False
        if facts is not None and facts.has_all and facts.all is None and not _literal(name).search(source):
            return None
        return self._has(dist, version, module, name, depth + 1, seen)

    def _promised(self, dist: str, version: str, path: str, facts: ModuleFacts, name: str) -> bool | None:
        """What a dynamic module's texts say: a table of what is gone, the name as a literal, or its stub."""
        near = [path, *self._neighbours(dist, version, facts)]
        if any(name in removed_names(self.index.read(dist, version, p) or b"") for p in dict.fromkeys(near)):
            return False
        source = self.index.read(dist, version, path) or b""
        if COPIES_ALL.search(source) or _literal(name).search(source):
            return True
        stub = path + "i"
        if stub in self.paths(dist, version):
            promised = exports(self.facts(dist, version, stub, facts.name), name)
            return promised if promised or facts.stub else None
        return None

    def _neighbours(self, dist: str, version: str, facts: ModuleFacts) -> Iterator[str]:
        """The modules of its own package that a dynamic module builds its names from."""
        for use in facts.uses:
            if use.deferred:
                continue
            for module in (use.module, *(f"{use.module}.{n}" for n in use.names)):
                path = self._source_path(dist, version, module)
                if path and not path.endswith("__init__.py"):
                    yield path

    def _in_binary(self, dist: str, version: str, module: str, name: str) -> bool | None:
        """The name's bytes in the extension module; for a cffi `lib`, which has no file, in any extension module."""
        stem = module.replace(".", "/")
        binaries = [p for p in self.paths(dist, version) if p.startswith(f"{stem}.") and p.endswith((".so", ".pyx"))]
        if not binaries:
            if module.rpartition(".")[2] not in CFFI:
                return None if self.has_module(dist, version, module) else False
            binaries = [p for p in self.paths(dist, version) if p.endswith(".so") and ".libs/" not in p]
        data = [self.index.read(dist, version, p) for p in sorted(binaries, key=len)[:MOST_LIBRARIES]]
        if any(name.encode() in d for d in data if d):
            return True
        return None if None in data or any(COMPRESSED.search(d) for d in data if d) else False


def _literal(name: str) -> re.Pattern[bytes]:
    return re.compile(rb"""['"]""" + re.escape(name.encode()) + rb"""['"]""")


def _used(facts: ModuleFacts, *, deferred: bool) -> Iterator[str]:
    """Dotted names that a file uses of others, without what it can do without."""
    for use in facts.uses:
        if use.guarded or (use.deferred and not deferred):
            continue
        if use.names:
            yield from (f"{use.module}.{n}" for n in use.names)
        else:
            yield use.module
    for attribute in facts.attributes:
        if not attribute.guarded and (deferred or not attribute.deferred):
            yield f"{attribute.module}.{attribute.attribute}"


def _matches(used: str, module: str, name: str) -> bool:
    wanted = f"{module}.{name}" if name else module
    return used == wanted or used.startswith(wanted + ".")

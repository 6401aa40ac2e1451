"""Looks into what the loader complained of: which libraries it takes, and whether they, or others, have what is wanted.

Reads symbol tables of the objects that a symptom names and of what they need, nothing of a healthy environment. Loads
and executes nothing. Decides nothing: what follows from it is for the signs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

from tts_doctor.effects.loader import Loader, mapped
from tts_doctor.effects.read_bounded import read_bytes
from tts_doctor.effects.read_objects import loader_of
from tts_doctor.model.facts import Facts, SharedObject
from tts_doctor.model.linkage import Copy, Linkage
from tts_doctor.parse.cpu_level import cpu_level
from tts_doctor.parse.elf import Data, Elf, ElfError, parse_elf
from tts_doctor.parse.elf_symbols import Symbols, dynamic_symbols, static_tls, x86_level
from tts_doctor.parse.inside_root import inside
from tts_doctor.parse.loader_words import LoaderError, loader_errors
from tts_doctor.parse.mangled import family, is_of_family

MOST_COMPLAINTS = 6
MOST_LOADED = 400
MOST_LACKING = 2000
CPUINFO = 1 << 14
"""Bytes: the first processor stands for all."""
NOTHING = Symbols(frozenset(), frozenset())


def read_linkage(facts: Facts, text: str, located: Callable[[str], str] = lambda path: path) -> tuple[Linkage, ...]:
    """What the files say of each complaint in `text`; `facts` with its shared objects.

    `located` tells where a file lies that `text` prints under another path (in a trial's clone).
    """
    errors = list(dict.fromkeys(loader_errors(text)))[-MOST_COMPLAINTS:]
    if not errors or facts.shared_objects is None:
        return ()
    reading = _Reading(facts)
    return tuple(found for error in errors if (found := reading.look(error, located)))


def survey_linkage(facts: Facts) -> tuple[Linkage, ...]:
    """Objects that link libraries of another distribution and do not find all their symbols there, without any symptom.

    Silent about what lacks a whole library, and about symbols that anything else in the environment exports: who loads
    that first cannot be told from the files.
    """
    reading = _Reading(facts)
    links = [link for path, shared in reading.objects.items() if (link := reading.survey(path, shared))]
    return (*links, *_too_new(reading))


def _too_new(reading: _Reading) -> Iterator[Linkage]:
    """Extension modules that are marked for a newer processor than this one; an image may run on any."""
    level = 0 if reading.facts.root else _level()
    for path, shared in reading.objects.items() if level else ():
        if shared.is_extension and shared.dist and reading.demanded(path) > level:
            yield Linkage("isa", shared.path, shared.dist, _processor(), number=reading.demanded(path))


def _level() -> int:
    try:
        return cpu_level(read_bytes("/proc/cpuinfo", CPUINFO).decode("ascii", "replace"))
    except OSError:
        return 0


def _processor() -> str:
    level = _level()
    return f"x86-64-v{level}" if level else ""


class _Reading:
    """Remembers what it has read of each file."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.loader = loader_of(facts)
        machine = facts.interpreter.machine or os.uname().machine
        self.plain = Loader(machine, (), self.loader.inherited, facts.root)
        self.objects = {_path_of(facts, shared): shared for shared in facts.shared_objects or ()}
        self.by_name = {os.path.basename(path): path for path in reversed(self.objects)}
        preloaded = facts.variables.get("LD_PRELOAD", "").replace(":", " ").split()
        self.preloaded = [inside(facts.root, facts.cwd, path) for path in preloaded] if facts.root else preloaded
        self._elfs: dict[str, Elf | None] = {}
        self._symbols: dict[str, Symbols] = {}

    def look(self, error: LoaderError, located: Callable[[str], str]) -> Linkage | None:
        """None where the object is not there or cannot be read."""
        if error.kind == "soname":
            return self._missing(error)
        path = self._find(located(os.path.normpath(error.file))) if error.file else ""
        if not path:
            return None
        shown, dist = self._owner(path)
        if error.kind == "tls":
            return Linkage("tls", path, dist, number=self._number(path, static_tls))
        if error.kind == "execstack":
            return Linkage("execstack", shown, dist)
        if error.kind == "isa":
            return Linkage("isa", shown, dist, _processor(), number=self.demanded(path))
        if error.kind == "version":
            return self._version(error, shown, dist)
        return self._symbol(error, path, shown, dist)

    def _find(self, path: str) -> str:
        """The loader prints a bare name for a library that another one needs."""
        if "/" not in path:
            path = self.by_name.get(path, "")
        return path if os.path.isfile(path) else ""

    def _owner(self, path: str) -> tuple[str, str]:
        shared = self.objects.get(path)
        return (shared.path, shared.dist) if shared else (path, "")

    def _missing(self, error: LoaderError) -> Linkage | None:
        """A library that is not where the loader looks: does the environment carry it, or another number of it?"""
        stem = error.name.split(".so", 1)[0] + ".so"
        copies = tuple(
            self._copy(path, error.name, taken=False, has=os.path.basename(path) == error.name)
            for path in self.objects
            if os.path.basename(path).startswith(stem)
        )
        return Linkage("soname", error.name, name=error.name, copies=copies) if copies else None

    def _version(self, error: LoaderError, shown: str, dist: str) -> Linkage:
        soname = os.path.basename(error.library)
        taken = self._copy(os.path.normpath(error.library), soname)
        default = self.plain.find(soname, Elf(64, True, "", 3), "/")
        brought = [os.path.join(folder, soname) for folder in self.loader.inherited]
        others = tuple(
            self._copy(path, soname, taken=False, has=error.name in self.loader.definitions(path))
            for path in dict.fromkeys((default, self.by_name.get(soname, ""), *brought))
            if os.path.isfile(path) and os.path.realpath(path) != os.path.realpath(error.library)
        )
        defined = self.loader.definitions(error.library)
        return Linkage("version", shown, dist, error.name, (taken, *others), exported=defined)

    def survey(self, path: str, shared: SharedObject) -> Linkage | None:
        """None where it links nothing of others, or finds all that it wants, or nobody can tell."""
        owners = {self._owner(self.by_name[n])[1] for n in shared.needed if n in self.by_name}
        if not shared.dist or shared.missing_needed or not owners - {"", shared.dist}:
            return None
        lacking = sorted(self._table(path).undefined - self._exported(path, shared.dist))
        if not lacking:
            return None
        link = self._symbol(LoaderError("symbol", path, lacking[0]), path, shared.path, shared.dist)
        return None if any(copy.has for copy in link.copies) else link

    def _symbol(self, error: LoaderError, path: str, shown: str, dist: str) -> Linkage:
        loaded = self._beside(path)
        kin = family(error.name)
        taken = [self._copy(p, "", error.name, kin) for p in loaded]
        others = list(self._others(error.name, kin, {path, *loaded}, loaded))
        exported = self._exported(path, dist)
        lacking = sorted(self._table(path).undefined - exported)
        return Linkage("symbol", shown, dist, error.name, (*taken, *others), tuple(lacking[:MOST_LACKING]), exported)

    def _beside(self, path: str) -> list[str]:
        """What is loaded when the interpreter loads `path`, without itself."""
        executable = os.path.realpath(self.facts.interpreter.executable)
        return [p for p in self._loaded([path, executable]) if p != path]

    def _exported(self, path: str, dist: str) -> frozenset[str]:
        """All symbols of what is loaded with `path`, and of the other libraries of those distributions."""
        loaded = self._beside(path)
        near = ({self._owner(p)[1] for p in loaded} | {dist}) - {""}
        siblings = (p for p, shared in self.objects.items() if shared.dist in near and p != path)
        return frozenset().union(*(self._table(p).defined for p in (*loaded, *siblings)))

    def _loaded(self, start: Sequence[str]) -> list[str]:
        """What is loaded together with these, in the loader's order: breadth first."""
        queue = [*start, *(p for p in self.preloaded if os.path.isfile(p))]
        for path in queue:
            elf = self._elf(path)
            if elf is None or len(queue) > MOST_LOADED:
                continue
            for soname in elf.needed:
                # What a sibling has loaded before serves under its soname, wherever it lies.
                found = self.loader.find(soname, elf, os.path.dirname(path)) or self.by_name.get(soname, "")
                if found and os.path.normpath(found) not in queue:
                    queue.append(os.path.normpath(found))
        return queue

    def _others(self, symbol: str, kin: str, seen: set[str], loaded: Sequence[str]) -> Iterator[Copy]:
        """Libraries that are not loaded with it: copies of those that are, and whatever exports the symbol."""
        names = {os.path.basename(p) for p in loaded}
        defaults = [self.plain.find(name, Elf(64, True, "", 3), "/") for name in names]
        for path in dict.fromkeys([*self.objects, *filter(None, map(os.path.normpath, filter(None, defaults)))]):
            if path in seen or not (os.path.basename(path) in names or self._mentions(path, symbol)):
                continue
            copy = self._copy(path, "", symbol, kin, taken=False)
            if copy.has:
                yield copy

    def _copy(
        self, path: str, soname: str, symbol: str = "", kin: str = "", *, taken: bool = True, has: bool = False
    ) -> Copy:
        defined = self._table(path).defined if symbol else frozenset()
        variable = ""
        if taken and os.path.dirname(path) in map(os.path.normpath, self.loader.library_path):
            variable = "LD_LIBRARY_PATH"
        elif taken and path in self.preloaded:
            variable = "LD_PRELOAD"
        alike = sum(1 for name in defined if is_of_family(name, kin)) if kin and taken else 0
        name = soname or os.path.basename(path)
        return Copy(name, path, self._owner(path)[1], has or symbol in defined, taken, variable, alike)

    def _elf(self, path: str) -> Elf | None:
        if path not in self._elfs:
            try:
                with mapped(path) as data:
                    self._elfs[path] = parse_elf(data)
            except (OSError, ElfError, ValueError):
                self._elfs[path] = None
        return self._elfs[path]

    def _table(self, path: str) -> Symbols:
        if path not in self._symbols:
            try:
                with mapped(path) as data:
                    self._symbols[path] = dynamic_symbols(data)
            except (OSError, ElfError, ValueError):
                self._symbols[path] = NOTHING
        return self._symbols[path]

    def _mentions(self, path: str, symbol: str) -> bool:
        """Whether the bytes of its name stand in the file at all; much quicker than reading every table."""
        try:
            with mapped(path) as data:
                return data.find(b"\0" + symbol.encode() + b"\0") >= 0
        except (OSError, ValueError):
            return False

    def demanded(self, path: str) -> int:
        """The x86-64 level that it is marked for, 0 unmarked."""
        return self._number(path, x86_level)

    def _number(self, path: str, read: Callable[[Data], int]) -> int:
        try:
            with mapped(path) as data:
                return read(data)
        except (OSError, ElfError, ValueError):
            return 0


def _path_of(facts: Facts, shared: SharedObject) -> str:
    """Absolute; of what nobody owns the first site folder that has it."""
    owner = facts.by_key.get(shared.dist)
    sites = [owner.site] if owner else list(dict.fromkeys(d.site for d in facts.distributions))
    paths = [os.path.normpath(os.path.join(site, shared.path)) for site in sites]
    return next((p for p in paths if os.path.exists(p)), paths[0] if paths else shared.path)

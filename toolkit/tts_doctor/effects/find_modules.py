"""Finds modules as the patient's import system would, by listing folders; imports and runs nothing.

Knows packages, plain modules, extension modules, bytecode, namespace packages and the standard library. What only
running could tell (editable finders, archives on the path) is `unknown`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence

from tts_doctor.effects.read_bounded import read_bytes, read_text
from tts_doctor.model.facts import Facts
from tts_doctor.model.module import Located

MISSING, UNKNOWN, STANDARD = Located("missing"), Located("unknown"), Located("standard")
LONGEST_LISTING = 50_000


class ModuleFinder:
    """Modules of one patient; `extra` folders come first on the path (a script's folder)."""

    def __init__(self, facts: Facts, extra: Sequence[str] = ()) -> None:
        interpreter = facts.interpreter
        self.minor = interpreter.minor
        tag = f"cpython-{self.minor[0]}{self.minor[1]}"
        self.suffixes = tuple(interpreter.ext_suffixes) or (".so",)
        self.any_suffix = () if interpreter.ext_suffixes else (tag,)
        self.listings: dict[str, dict[str, bool]] = {}
        self.stems: dict[str, frozenset[str]] = {}
        """What stands before the first dot of a folder's entries."""
        self.contents: Callable[[str], bytes | None] = _contents
        self.found: dict[str, tuple[Located, tuple[str, ...]]] = {}
        self.importers: dict[str, Located] = {}
        self.standard_folders = _standard_folders(interpreter.stdlib)
        site = [p for p in (interpreter.purelib, interpreter.platlib) if p]
        self.path = tuple(dict.fromkeys([*extra, *(interpreter.sys_path or site)]))
        self.sites = tuple(dict.fromkeys([*site, *(d.site for d in facts.distributions if d.site)]))
        self.editable = self._has_editable_finder()
        self.adopted = self._adopted_distutils(facts.variables)

    def find(self, module: str) -> Located:
        """Where `module` lies; its packages must be found first, as an import would."""
        return self._resolve(module)[0]

    def _resolve(self, module: str) -> tuple[Located, tuple[str, ...]]:
        known = self.found.get(module)
        if known is None:
            parent, _, last = module.rpartition(".")
            if not parent:
                known = self._top(module)
            else:
                above, folders = self._resolve(parent)
                known = self._below(above, folders, last)
            self.found[module] = known
        return known

    def _top(self, name: str) -> tuple[Located, tuple[str, ...]]:
        if name in sys.builtin_module_names or name == "__main__":
            return STANDARD, ()
        folders = [f for f in self.path if f not in self.standard_folders]
        first = next((i for i, f in enumerate(self.path) if f in self.standard_folders), 0)
        before = self.path[:first]
        found = self._search([f for f in before if f not in self.standard_folders], name)
        if found[0].kind in ("missing", "namespace"):
            inside = self._search(list(self.standard_folders), name)
            if inside[0].kind not in ("missing", "namespace"):
                return Located("standard", inside[0].path, inside[0].is_package), inside[1]
            found = self._search(folders, name)
        if found[0].kind == "missing":
            if name == "distutils" and self.adopted:
                return Located("source", self.adopted + "/__init__.py", True), (self.adopted,)
            if self.editable or _maybe_standard(name, self.minor, bool(self.standard_folders)):
                return UNKNOWN, ()
        return found

    def _below(self, above: Located, folders: tuple[str, ...], last: str) -> tuple[Located, tuple[str, ...]]:
        if above.kind in ("missing", "unknown"):
            return above, ()
        if above.kind == "standard":
            found = self._search(list(folders), last)
            if found[0].kind == "missing":
                return (MISSING if above.path.endswith(".py") and last != "path" else UNKNOWN), ()
            return Located("standard", found[0].path, found[0].is_package), found[1]
        found = self._search(list(folders), last)
        if found[0].kind == "missing" and above.kind == "source":
            return self._by_own_importer(above.path), ()
        if not folders:
            return (UNKNOWN if above.kind == "extension" else MISSING), ()
        if found[0].kind == "missing" and above.kind in ("extension", "bytecode"):
            return UNKNOWN, ()
        return found

    def _by_own_importer(self, path: str) -> Located:
        """A submodule that lies in no folder: absent, unless its parent (six, an old setuptools) brings an importer.

        Importers of the old protocol went unheard from Python 3.12 on: its submodules are then absent for certain.
        """
        if path not in self.importers:
            text = self.contents(path) or b""
            if b"sys.meta_path" not in text:
                self.importers[path] = MISSING
            else:
                heard = b"def find_spec" in text or self.minor < (3, 12)
                unheard = b"def find_module" in text and not heard
                self.importers[path] = Located("missing", path) if unheard else UNKNOWN
        return self.importers[path]

    def _search(self, folders: list[str], name: str) -> tuple[Located, tuple[str, ...]]:
        portions: list[str] = []
        for folder in folders:
            entries = self._list(folder)
            if name not in self.stems[folder]:
                continue
            if entries.get(name):
                inner = f"{folder}/{name}"
                found = self._package(inner)
                if found is not None:
                    return found, (inner,)
                portions.append(inner)
            for entry, kind in self._candidates(name):
                if entry in entries:
                    return Located(kind, f"{folder}/{entry}"), ()
            if self.any_suffix and any(e.startswith(name + ".") and e.endswith(".so") for e in entries):
                return Located("extension", folder), ()
        return (Located("namespace", portions[0], True), tuple(portions)) if portions else (MISSING, ())

    def _candidates(self, name: str) -> Sequence[tuple[str, str]]:
        extensions = [(name + suffix, "extension") for suffix in self.suffixes]
        return (*extensions, (name + ".py", "source"), (name + ".pyc", "bytecode"))

    def _package(self, folder: str) -> Located | None:
        entries = self._list(folder)
        for entry, kind in self._candidates("__init__"):
            if entry in entries:
                return Located(kind, f"{folder}/{entry}", True)
        return None

    def _list(self, folder: str) -> dict[str, bool]:
        """Entry name -> whether it is a folder."""
        known = self.listings.get(folder)
        if known is None:
            known = {}
            try:
                with os.scandir(folder or ".") as entries:
                    for count, entry in enumerate(entries):
                        if count > LONGEST_LISTING:
                            break
                        known[entry.name] = entry.is_dir()
            except OSError:
                pass
            self.listings[folder] = known
            self.stems[folder] = frozenset(entry.partition(".")[0] for entry in known)
        return known

    def _has_editable_finder(self) -> bool:
        """Whether a `.pth` file installs a finder of its own, beyond those known to add no modules."""
        for site in self.sites:
            for name in self._list(site):
                if name.endswith(".pth") and name != "distutils-precedence.pth":
                    text = read_text(f"{site}/{name}") or ""
                    if any(line.startswith(("import ", "import\t")) and "finder" in line for line in text.splitlines()):
                        return True
        return any(p.endswith((".zip", ".egg")) and os.path.isfile(p) for p in self.path if p not in self._zips())

    def _zips(self) -> tuple[str, ...]:
        return tuple(p for p in self.path if os.path.basename(p).startswith("python3"))

    def _adopted_distutils(self, variables: Mapping[str, str]) -> str:
        """setuptools' own copy of distutils, which its `.pth` file puts in the place of the removed one."""
        if self.minor < (3, 12) or variables.get("SETUPTOOLS_USE_DISTUTILS", "local") == "stdlib":
            return ""
        for site in self.sites:
            folder = f"{site}/setuptools/_distutils"
            if "distutils-precedence.pth" in self._list(site) and self._list(folder):
                return folder
        return ""


def _contents(path: str) -> bytes | None:
    try:
        return read_bytes(path)
    except OSError:
        return None


def _standard_folders(stdlib: str) -> tuple[str, ...]:
    return (stdlib, f"{stdlib}/lib-dynload") if stdlib and os.path.isdir(stdlib) else ()


def _maybe_standard(name: str, minor: tuple[int, int], listed: bool) -> bool:
    """Whether a top-level name that lies in no folder may still be compiled into the interpreter."""
    from tts_doctor.knowledge.stdlib import is_stdlib

    standard = is_stdlib(name, minor)
    return (standard and (not listed or name.startswith("_") or name in sys.stdlib_module_names)) or minor == (0, 0)

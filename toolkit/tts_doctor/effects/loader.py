"""Finds libraries as the dynamic loader would: RPATH, LD_LIBRARY_PATH, RUNPATH, ld.so.cache, default folders.

Looks at names and headers only; loads nothing.
"""

from __future__ import annotations

import mmap
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tts_doctor.effects.read_bounded import read_bytes
from tts_doctor.parse.elf import Elf, ElfError, parse_elf
from tts_doctor.parse.loader_cache import parse_loader_cache

DEFAULT_FOLDERS = ("/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib")
CACHE_LIMIT = 16 << 20


@contextmanager
def mapped(path: str) -> Iterator[bytes | mmap.mmap]:
    """The bytes of a regular file, mapped read-only. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, "not a regular file", path)
        if status.st_size == 0:
            yield b""
            return
        with mmap.mmap(handle, 0, access=mmap.ACCESS_READ) as data:
            yield data
    finally:
        os.close(handle)


class Loader:
    """The loader of one host with one LD_LIBRARY_PATH; remembers what it has looked up."""

    def __init__(
        self, machine: str, library_path: Sequence[str] = (), inherited: Sequence[str] = (), root: str = ""
    ) -> None:
        """`inherited`: folders that the program itself brings (its own RPATH, its lib folder), searched last.

        `root`: the folder that stands for `/` on that host; the paths given and answered are those of this machine.
        """
        self.root = root
        self.library_path = tuple(library_path)
        self.inherited = tuple(inherited)
        cache = f"{root}/etc/ld.so.cache"
        try:
            known = parse_loader_cache(read_bytes(cache, CACHE_LIMIT), machine)
        except OSError:
            known = {}
        self.cache = {soname: root + path for soname, path in known.items()} if root else known
        multiarch = (f"/lib/{machine}-linux-gnu", f"/usr/lib/{machine}-linux-gnu")
        self.default_folders = tuple(root + f for f in (*multiarch, *DEFAULT_FOLDERS) if os.path.isdir(root + f))
        self.asked: set[str] = {cache}
        """Every file and folder that its answers rest on."""
        self._found: dict[tuple[str, tuple[str, ...], tuple[str, ...], str], str] = {}
        self._names: dict[str, frozenset[str]] = {}
        self._definitions: dict[str, frozenset[str]] = {}

    def find(self, soname: str, elf: Elf, origin: str) -> str:
        """Path that the loader takes for `soname`, needed by an object in folder `origin`; empty where none."""
        key = (soname, elf.rpath, elf.runpath, origin)
        if key not in self._found:
            self._found[key] = self._find(soname, elf, origin)
        return self._found[key]

    def _find(self, soname: str, elf: Elf, origin: str) -> str:
        if "/" in soname:
            path = self.root + soname if soname.startswith("/") else soname
            self.asked.add(path)
            return path if os.path.exists(path) else ""
        own = [] if elf.runpath else expand(elf.rpath, origin, self.root)
        for folder in (*own, *self.library_path, *expand(elf.runpath, origin, self.root)):
            if soname in self._listing(folder):
                return os.path.join(folder, soname)
        cached = self.cache.get(soname)
        if cached:
            self.asked.add(cached)
        if cached and os.path.exists(cached):
            return cached
        for folder in (*self.default_folders, *self.inherited):
            if soname in self._listing(folder):
                return os.path.join(folder, soname)
        return ""

    def definitions(self, path: str) -> frozenset[str]:
        """Symbol versions that the library at `path` defines; empty where it has none or cannot be read."""
        if path not in self._definitions:
            self.asked.add(path)
            try:
                with mapped(path) as data:
                    self._definitions[path] = frozenset(parse_elf(data).version_definitions)
            except (OSError, ElfError):
                self._definitions[path] = frozenset()
        return self._definitions[path]

    def _listing(self, folder: str) -> frozenset[str]:
        if folder not in self._names:
            self.asked.add(folder)
            try:
                self._names[folder] = frozenset(os.listdir(folder))
            except OSError:
                self._names[folder] = frozenset()
        return self._names[folder]


def expand(folders: Sequence[str], origin: str, root: str = "") -> list[str]:
    """RPATH entries with $ORIGIN put in, the others below `root`; those with other variables are left as they are."""
    rooted = [root + f if root and f.startswith("/") else f for f in folders]
    return [os.path.normpath(f.replace("${ORIGIN}", origin).replace("$ORIGIN", origin)) for f in rooted]

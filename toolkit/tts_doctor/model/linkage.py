"""What the loader complained of, and what lies on the disk about it: values only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Copy:
    """A library that the loader takes along with an object, or another one that it could take."""

    soname: str
    path: str
    """Absolute."""
    dist: str = ""
    """Canonical name of its owner; empty where it is the system's or nobody's."""
    has: bool = False
    """Whether it exports what is wanted."""
    taken: bool = True
    """False for one that the loader does not get to see."""
    variable: str = ""
    """The variable by which the loader found it (`LD_LIBRARY_PATH`, `LD_PRELOAD`), empty where it needed none."""
    kin: int = 0
    """How many symbols of the wanted one's namespace or prefix it exports."""


@dataclass(frozen=True)
class Linkage:
    """One complaint of the loader, looked into. kind as of `parse.loader_words.LoaderError`."""

    kind: str
    path: str
    """The object that could not be loaded; relative to the site folder where a distribution owns it."""
    dist: str = ""
    """Canonical name of its owner; empty where none is known."""
    name: str = ""
    """The symbol, the symbol version or the soname that is wanted; for `isa` the level of this processor."""
    copies: tuple[Copy, ...] = ()
    """Those that are taken first, in the loader's order."""
    lacking: tuple[str, ...] = ()
    """Every symbol that it wants and nothing that is loaded has; the loader names but the first."""
    exported: frozenset[str] = frozenset()
    """All symbols of what is loaded with it; for `version` all versions that the library in question defines."""
    number: int = 0
    """For `tls`: bytes of the static block that it takes; for `isa`: the x86-64 level that it demands."""

"""What was found around a failure that no metadata tells: packages without an owner, projects that moved, folders that
lose against an installed package, bytecode that cannot be loaded.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Orphan:
    """A package in a site folder that no distribution's metadata owns, and through which the failure passes."""

    folder: str
    """Relative to the site folder: the highest one of which nobody owns anything; a file for a single module."""
    file: str
    """The file that the failure passes through, relative to the site folder."""
    version: str = ""
    """As its own text says; empty where it does not."""


@dataclass(frozen=True)
class MovedProject:
    """An editable installation whose folder is not there any more."""

    name: str
    """Canonical name of the distribution."""
    was: str
    now: str = ""
    """Where a project of that name lies; empty where none was found."""
    modules: tuple[str, ...] = ()
    """Import names that lie there."""


@dataclass(frozen=True)
class HiddenFolder:
    """A folder of the user's own, without `__init__.py`, that an installed package of the same name outranks."""

    name: str
    path: str
    modules: tuple[str, ...]
    """Names of the modules and folders in it."""


@dataclass(frozen=True)
class ForeignCopy:
    """A copy of an installed package, outside the site folders, that Python finds first."""

    name: str
    folder: str
    """What holds the copy."""
    owner: str
    """Canonical name of the distribution that is installed, and not used."""
    by: str
    """What puts the folder first: the path of a `.pth` file, or `PYTHONPATH`."""


@dataclass(frozen=True)
class BadBytecode:
    """A compiled file that this Python finds and cannot load."""

    path: str
    module: str
    """As the failure's own line names it; its last part where that is all that is known."""
    has_source: bool
    """Whether Python would compile it anew once it is gone."""
    why: str


@dataclass(frozen=True)
class MisencodedFile:
    """A text file that UTF-8 cannot read, where the failure says that something could not be decoded."""

    path: str
    encoding: str = ""
    """Its own, as Python calls it; empty where its bytes do not tell."""


@dataclass(frozen=True)
class Callee:
    """The function whose arguments a failure complains of, and who passes them, as the sources say."""

    function: str
    """As the message names it."""
    module: str
    """The installed module that has it, or that gives it on."""
    name: str
    """`function`, `Class` or `Class.method` in that module."""
    owner: str
    """Canonical name of the distribution."""
    file: str
    """The file that passes the argument, as the traceback prints it."""
    line: int

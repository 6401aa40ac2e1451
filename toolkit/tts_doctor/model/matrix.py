"""A matrix of environments: its axes, its cells, and what became of each. Values only."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

from tts_doctor.model.lock import ListLine, ResolverSettings
from tts_doctor.model.text import Text


class State(str, Enum):
    """What is known of a cell."""

    WORKS = "works"
    """Installed; every import and the command succeeded."""
    CONFLICT = "conflict"
    """The metadata rule it out: nothing can be installed."""
    BROKEN = "broken"
    """The metadata allow it and it fails: while it is installed, imported, or by the command."""
    RESOLVES = "resolves"
    """The metadata allow it; it was not to be run."""
    UNKNOWN = "unknown"
    """It could not be judged: out of time, memory or disk, no such interpreter, no index."""


class Basis(str, Enum):
    """How that is known."""

    RUN = "run"
    """Installed and run."""
    METADATA = "metadata"
    """The resolver was asked for this very cell."""
    PART = "part"
    """A part of its versions was refused before, on the same Python; `proof` says where."""
    BOUND = "bound"
    """It violates the proven bound `proof`, which was seen to break another cell of these imports."""
    CAUSE = "cause"
    """It holds the versions that were found to be the cause in the cell `proof`, on the same Python."""
    SAME = "same"
    """The same versions of everything as in the cell `proof`."""


@dataclass(frozen=True)
class Axis:
    """One distribution and the versions to try: `1.26` is the newest of that series, `1.26.4` exact, `<2` a specifier,
    `*` whatever fits.
    """

    name: str
    """Canonical."""
    values: tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """Every combination of its axes on every of its Pythons."""

    name: str
    pythons: tuple[str, ...]
    axes: tuple[Axis, ...]
    lines: tuple[ListLine, ...] = ()
    """What else every cell asks for."""
    imports: tuple[str, ...] = ()
    """Modules; empty: those of everything that is asked for."""
    smoke: tuple[str, ...] = ()
    """The command that must succeed; empty: imports alone."""
    resolve_only: bool = False


@dataclass(frozen=True)
class Cell:
    """One Python with one version of each axis."""

    grid: str
    python: str
    pins: tuple[tuple[str, str], ...]
    """(canonical name, value of the axis)."""
    lines: tuple[ListLine, ...] = ()
    imports: tuple[str, ...] = ()
    smoke: tuple[str, ...] = ()
    resolve_only: bool = False
    as_of: str = ""
    """See ResolverSettings."""

    @property
    def label(self) -> str:
        """`3.10 numpy=1.23 scipy=1.9`."""
        return " ".join((self.python, *(f"{name}={value}" for name, value in self.pins)))

    @cached_property
    def key(self) -> str:
        """The same for the same question, whatever else is in the matrix."""
        lines = [line.text for line in self.lines]
        asked = [self.grid, self.python, self.pins, lines, self.imports, self.smoke, self.resolve_only, self.as_of]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:20]

    @property
    def names(self) -> tuple[str, ...]:
        """Canonical names of the distributions that it asks for."""
        listed = (line.name for line in self.lines if line.name)
        return tuple(dict.fromkeys([*(name for name, _ in self.pins), *listed]))

    @property
    def check(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What has to succeed in it: cells of one check can be compared."""
        return self.imports or self.names, self.smoke


@dataclass(frozen=True)
class Found:
    """What became of a cell."""

    key: str
    state: State
    basis: Basis
    why: Text = field(default_factory=lambda: Text(""))
    stage: str = ""
    """Where it failed: `resolve`, `install`, `import` or `smoke`."""
    proof: str = ""
    """A bound's id or another cell's label; see Basis."""
    resolved: tuple[tuple[str, str], ...] = ()
    """(canonical name, version) of everything in the environment."""
    core: tuple[str, ...] = ()
    """Names of the axes that suffice for a conflict, on this Python."""
    finding: str = ""
    """The id of the first cause."""
    culprits: tuple[tuple[str, str], ...] = ()
    """(canonical name, version) of its parties among `resolved`."""
    repair: str = ""
    """What `treat` would do, in words."""
    repaired: str = ""
    """After a trial in the cell: `repaired` or `not-repaired`."""
    output: str = ""
    """The end of what it printed."""
    seconds: float = 0.0
    time: str = ""
    """ISO 8601, UTC."""


@dataclass(frozen=True)
class Limits:
    """What one cell may take."""

    seconds: float = 300.0
    """For each of importing, the command and its diagnosis."""
    memory: int = 4096
    """MiB of data."""
    disk: int = 2048
    """MiB that must be free on the disk of the temporary folder, and the most that one file may grow to."""


@dataclass(frozen=True)
class MatrixRequest:
    """One run over a matrix."""

    cells: tuple[Cell, ...]
    settings: ResolverSettings
    folder: str
    """Absolute; where the results lie."""
    jobs: int = 1
    scheduler: str = ""
    """Address of a Dask scheduler; empty: this machine."""
    resume: bool = False
    merge: tuple[str, ...] = ()
    """Folders of other runs whose results are taken over."""
    limits: Limits = field(default_factory=Limits)
    treat: bool = False
    """Try the repair of what breaks, in the cell itself."""
    cwd: str = "."

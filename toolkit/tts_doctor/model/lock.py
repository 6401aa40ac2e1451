"""A list of requirements, what a resolver says of it, and the lock that comes out. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tts_doctor.model.text import Text

if TYPE_CHECKING:
    from tts_doctor.model.playbook import Bound

PYTHONS = ("3.8", "3.9", "3.10", "3.11", "3.12")
"""What `any` means where the list declares nothing."""


@dataclass(frozen=True)
class ListLine:
    """One requirement of the user's list."""

    text: str
    """As published, without comment, hashes and line breaks."""
    name: str
    """Canonical; empty for an editable or a bare path or address, which are kept as they are."""
    written: str = ""
    """The name as published."""
    extras: str = ""
    """`[a,b]` or empty."""
    specifier: str = ""
    """`==1.0`, `<2,>=1` or empty."""
    marker: str = ""
    url: str = ""
    """The address of `name @ address`."""
    source: str = ""
    """The file that it stands in."""
    number: int = 0
    """Its line there, from 1."""

    @property
    def relaxed(self) -> str:
        """The line without its version."""
        return f"{self.written}{self.extras}" + (f" ; {self.marker}" if self.marker else "")

    def pinned(self, version: str) -> str:
        """The line as changed: `name[extras]==version`, without its marker."""
        return f"{self.written}{self.extras}=={version}"

    def within(self, specifier: str) -> str:
        """The line with another version range."""
        return f"{self.written}{self.extras}{specifier}" + (f" ; {self.marker}" if self.marker else "")


@dataclass(frozen=True)
class RequirementList:
    """What the user's files say together."""

    lines: tuple[ListLine, ...]
    constraints: tuple[ListLine, ...] = ()
    """From `-c` files: they bind versions and install nothing."""
    options: tuple[str, ...] = ()
    """Lines for the resolver: indexes, links, `--pre`."""
    pythons: tuple[str, ...] = ()
    """Minor versions that the files declare; empty where they say nothing."""
    notes: tuple[Text, ...] = ()
    """What was left out and why."""


@dataclass(frozen=True)
class ResolverSettings:
    """How every question of one lock is asked."""

    as_of: str = ""
    """ISO date: releases after that day do not exist."""
    allow_sdist: tuple[str, ...] = ()
    """Distributions that are taken as sdists; `:all:` permits every sdist where no wheel serves."""
    only_binary: tuple[str, ...] = ()
    """With `:all:` sdists, those that are still taken as wheels only."""
    options: tuple[str, ...] = ()
    """Option lines of the user's files."""
    seconds: float = 100.0
    """For all questions together."""
    offline: bool = False


@dataclass(frozen=True)
class LockRequest:
    """One lock."""

    listed: RequirementList
    pythons: tuple[str, ...]
    settings: ResolverSettings
    nearest: bool = False
    keep: frozenset[str] = frozenset()
    """Canonical names that must not change."""
    weights: tuple[tuple[str, int], ...] = ()
    """Canonical name and what a change of it costs; 1 where silent."""
    bounds: bool = True
    upgrade: tuple[str, ...] = ()
    """Distributions that may move although `previous` pins them; `:all:` lets every one."""
    previous: str = ""
    """Text of an older lock whose pins are kept where nothing forbids them."""
    form: str = "requirements.txt"
    """Or `pylock.toml`."""
    resolver: str = "uv"
    """Or `pip-tools`, which writes the pins that uv found to be possible."""
    cwd: str = "."


@dataclass(frozen=True)
class Question:
    """Can these lines be met together on that Python (a minor version such as `3.10`)?"""

    python: str
    lines: tuple[str, ...]
    constraints: tuple[str, ...] = ()


@dataclass(frozen=True)
class Resolution:
    """A resolver's answer to one question."""

    ok: bool
    pins: tuple[tuple[str, str], ...] = ()
    """(canonical name, version), where it resolves."""
    message: str = ""
    """Its words, where it does not."""
    unfinished: bool = False
    """It ran out of time: neither yes nor no is known."""

    @property
    def refused(self) -> bool:
        """The lines certainly cannot be met."""
        return not self.ok and not self.unfinished

    def version(self, name: str) -> str:
        """Empty where the distribution is not in the solution."""
        return next((v for n, v in self.pins if n == name), "")


@dataclass(frozen=True)
class Core:
    """Requirements that cannot be met together, whatever the versions of all others."""

    lines: tuple[int, ...]
    """Indexes into the list; empty where even names alone cannot be met."""
    message: str = ""
    """The resolver's words about them."""
    question: Question | None = None
    """What was asked, and refused."""


@dataclass(frozen=True)
class ChangedLine:
    """One requirement that was changed."""

    name: str
    before: str
    after: str
    steps: int
    """How many releases lie between what was asked for and what was taken."""
    why: Text


@dataclass(frozen=True)
class Conflict:
    """Requirements that no version of the others reconciles, in words."""

    requirements: tuple[str, ...]
    why: Text


@dataclass(frozen=True)
class Alternative:
    """Another list with as few changes."""

    changes: tuple[ChangedLine, ...]
    python: str


@dataclass(frozen=True)
class Nearest:
    """The list as changed so that it resolves on `python`."""

    python: str
    requirements: tuple[str, ...]
    pins: tuple[tuple[str, str], ...]
    changes: tuple[ChangedLine, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    optimal: bool = True
    proof: Text = field(default_factory=lambda: Text(""))
    resolves: bool = True
    """False where no change of versions helps."""


@dataclass(frozen=True)
class Lock:
    """One computed lock and what is known of it."""

    nearest: Nearest
    text: str = ""
    """The requirements file with hashes."""
    bounds: tuple[Bound, ...] = ()
    """Bounds beyond the metadata that hold in it."""
    broken_bounds: tuple[Bound, ...] = ()
    """Those that the list itself rules out: it resolves, and is known not to work."""
    proven: str = "resolves"
    """`resolves`, `installs` or `runs`."""
    proof_output: str = ""
    """What failed, where the proof was asked for and did not get as far as `runs`."""
    seconds: float = 0.0
    resolver: str = "uv"
    notes: tuple[Text, ...] = ()
    asked: str = ""
    """A hash of the list that it answers."""
    moved: tuple[tuple[str, str, str], ...] = ()
    """For an upgrade, (name, version before, version after); empty where it was or is not there."""

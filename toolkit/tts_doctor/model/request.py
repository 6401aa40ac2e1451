"""What the user asked for, as values: the command line read, nothing looked at yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

ALLOWANCES = ("packages", "system", "files", "environment", "all")
"""What `treat` may touch; `packages` always may."""


@dataclass(frozen=True)
class ExamineRequest:
    """One diagnosis. Exactly one patient: `python`, `site` or, with both empty, the text of `log` alone."""

    python: str = ""
    """Path of the patient's interpreter, absolute, symbolic links kept."""
    site: str = ""
    """A folder of installed distributions without an interpreter."""
    log: str = ""
    """Path of a saved output, `-` for standard input."""
    context: str = ""
    """Path of a JSON file `{python, os, packages}` about the environment that a log came from."""
    command: tuple[str, ...] = ()
    timeout: float = 300.0
    """Seconds that the command may take."""
    up: float | None = None
    """A server that still runs after so many seconds without a traceback is a success."""
    cwd: str = "."
    """The caller's folder, absolute."""
    environment: tuple[tuple[str, str], ...] = ()
    """The caller's variables, as they were before the launcher set any aside."""
    offline: bool = False
    """Ask no package index."""
    deep: bool = False
    """Without a command: compare what libraries want with what others export, too."""

    @cached_property
    def environ(self) -> dict[str, str]:
        return dict(self.environment)


@dataclass(frozen=True)
class TreatRequest:
    """One treatment: the examination, and what the user permits."""

    examine: ExamineRequest
    yes: bool = False
    """Apply without asking."""
    dry_run: bool = False
    """Try in the copy and report, change nothing."""
    allow: frozenset[str] = field(default_factory=lambda: frozenset({"packages"}))
    keep: tuple[str, ...] = ()
    """Distributions that must stay as they are."""
    requirements: str = ""
    """A requirements file that says what the user asked for; empty: the REQUESTED marks do."""
    only: str = ""
    """The id of the one playbook that may be used; empty: whatever helps."""
    budget: float = 600.0
    """Seconds that the search may take."""

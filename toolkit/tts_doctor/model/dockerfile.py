"""A Dockerfile as read, its faults, and what would mend them. Values only; every byte of the text is kept."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from tts_doctor.model.text import Text


@dataclass(frozen=True)
class Instruction:
    """One instruction, or one comment or empty line (`keyword` empty)."""

    keyword: str
    """In capitals, as `RUN`."""
    source: str
    """As written, with its line ends."""
    line: int = 0
    """The first one's number, from 1; 0 for what was added."""
    value: str = ""
    """What follows keyword and flags, continuation lines joined, comments between them left out."""
    flags: tuple[str, ...] = ()
    """`--from=build`."""
    exec_form: tuple[str, ...] | None = None
    """The words of a JSON array; None for the shell form."""
    heredocs: tuple[str, ...] = ()
    """The bodies."""


@dataclass(frozen=True)
class Dockerfile:
    """All of it, in order."""

    instructions: tuple[Instruction, ...]

    @cached_property
    def text(self) -> str:
        return "".join(i.source for i in self.instructions)

    @property
    def last_stage(self) -> int:
        """Index of the last FROM; -1 without one."""
        return self.stages[-1] if self.stages else -1

    @cached_property
    def stages(self) -> tuple[int, ...]:
        """Index of each FROM."""
        return tuple(n for n, i in enumerate(self.instructions) if i.keyword == "FROM")

    @cached_property
    def images(self) -> dict[int, str]:
        """FROM -> what it is found to stand on; filled by who works that out."""
        return {}

    def stage_of(self, place: int) -> tuple[int, int]:
        """(first index, index past the last one) of the stage that holds this index."""
        at = bisect_right(self.stages, place)
        end = self.stages[at] if at < len(self.stages) else len(self.instructions)
        return (self.stages[at - 1] if at else 0), end


@dataclass(frozen=True)
class Edit:
    """A change beside or in place of the instruction `at`."""

    at: int
    source: str
    """Whole lines; empty to remove."""
    where: str = "instead"
    """`before`, `instead` or `after`."""


@dataclass(frozen=True)
class Hit:
    """A rule found its fault at this index. Without `edits` a person has to decide."""

    rule: str
    at: int
    edits: tuple[Edit, ...] = ()
    detail: str = ""


@dataclass(frozen=True)
class Fault:
    """A hit in words."""

    id: str
    line: int
    severity: str
    """`error`: it does not build or run, or lets a secret out; `warning`; `note`."""
    title: Text
    why: Text
    fixed: bool


@dataclass(frozen=True)
class BuildContext:
    """What lies around the Dockerfile."""

    requirements: tuple[tuple[str, str], ...] = ()
    """(canonical name, version or empty) of the requirement files that it installs."""
    scripts: tuple[tuple[str, str], ...] = ()
    """(path as written, text) of the Python files that it runs while it builds."""
    has_ignore: bool = True
    today: str = ""
    """ISO date."""
    versions: tuple[tuple[str, str], ...] = ()
    """(canonical name, version) of what is named without one: what an installer would take today."""
    conflict: str = ""
    """Why the requirement files cannot be installed on the base's Python."""

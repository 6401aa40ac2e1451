"""A playbook: one disease as data. What it looks for, how it explains what it found, and which repairs it knows.

Values only: reading them is the business of `parse.playbook`, asking them of a patient that of `signs.ask_condition`.
Strings of titles, causes, culprits and actions may hold `{group}`: what a condition captured.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Union

from tts_doctor.model.finding import Action, Culprit, Severity
from tts_doctor.model.text import Text


@dataclass(frozen=True)
class ErrorIs:
    """An error of the chain whose type ends with `type` and whose message matches; the text itself where none does."""

    message: str
    type: str = ""
    frame: str = ""
    """Regular expression that the file of one of the error's frames must match."""
    literal: str = ""
    """A string that every match of `message` contains (lower case): a cheap test before the expression."""


@dataclass(frozen=True)
class TextHas:
    pattern: str
    literal: str = ""


@dataclass(frozen=True)
class Installed:
    """A distribution is installed, in a version that `spec` contains (any where it is empty)."""

    name: str
    spec: str = ""
    capture: str = ""
    """Group that receives the version."""


@dataclass(frozen=True)
class Missing:
    name: str


@dataclass(frozen=True)
class PythonIs:
    spec: str


@dataclass(frozen=True)
class VariableIs:
    """An environment variable is set and matches (any value where `matches` is empty), or is unset."""

    name: str
    matches: str = ""
    unset: bool = False


@dataclass(frozen=True)
class AtRest:
    """No command was run and no log was given: the other conditions alone must say that the disease is there."""


@dataclass(frozen=True)
class AllOf:
    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class NoneOf:
    parts: tuple[Condition, ...]


Condition = Union[ErrorIs, TextHas, Installed, Missing, PythonIs, VariableIs, AtRest, AllOf, AnyOf, NoneOf]  # noqa: UP007


@dataclass(frozen=True)
class Repair:
    """The steps of one repair; it is offered only where `when` does not rule it out."""

    actions: tuple[Action, ...]
    when: Condition | None = None


@dataclass(frozen=True)
class Specimen:
    """What a patient of this disease shows: the playbook fires on it, and no other that it does not name."""

    text: str = ""
    python: str = ""
    packages: tuple[tuple[str, str], ...] = ()
    environment: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Install:
    """One call of the installer."""

    requirements: tuple[str, ...]
    no_deps: bool = False
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reproduction:
    """How to fall ill: the installs, then `setup` (bash), then `run` (Python) or `command` (bash) with `env` fails as
    `expect` (a regular expression) says. $VENV and $WORK are the environment and the working folder."""

    python: str
    expect: str
    run: str = ""
    command: str = ""
    installs: tuple[Install, ...] = ()
    seed: bool = False
    setup: str = ""
    env: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Playbook:
    """One disease."""

    id: str
    title: Text
    cause: Text
    when: Condition
    repairs: tuple[Repair, ...]
    """In order of preference."""
    culprits: tuple[Culprit, ...] = ()
    severity: Severity = Severity.ERROR
    confidence: float = 0.9
    references: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    """Other playbooks that may fire on its specimens."""
    specimens: tuple[Specimen, ...] = ()
    reproduction: Reproduction | None = None


@dataclass(frozen=True)
class Bound:
    """The one place where a version bound is written: `consumer` in `versions` needs `provider` within `bound`."""

    id: str
    consumer: str
    versions: str
    provider: str
    bound: str
    reason: Text
    evidence: str
    date: str
    file: str = ""
    """The consumer's file that relies on it, as it lies in site-packages."""
    name: str = ""
    """What the provider lacks beyond the bound: `module:name`, `module:` or `module:function(keyword)`; where the
    change is none of a name, a text that the consumer's file has."""
    differs: tuple[str, str] = ("", "")
    """A file of the provider, and a text that it has on one side of the bound only; for a change that is none of a
    name."""

    @property
    def parts(self) -> tuple[str, str, str]:
        """Module, name and keyword of what the provider lacks; empty strings for what is none of a name."""
        module, colon, name = self.name.partition(":")
        if not colon or self.differs[0]:
            return "", "", ""
        name, _, keyword = name.partition("(")
        return module, name, keyword.rstrip(")")


@dataclass(frozen=True)
class Library:
    """Every playbook and every bound."""

    playbooks: tuple[Playbook, ...] = ()
    bounds: tuple[Bound, ...] = field(default=())

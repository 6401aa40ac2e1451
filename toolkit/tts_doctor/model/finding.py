"""A finding: one cause, with its evidence and a treatment.

The words are those of the published JSON (`diagnosis.schema.json`); see docs/contract.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from tts_doctor.model.gap import Gap
from tts_doctor.model.text import Text


class Verdict(str, Enum):
    PRESENT = "present"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class Severity(str, Enum):
    """`error` breaks the command or an import that is not optional, `warning` will later, `note` is worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Kind(str, Enum):
    """What a culprit is."""

    DISTRIBUTION = "distribution"
    SYSTEM_LIBRARY = "system-library"
    INTERPRETER = "interpreter"
    VARIABLE = "environment-variable"
    FILE = "file"
    DRIVER = "driver"
    BASE_IMAGE = "base-image"
    APPLICATION = "application"
    RESOURCE = "resource"
    NETWORK = "network"


ACTIONS = (
    "pin", "install", "uninstall", "reinstall", "rebuild", "system-package", "env-var", "rename", "patch",
    "code-change", "change-python", "change-base-image", "upgrade-driver", "resource-limit",
)  # fmt: skip


@dataclass(frozen=True)
class Evidence:
    """What was seen where, against what was expected."""

    sign: str
    where: str
    observed: str
    expected: str = ""


@dataclass(frozen=True)
class Culprit:
    """A party of the broken contract."""

    kind: Kind
    name: str
    installed: str | None = None
    wanted: str | None = None


@dataclass(frozen=True)
class Action:
    """One step of a repair. `spec` is a specifier (`<3`) for distributions; `value` a variable's value, None unsets; of
    `reinstall` the folder of an editable project.
    """

    action: str
    target: str
    spec: str | None = None
    value: str | None = None
    why: Text = field(default=Text("", ""), compare=False)
    """Words alone: two ways to the same step are one repair."""


@dataclass(frozen=True)
class Treatment:
    """`actions` are the steps of one repair, in order; each of `alternatives` is another repair."""

    actions: tuple[Action, ...] = ()
    alternatives: tuple[tuple[Action, ...], ...] = ()

    @property
    def repairs(self) -> tuple[tuple[Action, ...], ...]:
        """Every repair, the recommended one first."""
        return tuple(r for r in (self.actions, *self.alternatives) if r)


@dataclass(frozen=True)
class Need:
    """A broken contract that the package index can settle: `consumer` needs something of `provider`.

    kind `name`: `module` must define `name`; kind `module`: the module must exist; kind `keyword`: the function `name`
    of `module` must accept the keyword `detail`; kind `member`: the class `detail` of `module` must have
    the member `name`; kind `abi`: the consumer's binaries must fit the provider (`detail` says how, as `numpy<2`); kind
    `symbol`: the consumer's library `consumer_file` must find its symbols in the provider's libraries (`name` is one
    that is lacking, or a soname that is); kind `python`: the consumer must run on the patient's Python (`name`: what is
    missing of the standard library); kind `owner`: a distribution of version `name` must own the file `module`, a path
    relative to site-packages; kind `sibling`: a build of the consumer that brings the program `name` along;
    kind `plugin`: some distribution must declare an entry point `name` for the consumer; kind `syntax`: the patient's
    Python must be able to read the consumer's file.
    """

    kind: str
    consumer: str = ""
    """Canonical distribution name, empty where the user's own code consumes."""
    consumer_file: str = ""
    """Module path of the consuming file, relative to site-packages."""
    provider: str = ""
    module: str = ""
    name: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Finding:
    """One cause."""

    id: str
    """Stable: the playbook's id or the mechanism's name."""
    title: Text
    cause: Text
    verdict: Verdict = Verdict.PRESENT
    severity: Severity = Severity.ERROR
    confidence: float = 0.5
    """0 to 1. Over 0.9: the evidence leaves no other reading; 0.5: likely; under 0.3: a fallback."""
    culprits: tuple[Culprit, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    treatment: Treatment = field(default_factory=Treatment)
    references: tuple[str, ...] = ()
    breaks: tuple[str, ...] = ()
    """Canonical names of the installed distributions that it takes down, what is itself broken first."""
    need: Need | None = None
    """What a search of the index would settle; not part of the report."""
    fallback: Treatment = field(default_factory=Treatment)
    """The treatment where neither `treatment` nor the index has one; alternatives otherwise."""


@dataclass(frozen=True)
class Checked:
    """A sign that was looked for, and its verdict."""

    sign: str
    verdict: Verdict
    why: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """The findings (present and unknown), most likely first, what was ruled out, and what could not be examined."""

    target: str
    findings: tuple[Finding, ...] = ()
    checked: tuple[Checked, ...] = ()
    gaps: tuple[Gap, ...] = ()
    command_succeeded: bool | None = None
    """None without a symptom; False for a pasted log too."""

    @property
    def verdict(self) -> Verdict:
        breaking = [f for f in self.findings if f.severity is Severity.ERROR]
        if any(f.verdict is Verdict.PRESENT for f in breaking):
            return Verdict.PRESENT
        if any(f.verdict is Verdict.UNKNOWN for f in breaking) or (self.command_succeeded is False):
            return Verdict.UNKNOWN
        return Verdict.ABSENT

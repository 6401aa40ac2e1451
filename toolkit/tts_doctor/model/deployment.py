"""A service as it is deployed, what was seen of it, and a playbook that recovers it. Values only.

Reading playbooks is the business of `parse.deployment_playbook`, deciding what to change that of `deployment`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from tts_doctor.model.finding import Diagnosis
from tts_doctor.model.text import Text

LIMITS = ("memory", "shm", "tmpfs")
HOW = ("text", "factors", "halve", "free", "roomiest", "found", "cached")


@dataclass(frozen=True)
class Deployment:
    """How a service is started, whatever file or engine says so."""

    kind: str
    """`settings`, `script`, `unit` or `container`."""
    place: str
    """The file or the container's name, as the user named it."""
    command: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    """What the deployment itself sets."""
    folder: str = "/"
    limits: tuple[tuple[str, int], ...] = ()
    """Bytes of `memory`, `shm` and the smallest `tmpfs`; what is not limited is not named."""
    published: tuple[tuple[int, int], ...] = ()
    """(port outside, port inside) of a container."""
    patience: float = 0.0
    """Seconds that a container's own health check gives it to start; 0 where it has none."""

    @property
    def fixed(self) -> bool:
        """Whether its command is the caller's, and so can be changed by him alone."""
        return self.kind == "settings"

    def variable(self, name: str) -> str:
        """Empty where the deployment does not set it."""
        return dict(self.variables).get(name, "")

    def limit(self, name: str) -> int:
        return dict(self.limits).get(name, 0)

    def with_variable(self, name: str, value: str) -> Deployment:
        kept = tuple((key, old) for key, old in self.variables if key != name)
        return replace(self, variables=(*kept, (name, value)))

    def with_limit(self, name: str, value: int) -> Deployment:
        kept = tuple((key, old) for key, old in self.limits if key != name)
        return replace(self, limits=(*kept, (name, value)))


@dataclass(frozen=True)
class Observation:
    """One look at a running service, or at its attempt to run."""

    output: str = ""
    """What it wrote, and what its engine says of its end."""
    exit_code: int | None = None
    """None while it runs."""
    url: str = ""
    status: int = 0
    """The HTTP status of its health; 0 where nobody answers."""
    reason: str = ""
    """What an unhealthy answer says."""
    seconds: float = 0.0
    """Until the first answer."""
    workers: int = 0
    """Processes that wait for connections, at most at one time."""
    replaced: int = 0
    """Workers that ended while it was watched."""
    unanswered: tuple[str, ...] = ()
    """Addresses beside health that did not answer well."""
    states: tuple[str, ...] = ()
    """Of a container: `oom-killed`, `restarting`, `unhealthy`, `exited`."""

    @property
    def signs(self) -> frozenset[str]:
        """`states`, and of any service `silent` (it runs and nobody answers) and `ill` (it says so itself)."""
        silent = ("silent",) if not self.status and self.exit_code is None else ()
        return frozenset((*self.states, *silent, *(("ill",) if self.status >= 500 else ())))

    @property
    def healthy(self) -> bool:
        """It answers, and nothing was killed meanwhile."""
        well = 0 < self.status < 500 and not self.unanswered and not self.replaced
        return well and self.exit_code is None and not self.states

    @property
    def text(self) -> str:
        """Everything that it said."""
        return "\n".join(part for part in (self.output, self.reason, *self.states) if part)


@dataclass(frozen=True)
class Listener:
    """Who listens on a port; `pid` 0 where this user may not know."""

    port: int
    pid: int = 0
    command: str = ""


@dataclass(frozen=True)
class Room:
    """A folder and what its file system has left for this user, in bytes."""

    folder: str
    free: int
    variable: str = ""
    """The variable that sends the service there."""


@dataclass(frozen=True)
class Surroundings:
    """What the machine tells beside the service itself."""

    listeners: tuple[Listener, ...] = ()
    used: tuple[Room, ...] = ()
    """Where the service writes."""
    spare: tuple[Room, ...] = ()
    """Where it could write instead, roomiest first."""
    found: tuple[str, ...] = ()
    """Places that hold what was looked for elsewhere."""
    memory: int = 0
    """Bytes that the machine could still give."""


@dataclass(frozen=True)
class Signs:
    """Any of them names the disease: ids of known messages, expressions on what was said, states of a container."""

    messages: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    states: tuple[str, ...] = ()


@dataclass(frozen=True)
class Remedy:
    """One kind of change: `setting` is a setting's name, `variable NAME` or `limit NAME`."""

    title: Text
    """May hold `{before}` and `{after}`."""
    settings: tuple[str, ...]
    how: str
    """One of HOW."""
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class DeploymentPlaybook:
    """One failure of deployments."""

    id: str
    title: Text
    cause: Text
    signs: Signs
    evidence: tuple[str, ...]
    remedies: tuple[Remedy, ...]
    """In order of preference."""
    references: tuple[str, ...] = ()
    general: bool = False
    """Its signs are those of many diseases: what fits better is tried before its own remedies."""


@dataclass(frozen=True)
class ChangedSetting:
    """`before` is empty where it was not set."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Proposal:
    """What the deployment would be after one remedy."""

    title: Text
    changes: tuple[ChangedSetting, ...]
    deployment: Deployment


@dataclass(frozen=True)
class Trial:
    """A proposal, and what came of it."""

    proposal: Proposal
    seen: Observation


@dataclass(frozen=True)
class Refusal:
    """A remedy that this deployment cannot take, and why."""

    title: Text
    why: Text


@dataclass(frozen=True)
class Recovery:
    """The receipt of one run: `outcome` is well, other, planned, declined, recovered, failed or restored."""

    id: str
    time: str
    playbook: str
    title: Text
    place: str
    outcome: str
    evidence: tuple[Text, ...] = ()
    changes: tuple[ChangedSetting, ...] = ()
    steps: tuple[Text, ...] = ()
    """What was done, or with `--check` would be."""
    refusals: tuple[Refusal, ...] = ()
    seen: Observation = field(default_factory=Observation)
    others: tuple[str, ...] = ()
    """Playbooks that fit better."""
    diagnosis: Diagnosis | None = None
    """Of what the service said, where no playbook has recovered it."""
    file: str = ""
    """The file that was written, empty for a container."""

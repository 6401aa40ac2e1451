"""What a smoke test asks of a running speech service, what came back, and what that means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from tts_doctor.model.finding import Diagnosis, Verdict
from tts_doctor.model.text import Text


class State(str, Enum):
    """`absent`: the service does not offer it, which is no fault. `unknown`: it could not be judged."""

    PASSED = "passed"
    FAILED = "failed"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Ask:
    """One request, relative to the service's address."""

    method: str
    path: str
    body: bytes = b""
    authorized: bool = True
    """False leaves the token away."""


@dataclass(frozen=True)
class Answer:
    """What came back; where nothing did, `status` is 0 and `problem` says why."""

    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    """Lower-case names."""
    body: bytes = b""
    seconds: float = 0.0
    first_audio: float = 0.0
    """Seconds until more than a sound file's header had arrived."""
    problem: str = ""
    """Empty, or one of `refused`, `certificate`, `timeout`, `broken`, `large`, `late`."""

    def header(self, name: str) -> str:
        """Its value, empty where it is missing."""
        return next((value for key, value in self.headers if key == name), "")

    @property
    def spoke(self) -> bool:
        """A whole answer with status 200."""
        return self.status == 200 and not self.problem


@dataclass(frozen=True)
class Row:
    """A text of the acceptance table. `syllables` is how many a reader says, 0 where nothing must be said."""

    id: str
    text: str
    syllables: int
    title: Text
    quick: bool = False


@dataclass(frozen=True)
class Service:
    """The service's interface, as far as it was found."""

    path: str
    text: str
    """The member that holds the text: `input` for OpenAI's interface, `text` for the handbook's."""
    form: str
    """The member that names the format."""
    model: str = ""
    voice: str = ""
    emotions: bool = False


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; the part of `id` before the dot is its area."""

    id: str
    state: State
    title: Text
    found: Text
    seconds: float = 0.0

    @property
    def area(self) -> str:
        return self.id.split(".", 1)[0]


@dataclass(frozen=True)
class SmokeRequest:
    """`url` or `python` is empty. `timeout` bounds the whole, in seconds; one request may take a quarter of it."""

    url: str = ""
    python: str = ""
    token: str = ""
    full: bool = False
    timeout: float = 120.0
    cwd: str = "/"
    environment: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class SmokeReport:
    """Everything that was looked at, in order."""

    target: str
    profile: str
    checks: tuple[Check, ...] = ()
    seconds: float = 0.0
    diagnosis: Diagnosis | None = None
    """Of the server's own output, where it did not start or said why it is ill."""

    @property
    def verdict(self) -> Verdict:
        states = {check.state for check in self.checks}
        if State.FAILED in states:
            return Verdict.PRESENT
        return Verdict.UNKNOWN if State.UNKNOWN in states or not self.checks else Verdict.ABSENT

    def count(self, state: State) -> int:
        return sum(check.state is state for check in self.checks)

"""What the pure middle asks of the world outside: interfaces only, implemented in `effects`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tts_doctor.errors import IndexUnavailable
from tts_doctor.model.text import Text

if TYPE_CHECKING:
    from tts_doctor.model.lock import Question, Resolution


@dataclass(frozen=True)
class Release:
    """One version of a distribution in the index, as far as it can be installed on the patient."""

    version: str
    uploaded: str = ""
    """ISO time of its first file, empty where the index does not say."""
    yanked: bool = False
    has_wheel: bool = True
    """A wheel that fits the patient's tags; False where only an sdist would serve."""


class Index(Protocol):
    """The package index as the user configured it, for one patient (its Python and platform)."""

    def releases(self, name: str) -> Sequence[Release]:
        """Oldest first; only those whose Requires-Python admits the patient, with a wheel that fits or an sdist.

        Empty where the index has no such project. Raises IndexUnavailable.
        """
        ...

    def requires(self, name: str, version: str) -> Sequence[str]:
        """Requires-Dist lines of that version."""
        ...

    def files(self, name: str, version: str) -> Sequence[str]:
        """Paths inside the wheel (or the sdist where there is no wheel)."""
        ...

    def read(self, name: str, version: str, path: str) -> bytes | None:
        """One file of the wheel, None where it has no such file; bounded in size."""
        ...


def publishes(index: Index, name: str, version: str) -> bool:
    """Whether the index has that version of the project, its local mark left out; True where it cannot be asked."""
    try:
        return version.partition("+")[0] in {release.version.partition("+")[0] for release in index.releases(name)}
    except IndexUnavailable:
        return True


class Resolver(Protocol):
    """Says whether requirement lines can be met together, by an independent solver."""

    def answer(self, questions: Sequence[Question]) -> Sequence[Resolution]:
        """All answers in order, worked out side by side; a question asked before costs nothing.

        A refusal may rest on a cached page of the index until `confirm` has asked. Raises IndexUnavailable.
        """
        ...

    def confirm(self, refused: Sequence[Question]) -> bool:
        """Ask the index itself again; where it now says otherwise, False, and nothing cached is believed any more."""
        ...

    def releases(self, name: str, python: str) -> Sequence[str]:
        """Stable versions that could be taken, oldest first; empty where the index has none."""
        ...

    def expired(self) -> bool:
        """Whether the time for the whole search is up."""
        ...


SPINNER = "tts-doctor spinner"
"""The name of a reporter's thread that draws on standard error and holds no lock that others need."""


class Reporter(Protocol):
    """Hears how a long task goes and asks the user; where the words go is the implementation's business."""

    def step(self, text: Text) -> None:
        """A step that may take seconds begins; the one before it has ended."""
        ...

    def note(self, text: Text) -> None:
        """Something that the user should know, said once."""
        ...

    def confirm(self, question: Text) -> bool:
        """Ask for consent; False where nobody can be asked."""
        ...

"""A copy in which a treatment is tried, as a value. Where things of the patient lie in it, nothing more."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tts_doctor.effects.user_files import inside
from tts_doctor.model.facts import Interpreter


@dataclass(frozen=True)
class Trial:
    """A clone of every root, (root, clone) each."""

    number: int
    pairs: tuple[tuple[str, str], ...]

    @property
    def binds(self) -> tuple[tuple[str, str], ...]:
        """(clone, root) of every root, as `run_command.run` takes them."""
        return tuple((clone, root) for root, clone in self.pairs)


def python_and_site(trial: Trial, interpreter: Interpreter) -> tuple[str, str]:
    """Interpreter and site-packages of the trial; no interpreter where no root is the whole environment."""
    site = inside(trial.pairs, str(Path(interpreter.purelib).resolve())) if interpreter.purelib else ""
    prefix = str(Path(interpreter.prefix).resolve()) if interpreter.prefix else ""
    clone = dict(trial.pairs).get(prefix, "")
    if not clone or not interpreter.executable:
        return "", site
    executable = Path(interpreter.executable)
    python = inside(trial.pairs, str(executable.parent.resolve() / executable.name))
    return (python if python.startswith(f"{clone}/") else ""), site

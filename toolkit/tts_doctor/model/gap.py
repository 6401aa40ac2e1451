"""What could not be known."""

from __future__ import annotations

from dataclasses import dataclass

from tts_doctor.model.text import Text


@dataclass(frozen=True)
class Gap:
    """Something that could not be examined; *unknown* is not *healthy*."""

    what: str
    """A path, or one of `interpreter`, `log`, `package index`."""
    why: Text

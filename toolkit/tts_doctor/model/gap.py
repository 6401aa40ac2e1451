"""What could not be known."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Gap:
    """Something that could not be examined; *unknown* is not *healthy*."""

    what: str
    why: str

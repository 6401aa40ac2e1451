"""An image's settings, and how a container of it fared: what a check judges. Values only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Setup:
    """What the image's configuration says."""

    user: str = ""
    command: tuple[str, ...] = ()
    """Entry point and command."""
    health: tuple[str, ...] = ()
    """HEALTHCHECK as the engine has it: `("CMD", …)`; empty where there is none."""
    ports: tuple[int, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    volumes: tuple[str, ...] = ()
    batch: bool = False
    """A job that ends by itself, as its label says."""


@dataclass(frozen=True)
class Limits:
    """What a container is allowed: nothing but these."""

    memory: int = 2048
    """Megabytes."""
    pids: int = 512
    port: int = 0
    """0: the first one that the image exposes."""
    seconds: float = 180.0
    """For everything."""


@dataclass(frozen=True)
class Course:
    """How it went. Codes and seconds are None where it did not come to that."""

    refused: str = ""
    """Why the engine did not start it."""
    ended: int | None = None
    """Exit code, where it ended by itself."""
    health: str = ""
    """`healthy`, `unhealthy`, `starting` or empty."""
    health_said: str = ""
    seconds: float = 0.0
    """Until it was healthy, or ended, or the time was up."""
    users: tuple[str, ...] | None = None
    """User ids of its processes; None where nobody could tell."""
    out_of_memory: bool = False
    stopped: int | None = None
    """Exit code after it was asked to stop."""
    stopping: float = 0.0
    """Seconds that this took."""
    output: str = ""
    """The end of what it wrote."""


@dataclass(frozen=True)
class StructureResult:
    """One of container-structure-test's tests."""

    name: str
    passed: bool
    said: str = ""

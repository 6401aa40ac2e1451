"""An image that is to be built: what is asked for, what the wheels need of the system, and the steps. Values only."""

from __future__ import annotations

from dataclasses import dataclass

PROFILES = ("server", "batch", "gpu")


@dataclass(frozen=True)
class SystemPackage:
    """A Debian package of the image and why it is there."""

    name: str
    why: str
    version: str = ""
    """As `1.6.*`; empty where the release's version is not known."""

    @property
    def wanted(self) -> str:
        """As apt-get takes it."""
        return f"{self.name}={self.version}" if self.version else self.name


@dataclass(frozen=True)
class LibraryNeed:
    """Something in a wheel asks for a library that the wheel does not bring."""

    dist: str
    """Canonical name."""
    path: str
    soname: str


@dataclass(frozen=True)
class SourceNeed:
    """Source of a distribution loads a library or starts a program by its name."""

    dist: str
    """Canonical name."""
    path: str
    line: int
    kind: str
    """`library` or `program`."""
    name: str
    optional: bool = False
    """The code goes on without it."""


@dataclass(frozen=True)
class Needs:
    """What the locked distributions want of the system they run on."""

    libraries: tuple[LibraryNeed, ...] = ()
    sdists: tuple[str, ...] = ()
    """Canonical names of those that have no wheel for this Python."""
    compiled: tuple[str, ...] = ()
    """Those of `sdists` that hold sources for a compiler."""
    sources: tuple[SourceNeed, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()
    """(path, why) of what could not be looked into."""


@dataclass(frozen=True)
class ImageRequest:
    """What the image is for."""

    python: str
    """Minor version such as `3.10`."""
    pins: tuple[tuple[str, str], ...]
    """(canonical name, version) of the lock."""
    lock: str = "requirements.lock"
    """The lock's path in the build context."""
    profile: str = "server"
    base: str = ""
    """Empty: `python:3.X-slim-bookworm`."""
    command: tuple[str, ...] = ()
    project: str = ""
    """A folder of the build context that is installed as a distribution; empty: the context is copied to /app."""
    health: str = "/health"
    buildkit: bool = False
    shims: tuple[str, ...] = ()
    """Wheels in the build context that give removed names back."""
    prepare: tuple[str, ...] = ()
    """Commands of the environment, run once it is installed; what they leave in its folder is part of the image."""
    requirers: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(canonical name, who asks for it) as the lock tells it; nothing for a lock that does not."""
    debian: str = "bookworm"
    written_by: str = "tts-doctor dockerfile"
    """The command line that makes the file anew."""


@dataclass(frozen=True)
class Step:
    """One instruction. `lines` are joined by continuation; `why` is a comment above it."""

    keyword: str
    lines: tuple[str, ...]
    why: tuple[str, ...] = ()
    joint: str = " "
    """What stands between two lines, before the backslash: `" && "` for commands."""


@dataclass(frozen=True)
class ImagePlan:
    """The whole file, and `.dockerignore` beside it."""

    head: tuple[str, ...]
    """Comment lines at the top."""
    steps: tuple[Step, ...]
    ignored: tuple[str, ...]
    packages: tuple[SystemPackage, ...] = ()
    notes: tuple[str, ...] = ()
    """What the user should know: what was guessed or could not be read."""

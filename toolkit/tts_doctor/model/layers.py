"""An image as it is stored: its layers, what each of them holds, and what is run in it. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Member:
    """One entry of a layer. `path` is relative to the root, normalised, without a leading slash."""

    path: str
    kind: str
    """`file`, `folder`, `symlink`, `hardlink` or `other` (devices, pipes)."""
    size: int = 0
    target: str = ""
    """Of a symbolic link as written; of a hard link a path like `path`."""
    mode: int = 0o644
    mtime: float = 0.0
    layer: int = 0
    place: int = 0
    """Its number in the layer's archive."""


@dataclass(frozen=True)
class Layer:
    """One layer. `size` is the sum of its files' bytes."""

    digest: str
    """Of the unpacked archive, as `sha256:…`."""
    members: tuple[Member, ...] = ()
    made_by: str = ""
    """The instruction, where the image's history tells it."""

    @property
    def size(self) -> int:
        return sum(m.size for m in self.members if m.kind == "file")


@dataclass(frozen=True)
class StoredImage:
    """An image's layers, lowest first, and its configuration."""

    name: str
    layers: tuple[Layer, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    command: tuple[str, ...] = ()
    """Entry point and command, as they are run together."""
    folder: str = "/"
    user: str = ""
    architecture: str = ""
    """As Go spells it: `amd64`, `arm64`."""
    labels: tuple[tuple[str, str], ...] = ()

    @cached_property
    def environ(self) -> dict[str, str]:
        return dict(self.environment)

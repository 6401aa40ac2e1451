"""What an image holds, as far as two are compared, and what differs. Values only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Packed:
    """Something installed. `kind`: `python` or `debian`; `place`: the folder or file that says so."""

    kind: str
    name: str
    version: str
    place: str = ""


@dataclass(frozen=True)
class Contents:
    """One image, looked through."""

    name: str
    packages: tuple[Packed, ...]
    files: tuple[tuple[str, int, str], ...]
    """(path, bytes, what tells one content from another) of everything but folders, by path."""
    layers: tuple[tuple[str, int, str], ...]
    """(digest, bytes, instruction), lowest first."""
    settings: tuple[tuple[str, str], ...] = ()
    """Command, user, folder, and each variable and label."""

    @property
    def size(self) -> int:
        return sum(size for _, size, _ in self.layers)


@dataclass(frozen=True)
class Difference:
    """`before` or `after` is empty where one has it not. `size`: bytes more, where that has a meaning."""

    what: str
    """`python`, `debian`, `setting`, `added`, `removed`, `changed` (files), `folder`, `layer`."""
    name: str
    before: str = ""
    after: str = ""
    size: int = 0


@dataclass(frozen=True)
class ImageDiff:
    """Everything that differs; `sizes` are the bytes of both images' layers."""

    names: tuple[str, str]
    sizes: tuple[int, int]
    changes: tuple[Difference, ...] = ()

    def of(self, *what: str) -> tuple[Difference, ...]:
        return tuple(change for change in self.changes if change.what in what)

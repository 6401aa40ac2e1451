"""The standard library by version: its modules, what came, what left, and what stands in for it.

Knowledge only: data files beside this module, read once. Speaks of CPython on Linux, 3.6 to 3.15.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tts_doctor.knowledge.load_data import load_data, read_data

Minor = tuple[int, int]
FOREVER = 99


@dataclass(frozen=True)
class Removed:
    """Something that the standard library no longer has."""

    name: str
    """Dotted: a module, or a module's name."""
    since: Minor
    """The first version without it; `(3, 0)` for what only Python 2 had."""
    replacement: str = ""
    """A distribution that brings it back under the same name."""
    instead: str = ""
    """What new code uses."""


BACKPORTS = {
    "dataclasses": "dataclasses",
    "contextvars": "contextvars",
    "importlib.metadata": "importlib-metadata",
    "importlib.resources": "importlib-resources",
    "zoneinfo": "backports-zoneinfo",
    "graphlib": "graphlib-backport",
    "tomllib": "tomli",
    "typing": "typing-extensions",
    "compression": "backports-zstd",
}
"""Newer module, or one with newer names -> the distribution with a backport (under another import name)."""


def is_stdlib(name: str, minor: Minor) -> bool:
    """Whether the top-level part of `name` is a module of that version's standard library; (0, 0): of any version."""
    span = _modules().get(name.partition(".")[0])
    return span is not None and (minor[1] == 0 or span[0] <= minor[1] <= span[1])


def added_in(name: str) -> Minor | None:
    """The version that brought a module or `module.name`; None where it is older than 3.6 or unknown."""
    span = _names().get(name) or _modules().get(name)
    return (3, span[0]) if span and span[0] else None


def removed_modules(minor: Minor) -> Mapping[str, Removed]:
    """Modules that `minor` no longer has, Python 2's old names among them."""
    return {name: gone for name, gone in _gone_modules().items() if gone.since <= minor}


def removed_names(minor: Minor) -> Mapping[str, Removed]:
    """`module.name` that `minor` no longer has, for modules that it still has or had."""
    return {name: gone for name, gone in _gone_names().items() if gone.since <= minor}


def removed(name: str, minor: Minor) -> Removed | None:
    """What is known of a missing module or `module.name`; a submodule counts as its module."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        part = ".".join(parts[:end])
        gone = _gone_names().get(part) or _gone_modules().get(part)
        if gone is not None and gone.since <= minor:
            return gone
    return None


@lru_cache(maxsize=1)
def _modules() -> dict[str, tuple[int, int]]:
    return _spans("stdlib_modules.tsv")


@lru_cache(maxsize=1)
def _names() -> dict[str, tuple[int, int]]:
    return _spans("stdlib_names.tsv")


def _spans(file: str) -> dict[str, tuple[int, int]]:
    """Name -> first and last minor."""
    text = read_data(file)
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {name: (int(first), FOREVER if last == "-" else int(last)) for name, first, last in rows}


@lru_cache(maxsize=1)
def _notes() -> dict[str, Any]:
    notes: dict[str, Any] = load_data("stdlib_removed.yaml")
    return notes


@lru_cache(maxsize=1)
def _gone_modules() -> dict[str, Removed]:
    found = {name: Removed(name, (3, 0), instead=new) for name, new in _notes()["python2"].items()}
    for name, (_, last) in _modules().items():
        if last < FOREVER:
            found[name] = Removed(name, (3, last + 1))
    for name, note in _notes()["modules"].items():
        found[name] = _removed(name, note)
    return found


@lru_cache(maxsize=1)
def _gone_names() -> dict[str, Removed]:
    found = {name: Removed(name, (3, last + 1)) for name, (_, last) in _names().items() if last < FOREVER}
    for name, note in _notes()["names"].items():
        found[name] = _removed(name, note)
    return found


def _removed(name: str, note: Mapping[str, Any]) -> Removed:
    return Removed(name, (3, int(note["since"])), str(note.get("replacement", "")), str(note.get("instead", "")))

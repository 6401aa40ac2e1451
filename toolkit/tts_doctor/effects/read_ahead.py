"""Lets a child process follow imports from the other end, and takes from it what it has read of each file.

What is read of a file depends on that file alone, so the answer is the same whoever read it. Decides nothing.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tts_doctor.effects.beside import Helper, Send
from tts_doctor.effects.site_sources import SiteSources
from tts_doctor.model.module import ModuleFacts
from tts_doctor.parse.module_scan import Scanned

SLOTS = 1 << 16
BATCH = 64


class Marks:
    """Modules that the parent has done with, seen by both processes. Two of one slot cost a look ahead, no more."""

    def __init__(self) -> None:
        self.slots = mmap.mmap(-1, SLOTS + 1)

    def add(self, module: str) -> None:
        self.slots[hash(module) % SLOTS] = 1

    def __contains__(self, module: str) -> bool:
        return self.slots[hash(module) % SLOTS] == 1

    def ring(self) -> None:
        """The child has sent something."""
        self.slots[SLOTS] = (self.slots[SLOTS] + 1) % 256

    def rings(self) -> int:
        """Changes with every parcel; a look costs a hundredth of what asking the pipe does."""
        return self.slots[SLOTS]


class Ahead:
    """The parent's side: what the child has told so far goes into the tables of the parent's own reading."""

    def __init__(self, helper: Helper | None, marks: Marks) -> None:
        self.helper = helper
        self.marks = marks
        self.answers: dict[str, Any] = {}
        self.tables: Mapping[str, dict[Any, Any]] = {}
        self.heard = 0

    def hear(self) -> None:
        """Take in what has arrived; never waits."""
        rings = self.marks.rings()
        if self.helper is None or (rings == self.heard and not self.helper.rest):
            return
        messages = list(self.helper.ready())
        if messages or self.helper.rest:
            self.heard = rings
        for news in messages:
            self.note(news)

    def answer(self, name: str) -> Any:
        """What the child was also asked for; waits for it, None where the child has died."""
        while self.helper and name not in self.answers:
            messages = list(self.helper.wait())
            if not messages:
                break
            for news in messages:
                self.note(news)
        return self.answers.get(name)

    def note(self, news: list[tuple[str, Any, Any]]) -> None:
        """Take in one parcel."""
        for table, key, value in news:
            if table:
                self.tables[table].setdefault(key, value)
            else:
                self.answers[key] = value


class Teller:
    """The child's side: gathers what there is to tell and sends it in parcels."""

    def __init__(self, send: Send, marks: Marks) -> None:
        self.send = send
        self.marks = marks
        self.news: list[tuple[str, Any, Any]] = []

    def tell(self, table: str, key: Any, value: Any) -> None:
        self.news.append((table, key, value))
        if len(self.news) >= BATCH:
            self.flush()

    def flush(self) -> None:
        self.marks.ring()  # a long parcel fits into the pipe only while it is being read
        self.send(self.news)
        self.marks.ring()
        self.news = []


class _Told(dict[Any, Any]):
    """A table whose new entries are told."""

    def __init__(self, name: str, tell: Callable[[str, Any, Any], None], known: Mapping[Any, Any]) -> None:
        super().__init__(known)
        self.name = name
        self.tell = tell

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, value)
        self.tell(self.name, key, value)


class BackwardSources:
    """Reads as `sources` does, but has modules import in reverse order, and passes over those that are marked."""

    def __init__(self, sources: SiteSources, marks: Marks, teller: Teller) -> None:
        self.sources = sources
        self.marks = marks
        self.turned: dict[str, ModuleFacts | None] = {}
        sources.share({name: _Told(name, teller.tell, table) for name, table in sources.tables().items()})

    def __getattr__(self, name: str) -> Any:
        return getattr(self.sources, name)

    def is_elsewhere(self, module: str) -> bool:
        return module in self.marks

    def scan(self, module: str) -> Scanned | None:
        found = self.sources.scan(module)
        return found and replace(found, uses=[(target, names[::-1]) for target, names in reversed(found.uses)])

    def read(self, module: str) -> ModuleFacts | None:
        if module not in self.turned:
            found = self.sources.read(module)
            uses = tuple(replace(use, names=use.names[::-1]) for use in reversed(found.uses)) if found else ()
            self.turned[module] = found and replace(found, uses=uses, lazy=found.lazy[::-1])
        return self.turned[module]

    def passes(self, module: str, ways: Sequence[tuple[str, ...]]) -> None:
        """In the order of the text again."""
        self.sources.clear[module] = tuple(name for way in reversed(ways) for name in (way[0], *way[:0:-1]))

    def passed(self, module: str) -> None:
        """Only the parent's progress counts."""

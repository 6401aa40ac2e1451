"""Remembers what was read of each source file, and whole answers, between runs; never trusts a file that changed.

A file's facts hold while device, inode, size and time of modification are the same (hard links in another environment
are one file); an answer also asks that the inode was not touched at all, neither since nor just before it was read.
Plain marshalled values, replaced at once and bounded; what cannot be read back is read anew.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from tts_doctor.effects.disk_cache import cache_folder
from tts_doctor.effects.file_state import CHANGED, State, file_state, fingerprint, state_of
from tts_doctor.effects.read_bounded import read_bytes

if TYPE_CHECKING:
    from tts_doctor.model.module import ModuleFacts

Key = tuple[Any, ...]
MAX_ENTRIES = 30_000
MAX_BYTES = 128 << 20
MOST_ANSWERS = 40
JUST = 100_000_000
"""Nanoseconds: what was changed so shortly before a run began may change once more within one tick of its clock."""
OWN_CODE = (".", "../../constraints", "../../playbooks")
"""Folders beside our package's modules whose files decide what is read and what follows from it."""


class ModuleCache:
    """Facts by file state, loaded at the first question and written back by `save`."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.folder = cache_folder(environ) / "modules"
        self.version = own_version()
        self.stored: dict[Key, bytes] | None = None
        self.fresh: dict[Key, bytes] = {}
        self.used: set[Key] = set()
        self.states: dict[str, State] = {}
        self.began = time.time_ns()
        self.rests_on: dict[str, State | None] = {}
        """What the answers that were given or kept so far rest on."""

    def key(self, path: str, module: str, minor: tuple[int, int], deep: bool) -> Key | None:
        """What identifies the reading of a file; None where it cannot be looked at."""
        state = self.states.get(path) or file_state(path)
        if state is None:
            return None
        self.states[path] = state
        return (*state[:CHANGED], module, *minor, deep)

    def note(self, path: str, status: os.stat_result) -> None:
        """Let answers rest on a file that was read."""
        self.states[path] = state_of(status)

    def get(self, key: Key | None) -> ModuleFacts | None:
        if key is None:
            return None
        if self.stored is None:
            self.stored = self._load("facts")
        packed = self.fresh.get(key) or self.stored.get(key)
        if packed is None:
            return None
        self.used.add(key)
        try:
            return unpack(marshal.loads(packed))
        except (ValueError, TypeError, EOFError):
            return None

    def put(self, key: Key | None, facts: ModuleFacts) -> None:
        if key is not None:
            self.fresh[key] = marshal.dumps(pack(facts))

    def save(self) -> None:
        """Write what is new; beyond the bounds, what this run did not use goes."""
        if not self.fresh:
            return
        stored = self.stored or {}
        kept = {**stored, **self.fresh}
        if len(kept) > MAX_ENTRIES:
            kept = {key: stored[key] for key in self.used if key in stored} | self.fresh
        self._store("facts", kept)

    def answer(self, place: str, question: str) -> Any:
        """The remembered answer where its files and folders are all as they were; else None.

        One answer is kept for each `place`.
        """
        entry = self._load(_file_name(place)).get(question)
        if not isinstance(entry, tuple) or len(entry) != 3:
            return None
        value, listed, was = entry
        paths = listed.split("\0")
        states = list(map(file_state, paths))
        if fingerprint(states) != was:
            return None
        self.rests_on.update(zip(paths, states, strict=True))
        return value

    def remember(self, place: str, question: str, value: Any, states: Mapping[str, State | None]) -> None:
        """Keep an answer together with the state, when it was read, of every file and folder that it rests on."""
        self.rests_on.update(states)
        if max(map(itemgetter(CHANGED), filter(None, states.values())), default=0) > self.began - JUST:
            return
        self._store(_file_name(place), {question: (value, "\0".join(states), fingerprint(states.values()))})
        self._sweep()

    def _sweep(self) -> None:
        """The answers for the places that were examined longest ago go."""
        with contextlib.suppress(OSError):
            found = sorted(self.folder.glob("answer-*"), key=lambda file: file.stat().st_mtime)
            for file in found[:-MOST_ANSWERS]:
                file.unlink()

    def _load(self, name: str) -> dict[Any, Any]:
        try:
            version, entries = marshal.loads(read_bytes(str(self.folder / name), MAX_BYTES))
        except (OSError, ValueError, TypeError, EOFError):
            return {}
        return entries if version == self.version and isinstance(entries, dict) else {}

    def _store(self, name: str, entries: dict[Any, Any]) -> None:
        data = marshal.dumps((self.version, entries))
        if len(data) > MAX_BYTES:
            return
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, temporary = tempfile.mkstemp(dir=self.folder, prefix=".new-")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                os.replace(temporary, self.folder / name)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(temporary)
                raise


def own_version() -> str:
    """Changes whenever our code, what it knows, or what it is installed with does."""
    base = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parts = [sys.version, str(marshal.version), *(str(file_state(path)) for path in sys.path)]
    parts += [state for name in OWN_CODE for state in _states_below(os.path.join(base, name))]
    return fingerprint(parts).hex()


def _states_below(folder: str) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in found:
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _states_below(entry.path)
        else:
            yield f"{entry.name} {state_of(entry.stat())[:CHANGED]}"


def pack(facts: ModuleFacts) -> tuple[Any, ...]:
    """A module's facts as plain values."""
    return (
        facts.name, facts.is_package, tuple(facts.defines), facts.stars,
        tuple((u.module, u.names, u.line, u.guarded, u.deferred) for u in facts.uses),
        tuple((a.module, a.attribute, a.line, a.guarded, a.deferred) for a in facts.attributes),
        tuple((z.name, z.module, z.guarded) for z in facts.lazy),
        facts.dynamic, facts.stub, facts.all, facts.has_all, facts.patches, facts.moves_path, facts.parsed,
    )  # fmt: skip


def unpack(values: tuple[Any, ...]) -> ModuleFacts:
    """The inverse of `pack`."""
    from tts_doctor.model.module import AttributeUse, ImportUse, LazyName, ModuleFacts  # not where the answer is known

    name, is_package, defines, stars, uses, attributes, lazy, *rest = values
    return ModuleFacts(
        name, is_package, frozenset(defines), stars,
        tuple(ImportUse(*u) for u in uses), tuple(AttributeUse(*a) for a in attributes),
        tuple(LazyName(*z) for z in lazy), *rest,
    )  # fmt: skip


def _file_name(question: str) -> str:
    import hashlib

    return "answer-" + hashlib.sha256(os.fsencode(question)).hexdigest()[:32]

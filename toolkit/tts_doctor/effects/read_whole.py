"""Reads all of a patient that can be read without running anything: files, binaries, what imports will not find.

Remembers the answer between runs, and gives it again only while every file and folder that it rests on is as it was.
Decides nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import astuple, replace
from typing import Any

from tts_doctor.effects.file_state import State, file_state
from tts_doctor.effects.module_cache import ModuleCache
from tts_doctor.model.facts import Facts, FileProblem, MissingImport, SharedObject

Rows = tuple[tuple[Any, ...], ...]
States = dict[str, State | None]
VARIABLES = ("LD_", "PYTHON", "SETUPTOOLS_")
"""What the reading of files may depend on."""


def read_whole(facts: Facts, environ: Mapping[str, str], cache: ModuleCache | None = None) -> Facts:
    """`facts` with file problems, shared objects and missing imports; `environ` names the folder of `cache` only."""
    cache = cache or ModuleCache(environ)
    place, question = f"files of {facts.interpreter.executable or facts.interpreter.purelib}", _question(facts)
    known = cache.answer(place, question)
    if known is None:
        states: States = {path: file_state(path) for path in _metadata(facts)}
        known, more = _read(facts, cache)
        cache.remember(place, question, known, {**more, **states})
    problems, objects, missing = known
    return replace(
        facts,
        file_problems=tuple(FileProblem(*row) for row in problems),
        shared_objects=tuple(SharedObject(*row) for row in objects),
        missing_imports=tuple(MissingImport(*row) for row in missing),
    )


def _question(facts: Facts) -> str:
    """All of `facts` but what the files of its metadata folders, whose states are compared, say."""
    dists = [(d.key, d.version, d.metadata_path, d.requested, len(d.records), d.requires) for d in facts.distributions]
    variables = [pair for pair in facts.environment if pair[0].startswith(VARIABLES)]
    return repr((facts.interpreter, variables, facts.cwd if facts.variables.get("LD_LIBRARY_PATH") else "", dists))


def _metadata(facts: Facts) -> Iterator[str]:
    for dist in facts.distributions:
        if dist.metadata_path:
            yield dist.metadata_path
            yield from (f"{dist.metadata_path}/{name}" for name in ("RECORD", "METADATA", "PKG-INFO", "top_level.txt"))


def _read(facts: Facts, cache: ModuleCache) -> tuple[tuple[Rows, Rows, Rows], States]:
    from tts_doctor.effects.beside import Send, beside  # what these load is not needed for a known answer
    from tts_doctor.effects.read_ahead import Ahead, Marks, Teller
    from tts_doctor.effects.simulate_imports import follow, scout

    marks = Marks()

    def help_(send: Send) -> None:
        teller = Teller(send, marks)
        teller.tell("", "files", _files(facts))
        teller.flush()
        scout(facts, cache, marks, teller)

    with beside(help_) as helper:
        ahead = Ahead(helper, marks)
        missing, others = follow(facts, cache, ahead=ahead)
        problems, objects, states = ahead.answer("files") or _files(facts)
    return (problems, objects, tuple(astuple(item) for item in missing)), {**states, **others}


def _files(facts: Facts) -> tuple[Rows, Rows, States]:
    from tts_doctor.effects.read_objects import loader_of, read_shared_objects
    from tts_doctor.effects.read_records import read_file_problems
    from tts_doctor.effects.site_files import read_sites

    sites = read_sites(facts)
    loader = loader_of(facts)
    problems = read_file_problems(facts, (), sites)
    objects = read_shared_objects(facts, sites, loader)
    loader.asked.add(os.path.realpath(facts.interpreter.executable))
    states: States = {path: file_state(path) for path in loader.asked}
    for files in sites:
        states.update(files.states)
    return tuple(map(astuple, problems)), tuple(map(astuple, objects)), states

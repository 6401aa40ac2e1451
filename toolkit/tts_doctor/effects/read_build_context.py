"""Reads what a Dockerfile's faults depend on and what lies beside it: requirement files, scripts, `.dockerignore`.

Only files below its folder, bounded; what is not there is left out. Decides nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from tts_doctor.dockerfile_faults.processes import SCRIPT
from tts_doctor.dockerfile_faults.words import requirement_files, runs, version_in
from tts_doctor.effects.read_bounded import read_text
from tts_doctor.model.dockerfile import BuildContext, Dockerfile

MOST_FILES = 50


def read_build_context(path: str, file: Dockerfile, today: str) -> BuildContext:
    """The surroundings of the Dockerfile at `path`; `today` as an ISO date."""
    folder = os.path.dirname(os.path.abspath(path))
    lists = [name for _, one in runs(file) for name in requirement_files(one)]
    found: dict[str, str] = {}
    for name in list(dict.fromkeys(lists))[:MOST_FILES]:
        found.update(_requirements(_beside(folder, name) or ""))
    named = [m["path"] for _, one in runs(file) if (m := SCRIPT.match(one.value))]
    scripts = {name: text for name in named[:MOST_FILES] if (text := _beside(folder, name)) is not None}
    ignores = (".dockerignore", f"{os.path.basename(path)}.dockerignore")
    return BuildContext(
        tuple(found.items()),
        tuple(scripts.items()),
        any(os.path.exists(os.path.join(folder, name)) for name in ignores),
        today,
    )


def _beside(folder: str, name: str) -> str | None:
    """The file of that name in the build context, also where the Dockerfile has copied it to another folder."""
    for candidate in (name.lstrip("/"), os.path.basename(name)):
        path = os.path.realpath(os.path.join(folder, candidate))
        if path.startswith(os.path.realpath(folder) + os.sep) and (text := read_text(path)) is not None:
            return text
    return None


def _requirements(text: str) -> Iterator[tuple[str, str]]:
    for row in text.replace("\\\n", " ").splitlines():
        words = row.partition(" #")[0].partition(" --")[0].strip()
        try:
            requirement = Requirement(words)
        except InvalidRequirement:
            continue
        yield canonicalize_name(requirement.name), version_in(requirement)

"""Finds packages in the site folders that no metadata owns and through which a failure passes.

Their version is read from their own text (`__version__ = "1.25.0"`). Runs and decides nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from functools import partial

from tts_doctor.effects.read_bounded import read_text
from tts_doctor.model.facts import Facts
from tts_doctor.model.surroundings import Orphan
from tts_doctor.model.symptom import Symptom

VERSION = re.compile(r"""^(?:__version__|VERSION|version)\s*(?::[^=\n]+)?=\s*['"]([\w.!+-]+)['"]""", re.MULTILINE)
VERSION_FILES = (
    "version.py", "_version.py", "version/__init__.py", "__about__.py", "__version__.py", "about.py", "__init__.py",
)  # fmt: skip
NOT_INSTALLED = frozenset({"sitecustomize.py", "usercustomize.py", "_virtualenv.py"})
"""What others than installers put there."""
NAMED = re.compile(r"(?:No package metadata was found for |The ')?(?P<name>[A-Za-z][\w.-]*)(?:$|' distribution was )")
MOST = 4


def read_orphans(facts: Facts, symptom: Symptom) -> tuple[Orphan, ...]:
    """Innermost of the traceback first, each folder once."""
    found: dict[str, Orphan] = {}
    for site, path in _suspects(facts, symptom):
        folder = _free_folder(facts, site, path)
        if folder and folder not in found:
            found[folder] = Orphan(folder, path, _version(site, path, partial(_is_owned, facts, site)))
    return tuple(found.values())[:MOST]


def _suspects(facts: Facts, symptom: Symptom) -> Iterator[tuple[str, str]]:
    """Site folder and relative path of the files of the traceback, and of what an error says has no metadata."""
    interpreter = facts.interpreter
    sites = {d.site for d in facts.distributions} | {interpreter.purelib, interpreter.platlib} - {""}
    sites = {site for site in sites if os.path.basename(site) == "site-packages"}
    for error in reversed(symptom.errors):
        if error.type.endswith(("PackageNotFoundError", "DistributionNotFound")):
            named = NAMED.match(error.message.strip())
            for site in sites if named else ():
                stem = named["name"].replace("-", "_") if named else ""
                yield from ((site, p) for p in (f"{stem}/__init__.py", f"{stem}.py") if os.path.isfile(f"{site}/{p}"))
        for frame in reversed(error.frames):
            for site in sites:
                if frame.file.startswith(f"{site}/"):
                    yield site, frame.file[len(site) + 1 :]


def _is_owned(facts: Facts, site: str, path: str) -> bool:
    """Whether a RECORD has the path, or something in it; a distribution without one owns what is named as it says."""
    for dist in facts.owners.get(path.split("/", 1)[0].removesuffix(".py"), ()):
        if dist.site == site and not dist.records:
            return True
        if any(e.path == path or e.path.startswith(f"{path}/") for e in dist.records):
            return True
    return False


def _free_folder(facts: Facts, site: str, path: str) -> str:
    """The highest folder on the way to the file that holds nothing owned; empty where the file itself is owned."""
    parts = path.split("/")
    if parts[0] in NOT_INSTALLED or parts[0].endswith((".egg", ".zip")) or "_vendor" in parts:
        return ""
    if _is_owned(facts, site, path):
        return ""
    return next((f for n in range(1, len(parts) + 1) if not _is_owned(facts, site, f := "/".join(parts[:n]))), "")


def _version(site: str, path: str, owned: Callable[[str], bool]) -> str:
    """What the nearest file of its own says, from the file's folder upwards."""
    folder = os.path.dirname(path)
    while folder:
        for name in VERSION_FILES:
            near = f"{folder}/{name}"
            match = VERSION.search("" if owned(near) else read_text(f"{site}/{near}") or "")
            if match:
                return match[1]
        folder = os.path.dirname(folder)
    match = VERSION.search(read_text(f"{site}/{path}") or "") if "/" not in path else None
    return match[1] if match else ""

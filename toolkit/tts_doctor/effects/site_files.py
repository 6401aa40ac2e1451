"""Lists what lies in an environment's site folders, beside what the RECORD files claim.

Lists folders instead of asking for every file, so ten thousand files take some hundredths of a second. Decides nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from tts_doctor.effects.file_state import State, file_state, state_of
from tts_doctor.model.facts import Distribution, Facts, RecordEntry

IGNORED = (".pyc", ".pyo")
NOTHING: Mapping[str, int] = {}


@dataclass
class SiteFiles:
    """One site folder: what RECORD files claim, and what lies in the folders that they name."""

    site: str
    claims: dict[str, list[tuple[Distribution, RecordEntry]]] = field(default_factory=dict)
    """Normalised path relative to the site folder -> claimants."""
    listing: dict[str, dict[str, int]] = field(default_factory=dict)
    """Folder relative to the site folder -> names of what lies in it, with sizes (-1 for what is no regular file)."""
    states: dict[str, State | None] = field(default_factory=dict)
    """Of every folder and file that was listed, by its whole path."""

    def size(self, path: str) -> int | None:
        """Size in bytes, -1 for what is no regular file, None where it is missing."""
        folder, _, name = path.rpartition("/")
        return self.listing.get(folder, NOTHING).get(name)


def read_sites(facts: Facts) -> tuple[SiteFiles, ...]:
    """Every site folder of `facts` that holds a distribution with a RECORD."""
    sites: dict[str, SiteFiles] = {}
    for dist in facts.distributions:
        if not dist.records or not dist.site:
            continue
        files = sites.setdefault(dist.site, SiteFiles(dist.site))
        for entry in dist.records:
            path = entry.path if ".." not in entry.path else os.path.normpath(entry.path)
            if not path.endswith(IGNORED):
                files.claims.setdefault(path, []).append((dist, entry))
    for files in sites.values():
        folders = dict.fromkeys(path.rpartition("/")[0] for path in files.claims if not path.startswith("/"))
        files.listing = {folder: _list(os.path.join(files.site, folder), files.states) for folder in folders}
    return tuple(sites.values())


def _list(folder: str, states: dict[str, State | None]) -> dict[str, int]:
    found: dict[str, int] = {}
    states[folder] = file_state(folder)
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(IGNORED):
                    continue
                try:
                    status = entry.stat() if entry.is_file() else None
                except OSError:
                    status = None
                found[entry.name] = status.st_size if status else -1
                if status:
                    states[entry.path] = state_of(status)
    except OSError:
        pass
    return found

"""Removes an installed distribution from a clone, however damaged its metadata is.

Works on a clone only: everything outside the given roots is left alone. It decides by RECORD, by installed-files.txt,
and for what no record names by the import packages that the distribution alone provides.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from tts_doctor.model.facts import Distribution


def remove_distribution(
    dist: Distribution, others: Sequence[Distribution], roots: Sequence[str], leftovers: bool
) -> None:
    """Remove the files of `dist`; with `leftovers` also all else in its import packages that none of `others` shares.

    `dist.site` and its paths are those of the clone, `roots` the clone's folders. Raises OSError.
    """
    folders: set[str] = set()
    for entry in dist.records:
        path = os.path.normpath(os.path.join(dist.site, entry.path))
        if _within(path, roots) and (os.path.islink(path) or os.path.isfile(path)):
            _unlink(path)
            folders.add(os.path.dirname(path))
    if not dist.records and not dist.editable:
        leftovers = True
    if leftovers and not dist.editable:
        shared = {name for other in others for name in _folders_of(other)}
        for name in _folders_of(dist) - shared:
            _remove_any(os.path.join(dist.site, name), roots)
            _remove_any(os.path.join(dist.site, f"{name}.py"), roots)
    _remove_link(dist, roots)
    _remove_any(dist.metadata_path, roots)
    for folder in sorted(folders, key=len, reverse=True):
        _prune(folder, dist.site, roots)


def _within(path: str, roots: Sequence[str]) -> bool:
    real = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
    return any(real.startswith(f"{root}/") for root in roots)


def _folders_of(dist: Distribution) -> set[str]:
    """Names in site-packages that are a distribution's own: packages, single modules, `NAME.libs`."""
    found = {name for name in dist.top_level if name.isidentifier()}
    found |= {e.path.partition("/")[0] for e in dist.records if ".libs/" in e.path}
    found |= {e.path.partition("/")[0].partition(".")[0] for e in dist.records if e.path.endswith((".so", ".py"))}
    if not dist.records:
        found |= {f"{dist.name}.libs"}
    return {name for name in found if name and not name.startswith(".")}


def _unlink(path: str) -> None:
    os.unlink(path)
    if path.endswith(".py"):
        folder, name = os.path.split(path)
        for stale in Path(folder, "__pycache__").glob(f"{name[:-3]}.*.pyc"):
            stale.unlink()


def _remove_any(path: str, roots: Sequence[str]) -> None:
    if path and os.path.lexists(path) and _within(path, roots):
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            _unlink(path)


def _remove_link(dist: Distribution, roots: Sequence[str]) -> None:
    """The .egg-link of a `setup.py develop`, and its line in easy-install.pth."""
    if not dist.editable or dist.records:
        return
    for root in roots:
        for link in Path(root).rglob(f"{dist.name}.egg-link"):
            link.unlink()
            paths = link.parent / "easy-install.pth"
            if paths.is_file():
                lines = paths.read_text().splitlines(keepends=True)
                paths.write_text("".join(x for x in lines if x.strip() != dist.editable))


def _prune(folder: str, site: str, roots: Iterable[str]) -> None:
    """Remove folders that hold nothing any more, upwards, never site-packages itself."""
    stop = {os.path.normpath(site), *roots}
    while folder not in stop and any(folder.startswith(f"{root}/") for root in stop):
        cache = os.path.join(folder, "__pycache__")
        with contextlib.suppress(OSError):
            os.rmdir(cache)
        try:
            os.rmdir(folder)
        except OSError:
            return
        folder = os.path.dirname(folder)

"""What the machine tells beside the service: who listens, where there is room, what lies elsewhere.

Reads only what a playbook asks for, bounded in number and depth. Never writes and never follows links.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from tts_doctor.effects.listeners import listeners
from tts_doctor.model.deployment import Deployment, DeploymentPlaybook, Room, Surroundings

FOLDERS = {"TMPDIR": "/tmp", "XDG_CACHE_HOME": "~/.cache", "HF_HOME": "", "MODELSCOPE_CACHE": "", "NUMBA_CACHE_DIR": "",
           "TTS_SERVER_CACHE": "", "MPLCONFIGDIR": "", "TORCH_HOME": ""}  # fmt: skip
"""Variables that send a service's files somewhere, and where they go without."""
ENTRIES = 20_000
DEPTH = 6
HIDDEN = ("proc", "sys", "dev", "node_modules", "__pycache__", "site-packages")
HUB = ("hub", "huggingface/hub", "modelscope/hub", "modelscope/hub/models")


def read_machine(
    playbook: DeploymentPlaybook, deployment: Deployment, environ: Mapping[str, str], captured: Mapping[str, str]
) -> Surroundings:
    """Only what the playbook's evidence names is looked at."""
    # a container has its own files: what lies on this machine says nothing of them
    own = ("listeners", "memory")
    wanted = tuple(each for each in playbook.evidence if deployment.kind != "container" or each in own)
    env = {**environ, **dict(deployment.variables)}
    return Surroundings(
        listeners=listeners() if "listeners" in wanted else (),
        used=tuple(_used(env)) if "room" in wanted else (),
        spare=tuple(_spare(deployment, env)) if "room" in wanted else (),
        found=_found(wanted, deployment, env, captured.get("path", "")),
        memory=_memory() if "memory" in wanted else 0,
    )


def _used(env: Mapping[str, str]) -> Iterator[Room]:
    for name, default in FOLDERS.items():
        folder = env.get(name) or _home(default, env)
        free = _free(folder) if folder else None
        if free is not None:
            yield Room(folder, free, name)


def _spare(deployment: Deployment, env: Mapping[str, str]) -> list[Room]:
    """Folders on disks where this user may write; what lies in memory is no place for what had no room there."""
    beside = str(Path(deployment.place).parent) if deployment.kind == "settings" else deployment.folder
    places = dict.fromkeys((_home("~/.cache", env), "/var/tmp", beside))
    rooms = [Room(place, free) for place in places if place and (free := _free(place)) is not None and _own(place)]
    return sorted(rooms, key=lambda room: -room.free)


def _own(place: str) -> bool:
    return os.access(place, os.W_OK | os.X_OK)


def _free(folder: str) -> int | None:
    """Of the file system that the folder, or its nearest parent that is there, lies on."""
    path = Path(folder)
    while not path.is_dir() and path != path.parent:
        path = path.parent
    try:
        told = os.statvfs(path)
    except OSError:
        return None
    return told.f_bavail * told.f_frsize


def _home(folder: str, env: Mapping[str, str]) -> str:
    home = env.get("HOME", "")
    return folder.replace("~", home, 1) if not folder.startswith("~") or home else ""


def _found(wanted: tuple[str, ...], deployment: Deployment, env: Mapping[str, str], missing: str) -> tuple[str, ...]:
    if "found" in wanted and missing.startswith("/"):
        return tuple(_search(deployment.folder, missing))
    if "cache" in wanted:
        return tuple(_models(env))
    return ()


def _search(folder: str, missing: str) -> Iterator[str]:
    """Files and folders of the missing one's name below the service's folder and beside where it should be."""
    name = missing.rstrip("/").rsplit("/", 1)[-1]
    nearest = Path(missing).parent
    while not nearest.is_dir():
        nearest = nearest.parent
    roots = dict.fromkeys(str(root) for root in (folder, nearest) if str(root) != "/")
    left = ENTRIES
    for root in roots:
        for place, folders, files in os.walk(root):
            folders[:] = [f for f in sorted(folders) if f not in HIDDEN and place.count("/") - root.count("/") < DEPTH]
            left -= len(folders) + len(files)
            if name in files or name in folders:
                yield f"{place}/{name}"
            if left < 0:
                return


def _models(env: Mapping[str, str]) -> Iterator[str]:
    """Models that a hub's client has already fetched."""
    cache = env.get("XDG_CACHE_HOME") or _home("~/.cache", env)
    homes = [env.get("HF_HOME", ""), env.get("MODELSCOPE_CACHE", ""), cache]
    folders = [Path(env["HF_HUB_CACHE"])] if env.get("HF_HUB_CACHE") else []
    folders += [Path(home, hub) for home in homes if home for hub in HUB]
    for folder in dict.fromkeys(folders):
        if folder.is_dir():
            yield from (str(entry) for entry in sorted(folder.iterdir()) if _whole(entry))


def _whole(entry: Path) -> bool:
    snapshots = entry / "snapshots"
    return snapshots.is_dir() and any(True for _ in snapshots.iterdir()) and not stat.S_ISLNK(entry.lstat().st_mode)


def _memory() -> int:
    """Bytes that could be given without swapping."""
    try:
        rows = Path("/proc/meminfo").read_text("ascii").splitlines()
    except OSError:
        return 0
    return next((int(row.split()[1]) << 10 for row in rows if row.startswith("MemAvailable:")), 0)

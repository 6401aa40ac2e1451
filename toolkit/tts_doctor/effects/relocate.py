"""Makes files that an installer wrote into a clone name the patient's path, and their RECORD lines true again.

Looks only at files that are new in the clone; never follows links, never touches a file that the patient shares.
"""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path

from tts_doctor.effects.clone import COPIED_FOLDERS
from tts_doctor.parse.metadata import parse_record

LARGEST = 1 << 20
PATH_FILES = (".pth", ".cfg", ".json", ".egg-link", ".fish", ".csh", ".ps1", ".nu", ".bat", "RECORD", "activate")


def relocate(root: str, clone: str) -> None:
    """Replace the clone's path by the root's in new scripts, .pth files and metadata. Raises OSError."""
    records: list[str] = []
    moved: set[str] = set()
    for folder, folders, names in os.walk(clone):
        special = folder.endswith(COPIED_FOLDERS)
        folders[:] = [f for f in folders if not os.path.islink(os.path.join(folder, f))]
        for name in names:
            if special or name.endswith(PATH_FILES):
                path = os.path.join(folder, name)
                if name == "RECORD":
                    records.append(path)
                if _rewrite(path, clone, root):
                    moved.add(path)
    if moved:
        for path in records:
            _mend_record(path, moved)


def _rewrite(path: str, old: str, new: str) -> bool:
    if os.path.islink(path):
        target = os.readlink(path)
        if target == old or target.startswith(f"{old}/"):
            os.unlink(path)
            os.symlink(new + target[len(old) :], path)
        return False
    status = os.stat(path)
    if status.st_size > LARGEST:
        return False
    content = Path(path).read_bytes()
    if os.fsencode(old) not in content:
        return False
    _replace(path, content.replace(os.fsencode(old), os.fsencode(new)), status.st_mode)
    return True


def _replace(path: str, content: bytes, mode: int) -> None:
    partial = Path(f"{path}.tts-doctor-part")
    partial.write_bytes(content)
    partial.chmod(mode & 0o7777)
    partial.replace(path)


def _mend_record(path: str, moved: set[str]) -> None:
    """New hash and size for the lines of files that were rewritten."""
    site = os.path.dirname(os.path.dirname(path))
    text = Path(path).read_text("utf-8", "surrogateescape")
    lines = text.splitlines()
    changed = False
    for entry in parse_record(text):
        full = os.path.normpath(os.path.join(site, entry.path))
        if entry.digest and full in moved:
            content = Path(full).read_bytes()
            hashed = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            old = f"{entry.path},{entry.digest},{entry.size}"
            lines = [f"{entry.path},sha256={hashed},{len(content)}" if x.replace('"', "") == old else x for x in lines]
            changed = True
    if changed:
        _replace(path, ("\n".join(lines) + "\n").encode("utf-8", "surrogateescape"), os.stat(path).st_mode)

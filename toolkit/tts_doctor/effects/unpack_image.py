"""Unpacks an image's merged layers into a folder, without running anything of it.

Nothing is written outside of that folder, whatever an archive says: paths come from the merged tree, in which no folder
is a link, and every link is made to lead where it leads inside of the image. Decides what is worth its room.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from typing import IO

from tts_doctor.effects.image_archive import CHUNK, ImageArchive, check_room
from tts_doctor.model.layers import Member
from tts_doctor.parse.image_layers import Tree

HOLLOW = 16 << 20
"""Bytes beyond which a file that nobody looks into is laid out as its size alone."""


def unpack(archive: ImageArchive, tree: Tree, root: str) -> None:
    """Lay the merged files below the existing, empty folder `root`. Raises UsageError where it has no room, OSError."""
    members = list(tree.walk())
    whole = [m for m in members if m.kind == "file" and (m.size <= HOLLOW or needed(m.path))]
    check_room(sum(m.size for m in whole), root)
    for member in members:
        place = os.path.join(root, member.path)
        if member.kind == "folder":
            os.makedirs(place, exist_ok=True)
        elif member.kind == "symlink":
            _link(tree, member, root)
        elif member.kind == "file" and member.size > HOLLOW and not needed(member.path):
            with open(place, "xb") as file:
                file.truncate(member.size)
    waiting: dict[int, dict[int, list[Member]]] = {}
    for member in whole:
        waiting.setdefault(member.layer, {}).setdefault(member.place, []).append(member)
    for layer, number, body in archive.contents(waiting):
        _write(body, waiting[layer][number], root)
    for member in reversed(members):
        if member.kind == "folder":
            os.utime(os.path.join(root, member.path), (member.mtime, member.mtime))


def needed(path: str) -> bool:
    """Whether a diagnosis may look into the file, however large it is."""
    parts = path.split("/")
    folder = "site-packages" in parts or "dist-packages" in parts or "bin" in parts
    return folder or ".so" in parts[-1] or parts[-1].endswith(".py")


def _write(body: IO[bytes], members: list[Member], root: str) -> None:
    first = os.path.join(root, members[0].path)
    with open(first, "xb") as file:
        shutil.copyfileobj(body, file, CHUNK)
    os.chmod(first, stat.S_IRUSR | stat.S_IWUSR | (members[0].mode & 0o111))
    os.utime(first, (members[0].mtime, members[0].mtime))
    for other in members[1:]:
        os.link(first, os.path.join(root, other.path))


def _link(tree: Tree, member: Member, root: str) -> None:
    """A link that leads to where it leads with `root` for `/`; a circle leads to nothing."""
    place = tree.resolve(member.path)
    target = os.path.join(root, place) if place is not None else os.path.join(root, member.path)
    with contextlib.suppress(OSError):  # a name that is longer than this disk takes
        os.symlink(target, os.path.join(root, member.path))

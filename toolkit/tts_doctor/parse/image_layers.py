"""Puts the layers of an image on top of each other: what lies at which path in the end, and where a path leads to.

Whiteouts as the OCI image specification has them: `.wh.NAME` removes what lower layers have there, `.wh..wh..opq` all
that lower layers have in that folder. Every answer stays below the root. Touches no disk.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import replace

from tts_doctor.model.layers import Layer, Member

WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"
MOST_LINKS = 40
"""Symbolic links on one path's way, as Linux bounds them."""
ROOT = Member("", "folder", mode=0o755)


def plain_path(name: str) -> str | None:
    """A member's name as a path below the root; None where it leads out or is none."""
    if "\0" in name or ".." in name.split("/"):
        return None
    path = posixpath.normpath(name.lstrip("/"))
    return "" if path == "." else path


class Node:
    """What lies at one path."""

    __slots__ = ("children", "member")

    def __init__(self, member: Member) -> None:
        self.member = member
        self.children: dict[str, Node] = {}


class Tree:
    """The merged layers."""

    def __init__(self, layers: Iterable[Layer] = ()) -> None:
        self.top = Node(ROOT)
        for layer in layers:
            self._remove(layer.members)
            self._add(layer.members)

    def walk(self) -> Iterator[Member]:
        """Everything below the root, folders before what they hold, in the order of their names."""
        waiting = [self.top]
        while waiting:
            node = waiting.pop()
            if node is not self.top:
                yield node.member
            waiting += [node.children[name] for name in sorted(node.children, reverse=True)]

    def find(self, path: str) -> Member | None:
        """What the path leads to in the end; None where that is nothing."""
        place = self.resolve(path)
        node = self._at(place) if place is not None else None
        return node.member if node else None

    def resolve(self, path: str) -> str | None:
        """The path without symbolic links; what is missing at its end stays. None for a circle or a file as a folder.

        As a process sees it that has the image for its root: `..` and links never lead out.
        """
        waiting = path.split("/")[::-1]
        done: list[str] = []
        links = 0
        while waiting:
            part = waiting.pop()
            if part in ("", "."):
                continue
            if part == "..":
                done = done[:-1]
                continue
            node = self._at("/".join([*done, part]))
            member = node.member if node else None
            if member is not None and member.kind == "symlink":
                links += 1
                if links > MOST_LINKS:
                    return None
                done = [] if member.target.startswith("/") else done
                waiting += member.target.split("/")[::-1]
            elif member is not None and member.kind != "folder" and any(p not in ("", ".") for p in waiting):
                return None
            else:
                done.append(part)
        return "/".join(done)

    def _at(self, path: str) -> Node | None:
        node: Node | None = self.top
        for part in path.split("/") if path else ():
            node = node.children.get(part) if node else None
        return node

    def _remove(self, members: Iterable[Member]) -> None:
        for member in members:
            above, _, name = member.path.rpartition("/")
            if not name.startswith(WHITEOUT):
                continue
            place = self.resolve(above)
            node = self._at(place) if place is not None else None
            if node is None:
                continue
            if name == OPAQUE:
                node.children.clear()
            else:
                node.children.pop(name.removeprefix(WHITEOUT), None)

    def _add(self, members: Iterable[Member]) -> None:
        for member in members:
            above, _, name = member.path.rpartition("/")
            place = self.resolve(above)
            if not name or name.startswith(WHITEOUT) or place is None:
                continue
            found = self._linked(member) if member.kind == "hardlink" else member
            if found is None:
                continue
            here = f"{place}/{name}" if place else name
            found = found if found.path == here else replace(found, path=here)
            children = self._folder(place).children
            node = children.get(name)
            if node is not None and node.member.kind == found.kind == "folder":
                node.member = found
            else:
                children[name] = Node(found)

    def _linked(self, member: Member) -> Member | None:
        """What a hard link is one more name of."""
        above, _, name = member.target.rpartition("/")
        place = self.resolve(above)
        node = self._at(place) if place is not None else None
        meant = node.children.get(name) if node else None
        return meant.member if meant and meant.member.kind != "folder" else None

    def _folder(self, path: str) -> Node:
        """The folder, made where no layer has an entry for it; anything else at its place goes."""
        node = self.top
        done = ""
        for part in path.split("/") if path else ():
            done = f"{done}/{part}" if done else part
            below = node.children.get(part)
            if below is None or below.member.kind != "folder":
                below = node.children[part] = Node(Member(done, "folder", mode=0o755))
            node = below
        return node

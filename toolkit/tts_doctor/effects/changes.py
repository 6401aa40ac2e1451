"""What differs between two trees, kept with the originals, and how to make a tree have either side again.

Files that are hard links of each other count as equal. Replaces files whole (write beside, rename), never edits one in
place. It does not decide whether a change may be taken back; `conflicts` says what stands against it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from tts_doctor.effects.clone import copy_file, remove_tree
from tts_doctor.errors import TransactionError

BLOCK = 1 << 20


@dataclass(frozen=True)
class Node:
    """One file, link or folder. `content` is the SHA-256 of a file or the target of a link."""

    kind: str
    mode: int
    mtime: int
    content: str = ""


@dataclass(frozen=True)
class Change:
    """`path` is relative to its root; None where the side has no such thing."""

    path: str
    before: Node | None
    after: Node | None


def read_node(path: str) -> Node | None:
    """None where there is nothing. Raises OSError."""
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    mode = stat.S_IMODE(status.st_mode)
    if stat.S_ISLNK(status.st_mode):
        return Node("link", mode, status.st_mtime_ns, str(Path(path).readlink()))
    if stat.S_ISDIR(status.st_mode):
        return Node("folder", mode, 0)
    if not stat.S_ISREG(status.st_mode):
        return Node("other", mode, status.st_mtime_ns)
    return Node("file", mode, status.st_mtime_ns, digest(path))


def digest(path: str) -> str:
    """SHA-256 of a file, hexadecimal. Raises OSError."""
    total = hashlib.sha256()
    with Path(path).open("rb") as stream:
        while block := stream.read(BLOCK):
            total.update(block)
    return total.hexdigest()


def compare(before: str, after: str) -> tuple[Change, ...]:
    """Everything that differs between two trees, sorted by path. Raises OSError."""
    old, new = _listing(before), _listing(after)
    found = []
    for path in sorted(old.keys() | new.keys()):
        if path in old and path in new and _same(old[path], new[path]):
            continue
        change = Change(path, read_node(f"{before}/{path}"), read_node(f"{after}/{path}"))
        if change.before != change.after:
            found.append(change)
    return tuple(found)


def _listing(root: str) -> dict[str, os.stat_result]:
    found: dict[str, os.stat_result] = {}
    pending = [""]
    while pending:
        folder = pending.pop()
        with os.scandir(f"{root}/{folder}") as entries:
            for entry in entries:
                path = f"{folder}{entry.name}"
                found[path] = entry.stat(follow_symlinks=False)
                if entry.is_dir(follow_symlinks=False):
                    pending.append(f"{path}/")
    return found


def _same(one: os.stat_result, other: os.stat_result) -> bool:
    if stat.S_ISDIR(one.st_mode) and stat.S_ISDIR(other.st_mode):
        return one.st_mode == other.st_mode
    return (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)


def store_originals(changes: Iterable[Change], root: str, store: str) -> None:
    """Keep the files of the `before` side in the folder `store`, each under the hash of its content. Raises OSError."""
    Path(store).mkdir(parents=True, exist_ok=True)
    for change in changes:
        node = change.before
        if node is not None and node.kind == "file" and not Path(store, node.content).exists():
            _keep(f"{root}/{change.path}", f"{store}/{node.content}")


def _keep(source: str, target: str) -> None:
    partial = f"{target}.part"
    with contextlib.suppress(OSError):
        Path(partial).unlink()
    try:
        os.link(source, partial)
    except OSError:
        copy_file(source, partial)
    os.replace(partial, target)


def conflicts(changes: Iterable[Change], root: str) -> tuple[str, ...]:
    """Paths that are no longer as the change left them; compiled bytecode does not count. Raises OSError."""
    return tuple(
        change.path
        for change in changes
        if not is_bytecode(change.path) and _differs(read_node(f"{root}/{change.path}"), change.after)
    )


def _differs(now: Node | None, then: Node | None) -> bool:
    if now is None or then is None:
        return now is not then
    return (now.kind, now.content) != (then.kind, then.content)


def is_bytecode(path: str) -> bool:
    return path.endswith((".pyc", "__pycache__"))


def take_before(changes: Iterable[Change], root: str, store: str) -> None:
    """Put the `before` side back from the stored originals; repeatable. Raises OSError, TransactionError."""
    listed = tuple(changes)
    _drop_bytecode(listed, root)
    _drop([(c.path, c.before) for c in listed], root)
    for change in listed:
        if change.before is not None:
            _place(change.before, f"{root}/{change.path}", f"{store}/{change.before.content}", verify=True)


def take_after(changes: Iterable[Change], root: str, clone: str) -> None:
    """Give the tree its `after` side, from the clone that has it. Can be repeated. Raises OSError."""
    listed = tuple(changes)
    _drop([(c.path, c.after) for c in listed], root)
    for change in listed:
        if change.after is not None:
            _place(change.after, f"{root}/{change.path}", f"{clone}/{change.path}", verify=False)


def _drop(wanted: list[tuple[str, Node | None]], root: str) -> None:
    """Remove what shall not be there, or is of another kind; deepest first. Folders that others filled stay."""
    for path, node in sorted(wanted, reverse=True):
        full = f"{root}/{path}"
        if not os.path.lexists(full):
            continue
        is_folder = os.path.isdir(full) and not os.path.islink(full)
        if node is None and is_folder:
            with contextlib.suppress(OSError):
                os.rmdir(full)
        elif node is None or is_folder != (node.kind == "folder"):
            remove_tree(full) if is_folder else Path(full).unlink()


def put(node: Node | None, target: str, source: str) -> None:
    """Make the file `target` what `node` says, with the content of `source`. Raises OSError, TransactionError."""
    if node is None:
        Path(target).unlink(missing_ok=True)
    else:
        _place(node, target, source, verify=True)


def _drop_bytecode(changes: tuple[Change, ...], root: str) -> None:
    """Bytecode compiled since from sources that go or change again."""
    for change in changes:
        if change.path.endswith(".py"):
            path = Path(root, change.path)
            for stale in path.parent.joinpath("__pycache__").glob(f"{_escape(path.stem)}.*.pyc"):
                stale.unlink()
            with contextlib.suppress(OSError):
                path.parent.joinpath("__pycache__").rmdir()


def _escape(text: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in text)


def _place(node: Node, target: str, source: str, verify: bool) -> None:
    if node.kind == "other":
        return
    if node.kind == "folder":
        Path(target).mkdir(parents=True, exist_ok=True)
        Path(target).chmod(node.mode)
        return
    partial = f"{target}.tts-doctor-part"
    with contextlib.suppress(FileNotFoundError):
        Path(partial).unlink()
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    if node.kind == "link":
        Path(partial).symlink_to(node.content)
    else:
        if verify and digest(source) != node.content:
            raise TransactionError(f"the stored original of {target} is damaged", f"{target} 的原件备份已损坏")
        copy_file(source, partial)
        Path(partial).chmod(node.mode)
        os.utime(partial, ns=(node.mtime, node.mtime))
    os.replace(partial, target)


def to_json(changes: Iterable[Change]) -> list[dict[str, object]]:
    return [asdict(change) for change in changes]


def from_json(items: object) -> tuple[Change, ...]:
    """The inverse of `to_json`. Raises ValueError, KeyError or TypeError for anything else."""
    if not isinstance(items, list):
        raise TypeError("a list of changes is expected")
    return tuple(
        Change(i["path"], *(Node(**i[side]) if i[side] is not None else None for side in ("before", "after")))
        for i in items
    )

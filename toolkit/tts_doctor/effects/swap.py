"""Puts a tree in the place of another by rename, and finds out after a crash which tree is which.

The original is known by the inode number of its folder, which a rename keeps. Never deletes anything.
"""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path

from tts_doctor.effects.clone import clone_path, siblings

AT_FDCWD = -100
RENAME_EXCHANGE = 2
NOT_SUPPORTED = {errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP}
NOT_RENAMABLE = {errno.EXDEV, errno.EBUSY, errno.EPERM, errno.EACCES, errno.EINVAL}
"""What a folder of an image's lower layer or a mount point answers: its files must be replaced one by one."""


def inode(path: str) -> int:
    """Inode number of a folder, 0 where there is none."""
    try:
        return os.lstat(path).st_ino
    except OSError:
        return 0


def exchange(root: str, clone: str, ident: str) -> None:
    """Afterwards `root` is what `clone` was and the other way round: one system call where the kernel has it.

    Elsewhere two renames, between which the original lies beside its place under a name with `ident`. Raises OSError;
    then nothing was exchanged.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if hasattr(libc, "renameat2"):
        if libc.renameat2(AT_FDCWD, os.fsencode(root), AT_FDCWD, os.fsencode(clone), RENAME_EXCHANGE) == 0:
            return
        number = ctypes.get_errno()
        if number not in NOT_SUPPORTED:
            raise OSError(number, os.strerror(number), root)
    aside = clone_path(root, f"{ident}-old")
    os.rename(root, aside)
    try:
        os.rename(clone, root)
    except OSError:
        os.rename(aside, root)
        raise
    os.rename(aside, clone)


def put_back(root: str, original: int, ident: str) -> bool:
    """Bring the original (by inode) back to `root` wherever the transaction `ident` left it; True where it is there."""
    if inode(root) == original:
        return True
    for path in siblings(root, ident):
        if inode(path) == original:
            if inode(root):
                exchange(root, path, ident)
            else:
                os.rename(path, root)
            sync_folder(str(Path(root).parent))
            return True
    return False


def sync_folder(path: str) -> None:
    """Make renames within a folder last. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.EOPNOTSUPP}:
            raise
    finally:
        os.close(handle)


def sync_disk(path: str) -> None:
    """Everything written on the file system of `path` is on disk afterwards."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "syncfs"):
        os.sync()
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        libc.syncfs(handle)
    finally:
        os.close(handle)

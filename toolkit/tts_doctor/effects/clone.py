"""Clones of a patient's folders as hard links, beside the folder itself, and their removal.

Decides what of a patient is cloned as one (a whole virtual environment, or each folder of a larger prefix). It never
writes into the source. Files are shared with the source until an installer replaces them; the small files that tools
edit in place (*.pth, pyvenv.cfg, metadata, scripts) are copied.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
from pathlib import Path

from tts_doctor.errors import TransactionError
from tts_doctor.model.facts import Interpreter
from tts_doctor.model.system_words import system_words

VENV_NAMES = frozenset({
    "bin", "lib", "lib32", "lib64", "include", "share", "etc", "man", "local", "src", "pyvenv.cfg", ".gitignore",
    "CACHEDIR.TAG", ".lock", "__pycache__", "pip-selfcheck.json", ".python-version",
})  # fmt: skip
COPIED_SUFFIXES = (".pth", ".egg-link", ".cfg")
COPIED_FOLDERS = (".dist-info", ".egg-info", "/bin")
LARGEST_SCRIPT = 1 << 20
NOT_LINKABLE = {errno.EPERM, errno.EMLINK, errno.EXDEV, errno.EOPNOTSUPP, errno.EACCES}


def roots_of(interpreter: Interpreter, lost_config: str = "") -> tuple[str, ...]:
    """The real paths of the folders that a treatment may change: none within another, each on its parent's file system.

    A virtual environment that holds nothing else is one root; otherwise its site-packages and scripts are. Of one that
    has lost its pyvenv.cfg these are meant, not those of the Python that it was made from.
    """
    prefix = os.path.realpath(lost_config or interpreter.prefix) if lost_config or interpreter.prefix else ""
    named = [interpreter.purelib, interpreter.platlib, interpreter.scripts]
    if lost_config:
        named = [f"{prefix}/lib/python{'.'.join(map(str, interpreter.minor))}/site-packages", f"{prefix}/bin"]
    folders = [os.path.realpath(folder) for folder in named if folder]
    found = [prefix] if prefix and _is_whole(prefix, bool(lost_config)) else []
    for folder in folders:
        inside = any(folder == other or folder.startswith(other + "/") for other in found)
        if not inside and Path(folder).is_dir():
            found.append(folder)
    return tuple(found)


def _is_whole(prefix: str, lost_config: bool) -> bool:
    path = Path(prefix)
    if not (lost_config or (path / "pyvenv.cfg").is_file()) or path.stat().st_dev != path.parent.stat().st_dev:
        return False
    return os.access(path.parent, os.W_OK) and {entry.name for entry in path.iterdir()} <= VENV_NAMES


def clone_path(root: str, ident: str) -> str:
    """Where the clone `ident` of `root` lies: hidden, beside it, so that a rename can bring it into place."""
    path = Path(root)
    return str(path.with_name(f".{path.name}.tts-doctor-{ident}"))


def siblings(root: str, ident: str) -> tuple[str, ...]:
    """The clones of `root` that exist and whose name begins with `ident`."""
    path = Path(root)
    start = f".{path.name}.tts-doctor-{ident}"
    try:
        return tuple(str(entry) for entry in path.parent.iterdir() if entry.name.startswith(start))
    except OSError:
        return ()


def clone_tree(source: str, target: str) -> None:
    """Make `target` a clone of the folder `source`. Raises TransactionError, after removing what was made."""
    try:
        _clone_folder(source, target)
    except OSError as error:
        with contextlib.suppress(OSError):
            remove_tree(target)
        raise cannot(f"cannot copy {source}", f"无法复制 {source}", error) from error


def _clone_folder(source: str, target: str) -> None:
    os.mkdir(target, 0o700)
    copied = source.endswith(COPIED_FOLDERS)
    with os.scandir(source) as entries:
        for entry in entries:
            path = f"{target}/{entry.name}"
            if entry.is_symlink():
                _copy_link(entry.path, path)
            elif entry.is_dir(follow_symlinks=False):
                _clone_folder(entry.path, path)
            elif copied or entry.name.endswith(COPIED_SUFFIXES):
                _copy_small(entry, path)
            else:
                _link(entry.path, path)
    _copy_status(source, target)


def _copy_link(source: str, target: str) -> None:
    os.symlink(os.readlink(source), target)
    shutil.copystat(source, target, follow_symlinks=False)


def _copy_small(entry: os.DirEntry[str], target: str) -> None:
    status = entry.stat(follow_symlinks=False)
    if stat.S_ISREG(status.st_mode) and status.st_size <= LARGEST_SCRIPT:
        copy_file(entry.path, target)
    else:
        _link(entry.path, target)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in NOT_LINKABLE:
            raise
        copy_file(source, target)


def copy_file(source: str, target: str) -> None:
    """A copy of its own with the same content, mode, times and owner. Raises OSError."""
    shutil.copyfile(source, target, follow_symlinks=False)
    _copy_status(source, target)


def _copy_status(source: str, target: str) -> None:
    status = os.lstat(source)
    if os.geteuid() == 0:
        os.chown(target, status.st_uid, status.st_gid, follow_symlinks=False)
    shutil.copystat(source, target, follow_symlinks=False)


def remove_tree(path: str) -> None:
    """Remove a clone or an abandoned tree, folders without write permission too. Raises OSError."""
    if not os.path.lexists(path):
        return
    for folder, _, _ in os.walk(path):
        if os.geteuid() != 0 and not os.access(folder, os.W_OK | os.X_OK):
            Path(folder).chmod(0o700)
    shutil.rmtree(path)


def cannot(en: str, zh: str, error: OSError) -> TransactionError:
    """The error for the user: what, why, and what to do."""
    hints = {
        errno.ENOSPC: ("Free some disk space and try again.", "请清理磁盘空间后重试。"),
        errno.EDQUOT: ("The disk quota is used up.", "磁盘配额已用尽。"),
        errno.EROFS: ("The file system is read-only.", "文件系统是只读的。"),
        errno.EACCES: ("Run as the owner of the environment.", "请以该环境的所有者身份运行。"),
        errno.EPERM: ("Run as the owner of the environment.", "请以该环境的所有者身份运行。"),
    }
    hint_en, hint_zh = hints.get(error.errno or 0, ("", ""))
    why = system_words(error)
    return TransactionError(
        f"{en}: {why.en}; nothing was changed", f"{zh}：{why.zh}；未做任何改动", hint_en=hint_en, hint_zh=hint_zh
    )

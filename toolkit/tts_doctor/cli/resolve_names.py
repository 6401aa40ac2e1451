"""What the words of the command line name: an environment (never the tool's own by default), a file, a receipt."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tts_doctor.errors import UsageError
from tts_doctor.model.system_words import system_words

LONGEST_PATH = 4096
NAMES = ("python3", "python")
HINT = {
    "hint_en": "name the interpreter of the broken environment, for example --python .venv/bin/python",
    "hint_zh": "请指明出问题环境的解释器，例如 --python .venv/bin/python",
}

FILE_HINT = {"hint_en": "give the path of a file that you may read", "hint_zh": "请给出可以读取的文件路径"}


def choose_python(named: str, cwd: str, environ: Mapping[str, str]) -> str:
    """Absolute path of the patient's interpreter, links kept. Raises UsageError where there is none."""
    if named:
        return _named(named, cwd, environ)
    for found in _candidates(cwd, environ):
        if not _is_ours(found):
            return found
    raise UsageError("no Python environment found here", "这里没有找到 Python 环境", **HINT)


def choose_site(named: str, cwd: str) -> str:
    """Absolute path of the folder. Raises UsageError where it is none."""
    folder = Path(cwd, named)
    if not folder.is_dir():
        state = ("is not a folder", "不是文件夹") if folder.exists() else ("does not exist", "不存在")
        raise UsageError(
            f"--site {named} {state[0]}",
            f"--site {named} {state[1]}",
            hint_en="give a folder that holds installed distributions, such as .venv/lib/python3.10/site-packages",
            hint_zh="请给出存放已安装发行包的文件夹，例如 .venv/lib/python3.10/site-packages",
        )
    return str(folder)


def readable_file(named: str, cwd: str) -> str:
    """Absolute path of a file that the user named, empty for none. Raises UsageError where it cannot be read."""
    if not named:
        return ""
    path = Path(cwd, named)
    try:
        with path.open("rb"):
            return str(path)
    except OSError as error:
        why = system_words(error)
        raise UsageError(f"cannot read {named}: {why.en}", f"无法读取 {named}：{why.zh}", **FILE_HINT) from None


def receipt_id(named: str) -> str:
    """The id that `named` is, or that the receipt in the file `named` has. Raises UsageError for another file."""
    path = Path(named)
    if not named or not path.is_file():
        return named
    try:
        found = json.loads(path.read_text("utf-8"))["id"]
    except (OSError, ValueError, TypeError, KeyError):
        found = None
    if not isinstance(found, str) or not found:
        raise UsageError(
            f"{named} is no receipt",
            f"{named} 不是回执",
            hint_en="tts-doctor history names the receipts",
            hint_zh="tts-doctor history 会列出回执",
        )
    return found


def _named(named: str, cwd: str, environ: Mapping[str, str]) -> str:
    if "/" not in named and not Path(cwd, named).is_dir():
        on_path = shutil.which(named, path=environ.get("PATH", os.defpath))
        if on_path is None:
            raise UsageError(f"--python {named}: not on PATH", f"--python {named}：PATH 中没有", **HINT)
        return str(Path(cwd, on_path))
    path = Path(cwd, named)
    if path.is_dir():
        inside = _inside(path)
        if not inside:
            raise UsageError(
                f"--python {named} is a folder without bin/python",
                f"--python {named} 是文件夹，且没有 bin/python",
                **HINT,
            )
        return inside
    if not os.path.lexists(path):
        raise UsageError(f"--python {named} does not exist", f"--python {named} 不存在", **HINT)
    return str(path)


def _candidates(cwd: str, environ: Mapping[str, str]) -> Iterator[str]:
    for folder in (environ.get("VIRTUAL_ENV", ""), _pointed(Path(cwd, ".venv"))):
        if folder and (inside := _inside(Path(cwd, folder))):
            yield inside
    for entry in environ.get("PATH", os.defpath).split(os.pathsep):
        for name in NAMES:
            path = Path(cwd, entry, name)
            if entry and path.is_file() and os.access(path, os.X_OK):
                yield str(path)


def _pointed(venv: Path) -> str:
    """The folder that a *file* of this name points to (https://peps.python.org/pep-0832/, as of tox), or itself."""
    try:
        if not venv.is_file():
            return str(venv)
        with venv.open("rb") as file:
            line = os.fsdecode(file.readline(LONGEST_PATH)).strip()
    except OSError:
        return ""
    return str(Path(venv.parent, line)) if line and "\0" not in line else ""


def _inside(folder: Path) -> str:
    """The interpreter of a virtual environment, also a dangling link: that is an illness, not an absence."""
    for name in ("python", *NAMES):
        path = folder / "bin" / name
        if os.path.lexists(path):
            return str(path)
    return ""


def _is_ours(python: str) -> bool:
    """Whether it would start the environment that this tool is installed in."""
    prefix = Path(python).parent.parent
    if prefix.resolve() == Path(sys.prefix).resolve():
        return True
    in_venv = (prefix / "pyvenv.cfg").exists()
    plain = sys.prefix == sys.base_prefix
    return plain and not in_venv and Path(python).resolve() == Path(sys.executable).resolve()

"""Receipts of recovered deployments: the bytes that a file had, written down before it is replaced, and put back.

Decides nothing about services. A receipt whose file was changed since is not taken back.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tts_doctor.effects.journal import state_folder
from tts_doctor.errors import RestoreError, TransactionError, UsageError
from tts_doctor.model.system_words import system_words
from tts_doctor.parse.plain_data import json_of

FOLDER = "recoveries"


def begin(environ: Mapping[str, str], data: Mapping[str, Any]) -> str:
    """The id of a receipt that says what is about to change; it is on disk before anything is."""
    ident = secrets.token_hex(4)
    _record(environ, ident, {**data, "done": False})
    return ident


def finish(environ: Mapping[str, str], ident: str) -> None:
    """The change has proved itself and stays."""
    _, data = receipt(environ, ident)
    _record(environ, ident, {**data, "done": True})


def unfinished(environ: Mapping[str, str], place: str) -> tuple[str, ...]:
    """Ids of what was begun for this place and never finished, newest first: whoever began it was killed."""
    return tuple(ident for ident, data in reversed(_receipts(environ)) if data["place"] == place and not data["done"])


def remember(path: str) -> dict[str, Any]:
    """What it takes to put the file back: its bytes and mode, and the folder that is not there yet."""
    file = Path(path)
    folder = "" if file.parent.is_dir() else str(file.parent)
    if not os.path.lexists(path):
        return {"file": path, "before": None, "mode": 0o644, "made": folder}
    mode = stat.S_IMODE(file.stat().st_mode)
    return {"file": path, "before": base64.b64encode(file.read_bytes()).decode(), "mode": mode, "made": ""}


def replace_file(kept: Mapping[str, Any], text: str) -> None:
    """Write the new text beside and rename. Raises TransactionError."""
    path = Path(kept["file"])
    try:
        path.parent.mkdir(exist_ok=True)
        _write(path.resolve() if path.is_symlink() else path, text.encode(), kept["mode"])
    except OSError as error:
        why = system_words(error)
        raise TransactionError(f"cannot write {path}: {why.en}", f"无法写入 {path}：{why.zh}") from None


def put_back(kept: Mapping[str, Any], expected: str | None = None) -> None:
    """The file as it was, byte for byte. Raises RestoreError, also where it is not `expected` any more."""
    path = Path(kept["file"])
    before = None if kept["before"] is None else base64.b64decode(kept["before"])
    try:
        found = path.read_bytes() if path.exists() else None
        if found == before:
            return
        if expected is not None and found != expected.encode():
            raise RestoreError(
                f"{path} was changed since; it is left as it is", f"{path} 此后又被修改，保持不变"
            )
        if before is None:
            path.unlink(missing_ok=True)
            if kept["made"]:
                with contextlib.suppress(OSError):
                    Path(kept["made"]).rmdir()
        else:
            _write(path.resolve(), before, kept["mode"])
    except OSError as error:
        raise RestoreError(f"cannot put {path} back: {error}", f"无法还原 {path}：{error}") from None


def receipt(environ: Mapping[str, str], ident: str = "") -> tuple[str, dict[str, Any]]:
    """The named receipt, or the last one. Raises UsageError."""
    known = _receipts(environ)
    chosen = [found for found in known if found[0] == ident] if ident else known[-1:]
    if not chosen:
        raise UsageError("there is nothing to roll back", "没有可回退的修复")
    return chosen[0]


def forget(environ: Mapping[str, str], ident: str) -> None:
    Path(state_folder(environ), FOLDER, f"{ident}.json").unlink(missing_ok=True)


def _receipts(environ: Mapping[str, str]) -> list[tuple[str, dict[str, Any]]]:
    """Every receipt that can be read, oldest first."""
    files = Path(state_folder(environ), FOLDER).glob("*.json")
    found = []
    for path in sorted(files, key=lambda path: path.stat().st_mtime_ns):
        with contextlib.suppress(OSError, ValueError):
            data = json_of(path.read_bytes())
            if isinstance(data, dict) and {"place", "done"} <= set(data):
                found.append((path.stem, data))
    return found


def _record(environ: Mapping[str, str], ident: str, data: Mapping[str, Any]) -> None:
    folder = Path(state_folder(environ), FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / f"{ident}.json", json.dumps(data).encode(), 0o600)


def _write(path: Path, data: bytes, mode: int) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            if path.exists():
                with contextlib.suppress(PermissionError):
                    os.fchown(stream.fileno(), path.stat().st_uid, path.stat().st_gid)
            os.fsync(stream.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise

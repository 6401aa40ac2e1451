"""Builds real wheels and virtual environments for the tests, without any network."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import stat
import subprocess
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path


def write_wheel(
    folder: Path,
    name: str,
    version: str,
    files: Mapping[str, str | bytes] | None = None,
    requires: Sequence[str] = (),
    scripts: Mapping[str, str] | None = None,
    extras: Mapping[str, Sequence[str]] | None = None,
) -> Path:
    """A pure wheel in `folder`; by default one module of that name with `VERSION`. `scripts`: name -> entry point."""
    stem = f"{name.replace('-', '_')}-{version}"
    info = f"{stem}.dist-info"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {r}" for r in requires]
    for extra, wanted in (extras or {}).items():
        lines += [f"Provides-Extra: {extra}", *(f'Requires-Dist: {r}; extra == "{extra}"' for r in wanted)]
    content: dict[str, str | bytes] = dict(
        files if files is not None else {f"{name.replace('-', '_')}.py": f"VERSION = {version!r}\n"}
    )
    content[f"{info}/METADATA"] = "\n".join(lines) + "\n"
    content[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    if scripts:
        rows = "".join(f"{script} = {target}\n" for script, target in scripts.items())
        content[f"{info}/entry_points.txt"] = f"[console_scripts]\n{rows}"
    record = []
    for path, text in content.items():
        data = text.encode() if isinstance(text, str) else text
        hashed = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record.append(f"{path},sha256={hashed},{len(data)}")
    content[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,"]) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(target, "w") as archive:
        for path, text in content.items():
            archive.writestr(zipfile.ZipInfo(path, (2024, 1, 1, 0, 0, 0)), text)
    return target


def index_environment(wheels: Path, folder: Path) -> dict[str, str]:
    """Variables under which every installer sees the wheels of one folder alone, and writes below `folder`."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "UV_", "PYTHON", "VIRTUAL_ENV"))}
    return env | {
        "HOME": str(folder / "home"),
        "UV_CACHE_DIR": str(folder / "uv-cache"),
        "UV_FIND_LINKS": str(wheels),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "PIP_CONFIG_FILE": os.devnull,
        "UV_NO_CONFIG": "1",
        "TTS_DOCTOR_STATE": str(folder / "state"),
    }


def make_venv(folder: Path, python: str, env: Mapping[str, str], *requirements: str) -> Path:
    """A virtual environment with these installed, made by uv."""
    uv = shutil.which("uv")
    assert uv
    subprocess.run([uv, "venv", "-q", "--no-project", "--python", python, str(folder)], check=True, env=dict(env))
    if requirements:
        install_into(folder, env, *requirements)
    return folder


def install_into(venv: Path, env: Mapping[str, str], *arguments: str) -> None:
    uv = shutil.which("uv")
    assert uv
    command = [uv, "pip", "install", "-q", "--no-index", "--python", str(venv / "bin/python"), *arguments]
    subprocess.run(command, check=True, env=dict(env))


def tree_hash(folder: Path) -> dict[str, tuple[object, ...]]:
    """Path -> what a restored tree must have again: kind, mode, content, times of files."""
    found: dict[str, tuple[object, ...]] = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        key = str(path.relative_to(folder))
        if stat.S_ISLNK(status.st_mode):
            found[key] = ("link", os.readlink(path))
        elif stat.S_ISDIR(status.st_mode):
            found[key] = ("folder", stat.S_IMODE(status.st_mode))
        else:
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            found[key] = ("file", stat.S_IMODE(status.st_mode), status.st_mtime_ns, content)
    return found

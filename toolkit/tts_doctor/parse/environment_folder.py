"""Reads the small files of an environment's folder: pyvenv.cfg, .pth files, and the version that a path names.

Text in, values out; decides nothing and never touches the disk.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

EXECUTED = re.compile(r"import[ \t]")
EDITABLE_FINDER = re.compile(r"import[ \t]+(__editable___[A-Za-z0-9_]+_finder)\b")


@dataclass(frozen=True)
class PathFile:
    """A .pth file: the folders that it names, as written, and the lines that `site` would execute."""

    folders: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    finders: tuple[str, ...] = ()
    """Modules of setuptools' editable finders."""


def parse_pyvenv(text: str) -> dict[str, str]:
    """Keys in lower case."""
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line)
    return {key.strip().lower(): value.strip() for key, value in pairs}


def parse_pth(text: str) -> PathFile:
    """As `site.addpackage` reads it, without executing anything."""
    folders: list[str] = []
    code: list[str] = []
    for line in text.lstrip("\ufeff").splitlines():
        if not line.strip() or line.startswith("#") or "\0" in line:
            continue
        (code if EXECUTED.match(line) else folders).append(line.rstrip())
    finders = [m.group(1) for line in code if (m := EDITABLE_FINDER.match(line))]
    return PathFile(tuple(folders), tuple(code), tuple(finders))


def version_of_library(path: str) -> str:
    """`3.10` of `/srv/venv/lib/python3.10/site-packages`, or empty."""
    found = re.findall(r"/python(\d\.\d+)(?=t?(?:/|$))", path)
    return found[-1] if found else ""

"""Reads the metadata files of an installed distribution: METADATA or PKG-INFO, RECORD, WHEEL, requires.txt.

Text in, values out; malformed lines are left out, never an error. Decides nothing and never touches the disk.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from tts_doctor.model.facts import RecordEntry

MOST_NAMES = 60
MOST_FILES = 200_000
"""Lines of one RECORD that are looked at; the largest distributions have a tenth of it."""
LONGEST_PATH = 4096
MOST_REQUIREMENTS = 3_000
LONGEST_REQUIREMENT = 2_000
DEEPEST_MARKER = 30
"""Parentheses of one marker; a parser that recurses would not come back from many more."""
FOLDER_NAME = re.compile(r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)-(?P<version>\d[^-]*?)(?:-py\d.*)?$")


def parse_headers(text: str) -> dict[str, list[str]]:
    """Header name in lower case -> its values, up to the first empty line (what follows is the description)."""
    found: dict[str, list[str]] = {}
    values: list[str] | None = None
    for line in text.split("\n"):
        line = line.rstrip("\r")
        if not line:
            break
        if line[0] in " \t":
            if values:
                values[-1] += "\n" + line.strip()
            continue
        key, colon, value = line.partition(":")
        values = found.setdefault(key.strip().lower(), []) if colon else None
        if values is not None:
            values.append(value.strip())
    return found


def parse_record(text: str) -> tuple[RecordEntry, ...]:
    """Lines of RECORD in their order, the first MOST_FILES of them."""
    entries = []
    lines = (text.replace("\r\n", "\n") if "\r" in text else text).split("\n", MOST_FILES)[:MOST_FILES]
    rows: Iterable[list[str]] = _csv(lines) if '"' in text else (line.rsplit(",", 2) for line in lines)
    has_null = "\0" in text
    for row in rows:
        if not row or not row[0] or len(row[0]) > LONGEST_PATH or (has_null and "\0" in row[0]):
            continue
        digest = row[1] if len(row) > 1 else ""
        size = int(row[2]) if len(row) > 2 and row[2].isascii() and row[2].isdigit() and len(row[2]) < 19 else None
        entries.append(RecordEntry(row[0], digest, size))
    return tuple(entries)


def _csv(lines: list[str]) -> Iterator[list[str]]:
    rows = csv.reader(lines)
    while True:
        try:
            yield next(rows)
        except StopIteration:
            return
        except csv.Error:
            continue


def requirement_lines(values: Iterable[str]) -> tuple[str, ...]:
    """Those Requires-Dist values that a parser can be trusted with: neither endless, nor nested without end."""
    return tuple(islice(filter(is_sane, values), MOST_REQUIREMENTS))


def is_sane(requirement: str) -> bool:
    """Whether a parser that recurses, and numbers of so many digits, can be borne."""
    return len(requirement) <= LONGEST_REQUIREMENT and requirement.count("(") <= DEEPEST_MARKER


def split_folder_name(folder: str) -> tuple[str, str]:
    """`("numpy", "1.24.4")` of `numpy-1.24.4.dist-info`; the version may be empty."""
    stem = re.sub(r"\.(dist-info|egg-info|egg|egg-link)$", "", folder)
    match = FOLDER_NAME.match(stem)
    return (match["name"], match["version"]) if match else (stem, "")


def parse_egg_requires(text: str) -> tuple[str, ...]:
    """Requires-Dist lines of an egg-info's requires.txt."""
    lines, extra, marker = [], "", ""
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("[") and line.endswith("]"):
            extra, _, marker = line[1:-1].partition(":")
        elif line and not line.startswith("#"):
            conditions = [f"({marker.strip()})"] if marker.strip() else []
            conditions += [f'extra == "{extra.strip()}"'] if extra.strip() else []
            lines.append(f"{line} ; {' and '.join(conditions)}" if conditions else line)
    return tuple(lines)


def top_level_names(paths: Iterable[str]) -> tuple[str, ...]:
    """Import names that the files at `paths` (relative to the site folder) provide.

    Packages, single modules and extension modules by their first name; for a namespace package also the dotted names of
    the regular packages and modules below it (`google`, `google.cloud`, `google.cloud.storage`).
    """
    tree = _module_tree(paths)
    names: list[str] = []
    for name, below in tree.items():
        if below is None or _importable(below):
            names.append(name)
        if below is not None and "__init__" not in below:
            names += _inside(name, below, 2)
    return tuple(dict.fromkeys(names))[:MOST_NAMES]


_Tree = dict[str, "_Tree | None"]
DEEPEST_FOLDER = 4


def _module_tree(paths: Iterable[str]) -> _Tree:
    """Nested dict of folders; modules are None. No deeper than four levels."""
    tree: _Tree = {}
    last, here, is_deep = "", tree, False
    for path in paths:
        if not path.endswith((".py", ".so", ".pyd")):
            continue
        folder, _, file = path.rpartition("/")
        module = file.partition(".")[0]
        if not module.isidentifier():
            continue
        if folder != last:  # the files of a folder mostly stand together
            folders = folder.split("/") if folder else []
            if not all(map(str.isidentifier, folders)):
                continue
            last, here, is_deep = folder, _below(tree, folders[:DEEPEST_FOLDER]), len(folders) > DEEPEST_FOLDER
        here.setdefault("__deep__" if is_deep else module, None)
    return tree


def _below(tree: _Tree, folders: Iterable[str]) -> _Tree:
    for folder in folders:
        below = tree.get(folder)
        if below is None:
            below = tree[folder] = {}
        tree = below
    return tree


def _importable(tree: Mapping[str, _Tree | None]) -> bool:
    return any(below is None or _importable(below) for below in tree.values())


def _inside(prefix: str, tree: Mapping[str, _Tree | None], depth: int) -> list[str]:
    names = []
    for name, below in tree.items():
        if name == "__deep__" or (below is not None and not _importable(below)):
            continue
        names.append(f"{prefix}.{name}")
        if below is not None and "__init__" not in below and depth > 1:
            names += _inside(f"{prefix}.{name}", below, depth - 1)
    return names

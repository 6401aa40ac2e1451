"""Reads what is installed in one folder of sys.path: dist-info, egg-info, eggs, editable links.

Reads metadata files only, each bounded in size; runs nothing. What cannot be read is a gap, never an exception.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import unquote, urlsplit

from tts_doctor.effects.read_bounded import RECORD_LIMIT, read_text
from tts_doctor.model.facts import Distribution, Gap, RecordEntry
from tts_doctor.model.system_words import system_words
from tts_doctor.model.text import Text
from tts_doctor.parse.metadata import (
    MOST_FILES,
    parse_egg_requires,
    parse_headers,
    parse_record,
    requirement_lines,
    split_folder_name,
    top_level_names,
)
from tts_doctor.parse.plain_data import json_of

MOST_ENTRIES = 200_000
LEFTOVER = re.compile(r"[~-][A-Za-z0-9_.-]+$")
FINDER_MAPPING = re.compile(r"^MAPPING[^=\n]*=\s*(\{.*\})\s*$", re.MULTILINE)


@dataclass
class SiteReading:
    """What one folder of sys.path holds, filled while reading."""

    distributions: list[Distribution] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)
    path_files: list[str] = field(default_factory=list)
    """Names of its .pth files, sorted."""
    gaps: list[Gap] = field(default_factory=list)


def read_folder(folder: str, in_user_site: bool = False) -> SiteReading:
    """Distributions, leftovers and .pth files of `folder`; nothing where it is missing."""
    reading = SiteReading()
    names = _names(folder, reading)
    for name in sorted(names):
        path = os.path.join(folder, name)
        if name.endswith((".dist-info", ".egg-info")) and not LEFTOVER.match(name):
            reading.distributions.append(_read(path, name, folder, in_user_site, reading.gaps))
        elif name.endswith(".pth") and not name.startswith("."):
            reading.path_files.append(name)
        elif LEFTOVER.match(name):
            reading.leftovers.append(path)
    if folder.endswith(".egg") and os.path.isdir(os.path.join(folder, "EGG-INFO")):
        egg = os.path.join(folder, "EGG-INFO")
        reading.distributions.append(_read(egg, os.path.basename(folder), folder, in_user_site, reading.gaps))
    return reading


def _names(folder: str, reading: SiteReading) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            names = []
            for entry in entries:
                names.append(entry.name)
                if len(names) >= MOST_ENTRIES:
                    why = Text(f"only the first {MOST_ENTRIES} entries were looked at", f"只检查了前 {MOST_ENTRIES} 项")
                    reading.gaps.append(Gap(folder, why))
                    break
            return names
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        reading.gaps.append(Gap(folder, system_words(error)))
        return []


def _read(path: str, folder_name: str, site: str, in_user_site: bool, gaps: list[Gap]) -> Distribution:
    try:
        own = set(os.listdir(path))
        changed = os.stat(path).st_mtime
        flat = False
    except NotADirectoryError:
        own, flat = set(), True
        changed = 0.0
    except OSError as error:
        name, version = split_folder_name(folder_name)
        return Distribution(name, version, site, path, damage=error.strerror or str(error), in_user_site=in_user_site)
    main = "METADATA" if folder_name.endswith(".dist-info") else "PKG-INFO"
    text = read_text(path if flat else os.path.join(path, main)) if flat or main in own else None
    headers = parse_headers(text or "")
    by_name, by_version = split_folder_name(folder_name)
    name, version = _one(headers, "name"), _one(headers, "version")
    damage = "" if name and version else f"no {main}" if text is None else "no Name" if not name else "no Version"
    files = {n: t for n in own & SMALL_FILES if (t := read_text(os.path.join(path, n))) is not None}
    records, has_record, excess = _records(path, own, site)
    editable, direct_url = _origin(files, site, path)
    asked = headers.get("requires-dist") or parse_egg_requires(files.get("requires.txt", ""))
    requires = requirement_lines(asked)
    if len(requires) < len(asked):
        lost = len(asked) - len(requires)
        why = Text(
            f"{lost} of {len(asked)} requirements are too long, too nested or too many to be judged",
            f"{len(asked)} 项依赖中有 {lost} 项过长、嵌套过深或过多，无法判断",
        )
        gaps.append(Gap(path, why))
    return Distribution(
        name=name or by_name,
        version=version or by_version,
        site=site,
        metadata_path=path,
        requires=requires,
        extras=tuple(headers.get("provides-extra", ())),
        requires_python=_one(headers, "requires-python"),
        top_level=_top_level(records, files, site, editable, name or by_name),
        records=records,
        has_record=has_record,
        installer=files.get("INSTALLER", "").strip()[:40],
        requested="REQUESTED" in own,
        editable=editable,
        direct_url=direct_url,
        tags=tuple(parse_headers(files.get("WHEEL", "")).get("tag", ())),
        damage=damage or excess,
        in_user_site=in_user_site,
        installed_at=changed,
    )


SMALL_FILES = {"requires.txt", "top_level.txt", "INSTALLER", "WHEEL", "direct_url.json"}


def _one(headers: Mapping[str, list[str]], key: str) -> str:
    values = headers.get(key) or [""]
    return values[0]


def _records(path: str, own: set[str], site: str) -> tuple[tuple[RecordEntry, ...], bool, str]:
    """Entries relative to `site`, whether they are of a RECORD, and why they are not all of it.

    Those of an egg-info's installed-files.txt too.
    """
    if "RECORD" in own:
        text = read_text(os.path.join(path, "RECORD"), RECORD_LIMIT)
        entries = parse_record(text or "")
        cut = len(entries) >= MOST_FILES or len(text or "") >= RECORD_LIMIT
        return entries, text is not None, "RECORD is longer than any real one" if cut else ""
    if "installed-files.txt" in own:
        text = read_text(os.path.join(path, "installed-files.txt"), RECORD_LIMIT) or ""
        inside = os.path.relpath(path, site)
        listed = (
            RecordEntry(os.path.normpath(os.path.join(inside, line))) for line in text.splitlines() if line.strip()
        )
        return tuple(islice(listed, MOST_FILES)), False, ""
    return (), False, ""


def _origin(files: Mapping[str, str], site: str, path: str) -> tuple[str, str]:
    """Folder of an editable installation, and the direct URL."""
    try:
        data = json_of(files.get("direct_url.json", "null"))
        url = str(data.get("url", "")) if isinstance(data, dict) else ""
        is_editable = bool(url) and bool((data.get("dir_info") or {}).get("editable"))
        vcs = data.get("vcs_info") if isinstance(data, dict) else None
        if url and vcs:
            url = f"{vcs.get('vcs', 'git')}+{url}@{vcs.get('commit_id', '')}".rstrip("@")
    except (ValueError, AttributeError):
        return "", ""
    if is_editable and url.startswith("file:"):
        return unquote(urlsplit(url).path), url
    develop = path.endswith(".egg-info") and os.path.basename(site) not in ("site-packages", "dist-packages")
    return (site if develop and not site.endswith(".egg") else ""), url


def _top_level(
    records: tuple[RecordEntry, ...], files: Mapping[str, str], site: str, editable: str, name: str
) -> tuple[str, ...]:
    names = top_level_names(entry.path for entry in records if not entry.path.startswith("__editable__"))
    if editable and not names:
        names = _editable_names(records, site, editable)
    if not names and "top_level.txt" in files:
        names = tuple(line.strip() for line in files["top_level.txt"].splitlines() if line.strip())
    if not names and not records and not editable:
        guess = name.replace("-", "_")
        found = (g for g in (guess, guess.lower()) if _is_module(os.path.join(site, g)))
        names = tuple(dict.fromkeys(found))
    return names


def _is_module(path: str) -> bool:
    return os.path.isfile(path + ".py") or os.path.isdir(path)


def _editable_names(records: tuple[RecordEntry, ...], site: str, editable: str) -> tuple[str, ...]:
    """Import names of an editable installation: those of its finder, else the packages where its .pth points."""
    for entry in records:
        if entry.path.startswith("__editable___") and entry.path.endswith("_finder.py"):
            match = FINDER_MAPPING.search(read_text(os.path.join(site, entry.path)) or "")
            try:
                mapping = ast.literal_eval(match.group(1)) if match else {}
            except (ValueError, SyntaxError, MemoryError, RecursionError):
                mapping = {}
            if mapping:
                return tuple(str(name) for name in mapping)
    folders = [editable, os.path.join(editable, "src")]
    for entry in records:
        if entry.path.endswith(".pth") and "/" not in entry.path:
            lines = (read_text(os.path.join(site, entry.path)) or "").splitlines()
            folders = [line.strip() for line in lines if line.startswith("/")] or folders
    return tuple(dict.fromkeys(name for folder in folders for name in _packages(folder)))


def _packages(folder: str) -> list[str]:
    try:
        names = sorted(os.listdir(folder))[:2000]
    except OSError:
        return []
    packages = [n for n in names if n.isidentifier() and os.path.isfile(os.path.join(folder, n, "__init__.py"))]
    modules = [
        n[:-3] for n in names if n.endswith(".py") and n[:-3].isidentifier() and n not in ("setup.py", "conftest.py")
    ]
    return packages + modules

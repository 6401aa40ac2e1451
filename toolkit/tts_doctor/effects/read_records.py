"""Compares the installed files with their RECORD: existence, size, owners, unowned extension modules; hashes on demand.

Decides nothing: an altered file may be the user's own patch.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Collection, Iterator

from tts_doctor.effects.loader import mapped
from tts_doctor.effects.site_files import SiteFiles, read_sites
from tts_doctor.model.facts import Facts, FileProblem, RecordEntry
from tts_doctor.parse.elf import parse_elf

MOST_PROBLEMS = 200
"""For one distribution and kind; more say nothing new."""
LARGEST_HASHED = 32 << 20
LIBRARY = re.compile(r"\.so(?:\.[0-9][0-9A-Za-z.]*)?$")
ENDINGS_OF_DATA = (".py", ".pyi", ".txt", ".json", ".o", ".a", ".h", ".md")


def read_file_problems(
    facts: Facts, hashed: Collection[str] = (), sites: tuple[SiteFiles, ...] | None = None
) -> tuple[FileProblem, ...]:
    """What contradicts RECORD. Hashes are taken of the distributions named in `hashed` (canonical names) only."""
    problems: list[FileProblem] = []
    for files in read_sites(facts) if sites is None else sites:
        problems += _limited(_against_record(files, hashed))
        problems += _two_owners(files)
        problems += _unowned_extensions(files, facts.interpreter.ext_suffixes)
    return tuple(problems)


def _limited(problems: Iterator[FileProblem]) -> Iterator[FileProblem]:
    counts: dict[tuple[str, str], int] = {}
    for problem in problems:
        key = problem.dist, problem.kind
        counts[key] = counts.get(key, 0) + 1
        if counts[key] <= MOST_PROBLEMS:
            yield problem


def _against_record(files: SiteFiles, hashed: Collection[str]) -> Iterator[FileProblem]:
    for path, claims in files.claims.items():
        if path.startswith("/") or (len(claims) > 1 and len({dist.key for dist, _ in claims}) > 1):
            continue
        dist, entry = claims[-1]
        size = files.size(path)
        if size is None:
            yield FileProblem(dist.key, path, "missing")
        elif entry.size is not None and size >= 0 and size != entry.size and len(claims) == 1:
            yield FileProblem(dist.key, path, "size", f"{size} bytes against {entry.size} recorded")
        elif dist.key in hashed and size >= 0:
            whole = os.path.join(files.site, path)
            if _differs(whole, entry):
                yield FileProblem(dist.key, path, "hash", "the contents differ from what was installed")
            elif is_idle_program(whole):
                yield FileProblem(dist.key, path, "not-executable", "a program without the permission to run")


def _digest(path: str, algorithm: str) -> str:
    """URL-safe base64 without padding, as RECORD has it; empty where it cannot be taken."""
    try:
        with mapped(path) as data:
            if len(data) > LARGEST_HASHED:
                return ""
            digest = hashlib.new(algorithm, data)
    except (OSError, ValueError):
        return ""
    return base64.urlsafe_b64encode(digest.digest()).decode().rstrip("=")


def _differs(path: str, entry: RecordEntry) -> bool:
    algorithm, _, wanted = entry.digest.partition("=")
    found = _digest(path, algorithm) if wanted else ""
    return bool(found) and found != wanted.rstrip("=")


def is_idle_program(path: str) -> bool:
    """An ELF program, or a script in a folder of programs, that nobody may execute."""
    in_bin = os.path.basename(os.path.dirname(path)) == "bin"
    if LIBRARY.search(path) or path.endswith(ENDINGS_OF_DATA):
        return False
    try:
        if os.stat(path).st_mode & 0o111:
            return False
        with mapped(path) as data:
            if not bytes(data[:4]).startswith(b"\x7fELF"):
                return in_bin and bytes(data[:2]) == b"#!"
            found = parse_elf(data)
            return found.type == 2 or bool(found.interpreter)
    except (OSError, ValueError):
        return False


def _two_owners(files: SiteFiles) -> Iterator[FileProblem]:
    """One problem for each pair of distributions that claim files of one path and different contents."""
    pairs: dict[tuple[str, str], list[str]] = {}
    for path, claims in files.claims.items():
        if len(claims) < 2 or ".dist-info/" in path or path.startswith(".."):
            continue
        (first, one), (second, other) = claims[0], claims[-1]
        if first.key != second.key and one.digest and other.digest and one.digest != other.digest:
            pairs.setdefault((first.key, second.key), []).append(path)
    for paths in pairs.values():
        modules = [p for p in paths if p.endswith((".py", ".so"))]
        if modules:
            yield _judge(files, min(modules, key=_telling), len(paths))


def _telling(path: str) -> tuple[bool, int, str]:
    """Package initialisers first, then what lies least deep."""
    return not path.endswith("/__init__.py"), path.count("/"), path


def _judge(files: SiteFiles, path: str, shared: int) -> FileProblem:
    (first, one), (second, other) = files.claims[path][0], files.claims[path][-1]
    found = _digest(os.path.join(files.site, path), one.digest.partition("=")[0])
    if found and found == one.digest.partition("=")[2]:
        first, second = second, first
        detail = "its file was overwritten"
    elif found and found == other.digest.partition("=")[2]:
        detail = "its file was overwritten"
    else:
        detail = "missing" if files.size(path) is None else "the file is neither one's"
    return FileProblem(first.key, path, "two-owners", detail, second.key, shared)


def _unowned_extensions(files: SiteFiles, suffixes: tuple[str, ...]) -> Iterator[FileProblem]:
    """Extension modules that no RECORD owns beside a module of the same name that one does."""
    if not suffixes:
        return
    for folder, names in files.listing.items():
        odd = [n for n in names if n.endswith(suffixes) and _join(folder, n) not in files.claims]
        if not odd or folder.startswith(".."):
            continue
        owned: dict[str, str] = {}
        for name in names:
            claims = files.claims.get(_join(folder, name))
            if claims and name.endswith((".py", ".so")):
                owned[name.split(".", 1)[0]] = claims[0][0].key
        for name in odd:
            dist = owned.get(name.split(".", 1)[0])
            if dist:
                yield FileProblem(dist, _join(folder, name), "unowned-extension", "no RECORD owns it")


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name

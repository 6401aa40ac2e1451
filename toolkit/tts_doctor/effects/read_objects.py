"""Reads the headers of every extension module and library of an environment, and what the loader would find for them.

Loads and executes nothing. Decides nothing: whether a missing library matters is for the signs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from tts_doctor.effects.loader import Loader, expand, mapped
from tts_doctor.effects.read_records import read_file_problems
from tts_doctor.effects.site_files import SiteFiles, read_sites
from tts_doctor.model.facts import Facts, Interpreter, SharedObject
from tts_doctor.parse.elf import Data, Elf, ElfError, file_format, parse_elf, sections
from tts_doctor.parse.inside_root import inside
from tts_doctor.parse.numpy_abi import numpy_abi, numpy_api

LIBRARY = re.compile(r"\.so(\.[0-9][0-9A-Za-z.]*)?$|\.pyd$|\.dylib$")
TAGGED = re.compile(r"\.((?:cpython|pypy|graalpy)[A-Za-z0-9_.-]*|abi3(?:t)?|cp\d+-[A-Za-z0-9_.-]+)\.(?:so|pyd)$")
API_READ = 3
"""Modules of one distribution whose C API version is read; those of one build agree."""


@dataclass
class _Seen:
    site: str
    elf: Elf | None
    value: SharedObject


def read_shared_objects(
    facts: Facts, sites: tuple[SiteFiles, ...] | None = None, loader: Loader | None = None
) -> tuple[SharedObject, ...]:
    """Every shared object in the folders that RECORD files of `facts` name."""
    seen: list[_Seen] = []
    counts: dict[str, int] = {}
    has_numpy = facts.get("numpy") is not None
    for files in read_sites(facts) if sites is None else sites:
        for path, owner in _objects(files):
            seen.append(_read(files.site, path, owner, counts if has_numpy else None))
    if not seen:
        return ()
    loader = loader or loader_of(facts)
    provided = {os.path.basename(s.value.path) for s in seen} | {s.elf.soname for s in seen if s.elf}
    return tuple(_resolve(s, loader, provided) for s in seen)


def _objects(files: SiteFiles) -> Iterator[tuple[str, str]]:
    for folder, names in files.listing.items():
        if folder.startswith(".."):
            continue
        for name, size in names.items():
            if size >= 0 and LIBRARY.search(name):
                path = f"{folder}/{name}" if folder else name
                claims = files.claims.get(path)
                yield path, claims[0][0].key if claims else ""


def _read(site: str, path: str, owner: str, counts: dict[str, int] | None) -> _Seen:
    """`counts`: NumPy extensions seen of each owner; None where NumPy is not installed and its marks do not matter."""
    name = os.path.basename(path)
    tag = TAGGED.search(name)
    value = SharedObject(path, owner, tag_suffix=tag.group(1) if tag else "", is_extension=bool(tag))
    try:
        with mapped(os.path.join(site, path)) as data:
            kind = file_format(bytes(data[:64]))
            if kind != "elf":
                return _Seen(site, None, replace(value, format=kind))
            elf = parse_elf(data)
            extension = bool(tag) or _has_init(data, name)
            abi, api = "", 0
            if counts is not None and (extension or name.startswith("libtorch_python")):
                abi, api = _numpy_marks(data, owner, counts)
            value = replace(
                value,
                machine=elf.machine,
                needed=elf.needed,
                execstack=elf.execstack,
                is_extension=extension,
                numpy_abi=abi,
                numpy_api=api,
            )
            return _Seen(site, elf, value)
    except ElfError as error:
        return _Seen(site, None, replace(value, format="malformed", problem=str(error)))
    except (OSError, ValueError) as error:
        return _Seen(site, None, replace(value, problem=getattr(error, "strerror", None) or str(error)))


def _numpy_marks(data: Data, owner: str, counts: dict[str, int]) -> tuple[str, int]:
    abi = numpy_abi(data)
    counts[owner] = counts.get(owner, 0) + bool(abi)
    return abi, numpy_api(data) if abi and counts[owner] <= API_READ else 0


def _has_init(data: Data, name: str) -> bool:
    """Whether a plain `name.so` is an extension module of Python 2 or 3, by the function that its import calls."""
    stem = name.split(".", 1)[0]
    if not name.endswith(".so") or not stem.isidentifier():
        return False
    wanted = (b"PyInit_" + stem.encode() + b"\0", b"\0init" + stem.encode() + b"\0")
    for section in sections(data, b".dynstr"):
        text = bytes(data[section.offset : section.offset + section.size])
        if any(word in text for word in wanted):
            return True
    return False


def loader_of(facts: Facts) -> Loader:
    """The loader as the patient's interpreter meets it with the caller's variables."""
    folders = [f for f in facts.variables.get("LD_LIBRARY_PATH", "").split(":") if f]
    absolute = [inside(facts.root, facts.cwd or "/", f) for f in folders]
    inherited = _inherited(facts.interpreter, facts.root)
    return Loader(facts.interpreter.machine or os.uname().machine, absolute, inherited, facts.root)


def _inherited(interpreter: Interpreter, root: str) -> list[str]:
    """Folders that the interpreter brings: its RPATH is inherited by what it loads."""
    folders = [os.path.join(p, "lib") for p in (interpreter.base_prefix, interpreter.prefix) if p]
    try:
        real = os.path.realpath(interpreter.executable)
        with mapped(real) as data:
            elf = parse_elf(data)
        folders = expand((*elf.rpath, *elf.runpath), os.path.dirname(real), root) + folders
    except (OSError, ElfError, ValueError):
        pass
    return folders


def _resolve(seen: _Seen, loader: Loader, provided: set[str]) -> SharedObject:
    if seen.elf is None:
        return seen.value
    origin = os.path.dirname(os.path.join(seen.site, seen.value.path))
    missing: list[str] = []
    versions: list[str] = []
    found: dict[str, str] = {}
    for soname in seen.elf.needed:
        found[soname] = loader.find(soname, seen.elf, origin)
        if not found[soname] and soname not in provided:
            missing.append(soname)
    for library, version in seen.elf.version_needs:
        path = found.get(library)
        defined = loader.definitions(path) if path else frozenset()
        if defined and version not in defined:
            versions.append(f"{version} of {library}")
    return replace(seen.value, missing_needed=tuple(missing), missing_versions=tuple(versions))


def deepen(facts: Facts, hashed: Collection[str] = ()) -> Facts:
    """`facts` with its files and shared objects looked at; hashes are taken of the distributions in `hashed` only."""
    sites = read_sites(facts)
    return replace(
        facts,
        file_problems=read_file_problems(facts, hashed, sites),
        shared_objects=read_shared_objects(facts, sites),
    )

"""Who is who in a traceback: which distribution owns a file or an import name, who consumes and who provides.

Decides from the installed distributions where they are known, else from paths, the pasted context and the knowledge
of import names. Not a sign: signs ask it. Never guesses a name that nothing supports, except that an unknown import
package inside site-packages is called after itself.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tts_doctor.knowledge.import_names import distributions_for
from tts_doctor.knowledge.stdlib import is_stdlib
from tts_doctor.knowledge.torch_family import cuda_of
from tts_doctor.model.facts import Distribution, Facts
from tts_doctor.model.finding import Culprit, Kind
from tts_doctor.model.symptom import Error, Frame, Symptom

_SITE = re.compile(r"(?:^|.*/)(?:site|dist)-packages/")
_STDLIB = re.compile(r"(?:^|.*/)lib(?:64)?/python\d(?:\.\d+)?(?:/|\.zip)(?!site-packages|dist-packages)")
_EXTENSION = re.compile(r"(?:/__init__)?(?:\.cpython-[\w-]+|\.abi3|\.pypy[\w-]+)?\.(?:pyx?|pxd|pyi|so|pyd)$")
_VENDOR_FOLDERS = ("pip/_vendor/", "setuptools/_vendor/")


@dataclass(frozen=True)
class Party:
    """One side of a broken contract; `name` is empty where it is the user's own code."""

    name: str = ""
    file: str = ""
    """Relative to site-packages for a distribution, else as printed."""
    frame: Frame | None = None


def owner_of_file(facts: Facts, path: str) -> tuple[str, str]:
    """Canonical distribution name, or empty, and the path relative to its site-packages, or empty."""
    relative = _relative(facts, path)
    if not relative:
        return "", ""
    for dist in _providers(facts, relative.split("/", 1)[0]):
        if any(entry.path == relative for entry in dist.records):
            return dist.key, relative
    owner = _of_nvidia(facts, relative) or owner_of_module(facts, module_name(relative)) or _folder_name(relative)
    return owner, relative


def _of_nvidia(facts: Facts, relative: str) -> str:
    """CUDA's wheels share the folder nvidia: nvidia/cublas/lib is of nvidia-cublas-cu11, -cu12 or no suffix."""
    folder, _, rest = relative.partition("/")
    part = canonicalize_name(rest.partition("/")[0])
    if folder != "nvidia" or not part or re.fullmatch(r"cu\d+", part):
        return ""
    names = [d.key for d in facts.distributions if re.fullmatch(rf"nvidia-{re.escape(part)}(?:-cu\d+)?", d.key)]
    return names[0] if names else f"nvidia-{part}-cu{cuda_of(facts.version('torch')) or '12'}"


def owner_of_module(facts: Facts, module: str) -> str:
    """Canonical name of the distribution that provides an import name; empty where neither facts nor knowledge say."""
    top = module.split(".", 1)[0]
    providers = _providers(facts, top)
    if len(providers) > 1:
        providers = _with_submodule(providers, module) or providers
    if providers:
        return providers[0].key
    known = [*distributions_for(module), *distributions_for(top)]
    for name in known:
        if facts.get(name):
            return canonicalize_name(name)
    namesake = facts.get(top)
    if namesake and not (namesake.records and namesake.top_level):  # else its files say that it has no such module
        return namesake.key
    return canonicalize_name(known[0]) if known else ""


def is_standard(facts: Facts, path: str) -> bool:
    """Whether a frame's file is of the interpreter itself."""
    return path.startswith("<frozen ") or (bool(_STDLIB.match(path)) and not _SITE.match(path))


def is_own(facts: Facts, path: str) -> bool:
    """Whether a frame's file is the user's own code."""
    return not is_standard(facts, path) and not _relative(facts, path) and not path.startswith("<")


def consumer_of(facts: Facts, error: Error, provider: str) -> Party:
    """The innermost frame's owner that is neither the provider nor the standard library; own code has no name."""
    for frame in reversed(error.frames):
        if is_standard(facts, frame.file) or "importlib" in frame.file:
            continue
        name, relative = owner_of_file(facts, frame.file)
        if (name == provider and name) or (name in ("pip", "setuptools") and "/_in_process" in frame.file):
            continue
        if name or not frame.file.startswith("<"):
            return Party(name, relative or frame.file, frame)
    return Party()


def last_chain(symptom: Symptom) -> tuple[Error, ...]:
    """The errors that hang together with the last one, root first; an exit that only reports another error is
    skipped.
    """
    errors = [e for e in symptom.errors if e.type]
    while len(errors) > 1 and errors[-1].type.rsplit(".", 1)[-1] in ("SystemExit", "KeyboardInterrupt", "HaltServer"):
        errors.pop()
    if not errors:
        return ()
    first = len(errors) - 1
    while first > 0 and errors[first - 1].link:
        first -= 1
    return tuple(errors[first:])


def weighted_errors(symptom: Symptom) -> Iterator[tuple[Error, float]]:
    """Every error with how much it counts: the root of the last chain 1, what follows it less, what was survived
    least.
    """
    chain = last_chain(symptom)
    for error in symptom.errors:
        if error.type and error not in chain:
            yield error, 0.6
    for place, error in enumerate(chain):
        yield error, 1.0 if place == 0 else 0.85


def chain_text(symptom: Symptom) -> str:
    """What the last chain says: types and messages; the whole text where there is no error in it."""
    chain = last_chain(symptom)
    if not chain:
        return symptom.text
    return "\n".join(f"{error.type}: {error.message}" for error in chain)


def party(facts: Facts, name: str, wanted: str | None = None) -> Culprit:
    """A distribution as culprit, with its installed version."""
    return Culprit(Kind.DISTRIBUTION, canonicalize_name(name), facts.version(name) or None, wanted)


def version_of(facts: Facts, name: str) -> Version | None:
    """Installed version, or None where it is unknown or no version."""
    try:
        return Version(facts.version(name))
    except InvalidVersion:
        return None


def module_name(relative: str) -> str:
    """`pkg/sub/__init__.py` -> `pkg.sub`."""
    return _EXTENSION.sub("", relative).replace("/", ".")


def _relative(facts: Facts, path: str) -> str:
    path = path.replace("\\", "/")
    if "/../" in path:  # the loader prints libraries as it found them: torch/lib/../../nvidia/cublas/lib/libcublas.so
        path = posixpath.normpath(path)
    for vendor in _VENDOR_FOLDERS:
        if vendor in path:
            return path[path.index(vendor) :]
    match = _SITE.match(path)
    if match:
        return path[match.end() :]
    for dist in facts.distributions:
        if dist.editable and path.startswith(dist.editable.rstrip("/") + "/"):
            relative = path[len(dist.editable.rstrip("/")) + 1 :]
            return relative.removeprefix("src/")
    cython = not path.startswith("/") and path.endswith((".pyx", ".pxd")) and "/" in path
    return path.removeprefix("src/") if cython else ""


def _folder_name(relative: str) -> str:
    top = _EXTENSION.sub("", relative.split("/", 1)[0])
    return "" if is_stdlib(top, (3, 10)) else canonicalize_name(top)


def _providers(facts: Facts, top: str) -> tuple[Distribution, ...]:
    seen: dict[str, Distribution] = {}
    for dist in facts.owners.get(top, ()):
        seen.setdefault(dist.key, dist)
    return tuple(seen.values())


def _with_submodule(providers: tuple[Distribution, ...], module: str) -> tuple[Distribution, ...]:
    """Of several owners of a folder those whose records hold the module itself, for as much of its name as any has."""
    parts = module.split(".")
    for depth in range(len(parts), 1, -1):
        stem = "/".join(parts[:depth])
        found = tuple(
            dist for dist in providers if any(e.path.startswith((f"{stem}/", f"{stem}.")) for e in dist.records)
        )
        if found:
            return found
    return ()

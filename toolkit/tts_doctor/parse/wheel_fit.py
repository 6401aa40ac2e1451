"""Which files of an index fit a patient: wheel tags and Requires-Python, by the patient's Python and platform.

Never asks the interpreter that runs this: a patient may be CPython 3.6 on musl while we run on 3.13 and glibc.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from functools import lru_cache

from packaging.specifiers import SpecifierSet
from packaging.tags import compatible_tags, cpython_tags
from packaging.utils import canonicalize_name
from packaging.version import Version

from tts_doctor.model.facts import Interpreter

LEGACY_MANYLINUX = {(2, 17): "manylinux2014", (2, 12): "manylinux2010", (2, 5): "manylinux1"}
ASSUMED_LIBC = "glibc 2.36"
SDIST = (".tar.gz", ".zip", ".tar.bz2", ".tgz")
Ranks = dict[str, int]
"""Tag (`cp310-cp310-linux_x86_64`) -> its place in the order of preference; empty: anything goes."""


@lru_cache(maxsize=20000)
def version_of(text: str) -> Version | None:
    """The version, or None where it is not one."""
    try:
        return Version(text)
    except ValueError:  # InvalidVersion, or more digits than int() takes
        return None


def platforms(machine: str, libc: str) -> Iterator[str]:
    """Linux platform tags that `libc` (`glibc 2.36`, `musl 1.2.4`) on `machine` can load, most specific first."""
    family, _, version = (libc or ASSUMED_LIBC).partition(" ")
    numbers = [int(n) for n in re.findall(r"\d+", version)[:2]] or [2, 36]
    major, minor = numbers[0], numbers[1] if len(numbers) > 1 else 0
    if family == "musl":
        yield from (f"musllinux_{major}_{n}_{machine}" for n in range(minor, -1, -1))
    else:
        oldest = 5 if machine in ("x86_64", "i686") else 17
        for n in range(minor, oldest - 1, -1):
            yield f"manylinux_2_{n}_{machine}"
            if (2, n) in LEGACY_MANYLINUX:
                yield f"{LEGACY_MANYLINUX[2, n]}_{machine}"
    yield f"linux_{machine}"


@lru_cache(maxsize=16)
def patient_tags(interpreter: Interpreter) -> Ranks:
    """Ranks of all tags that the patient can load; empty where its Python is unknown."""
    minor = interpreter.minor
    if minor == (0, 0):
        return {}
    tag = f"cp{minor[0]}{minor[1]}"
    abi = tag + ("m" if minor < (3, 8) else "")
    if interpreter.soabi:
        found = re.match(r"cpython-(\d+[a-z]*)", interpreter.soabi)
        abi = f"cp{found.group(1)}" if found else abi
    machine = interpreter.machine or "x86_64"
    where = list(platforms(machine, interpreter.libc))
    tags = itertools.chain(cpython_tags(minor, [abi], where), compatible_tags(minor, tag, where))
    ranks: Ranks = {}
    for place, each in enumerate(tags):
        ranks.setdefault(str(each), place)
    return ranks


def wheel_rank(filename: str, ranks: Ranks) -> int | None:
    """Place of the wheel's best tag, None where it does not fit."""
    parts = filename[: -len(".whl")].split("-")
    if len(parts) < 5:
        return None
    if not ranks:
        return 0 if re.search(r"any|linux", parts[-1]) else None
    found = [
        ranks[tag]
        for tag in ("-".join(t) for t in itertools.product(*(p.split(".") for p in parts[-3:])))
        if tag in ranks
    ]
    return min(found) if found else None


def version_in(filename: str, project: str) -> str | None:
    """The version that a wheel's or sdist's file name carries, None where it is no file of `project`."""
    if filename.endswith(".whl"):
        parts = filename.split("-")
        return parts[1] if len(parts) >= 5 and canonicalize_name(parts[0]) == canonicalize_name(project) else None
    stem = next((filename[: -len(s)] for s in SDIST if filename.endswith(s)), None)
    if stem is None:
        return None
    wanted = canonicalize_name(project)
    for dash in (m.start() for m in re.finditer("-", stem)):
        if canonicalize_name(stem[:dash]) == wanted and version_of(stem[dash + 1 :]):
            return stem[dash + 1 :]
    return None


@lru_cache(maxsize=4000)
def admits(requires_python: str, version: str) -> bool:
    """Whether a Requires-Python admits the full or minor version; a malformed one admits everything, as in pip."""
    if not requires_python or not version:
        return True
    # Only `3.10` known: the newest patch release is as good a guess as any.
    full = version if version.count(".") > 1 else f"{version}.99"
    try:
        return SpecifierSet(requires_python).contains(full, prereleases=True)
    except ValueError:
        return True

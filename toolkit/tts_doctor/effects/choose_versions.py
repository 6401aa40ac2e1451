"""Asks the index what an installer would do today: versions for what a Dockerfile names without any, lists that fail.

All that the file and its requirement files name is resolved together, for the Python of its last stage; where that has
no solution, each name by itself. Where the index does not answer, nothing is chosen. Writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from tts_doctor.dockerfile_faults.words import image_of, other_index, pip_requirements, python_of, runs
from tts_doctor.effects.index import open_index
from tts_doctor.effects.uv_compile import UvCompile
from tts_doctor.errors import DoctorError
from tts_doctor.model.dockerfile import BuildContext
from tts_doctor.model.facts import Facts, Interpreter
from tts_doctor.model.lock import Question, ResolverSettings
from tts_doctor.parse.dockerfile import parse_dockerfile
from tts_doctor.parse.lock_text import read_pins
from tts_doctor.ports import Index, Release

MACHINE, LIBC = "x86_64", "glibc 2.36"
MOST = 12
"""Names that are asked for by themselves."""
MOST_PINS = 100
LONGEST = 200
"""Characters of a resolver's reason."""
SECONDS = 60.0
KEPT = ("setuptools<81",)
"""What many older distributions still ask for at run time (pkg_resources) left setuptools after it."""


def with_versions(context: BuildContext, text: str, environ: Mapping[str, str], cwd: str) -> BuildContext:
    """The context with `versions` and `conflict`; `text` is the Dockerfile as far as it was mended without them."""
    file = parse_dockerfile(text)
    python = python_of(image_of(file, max(file.last_stage, 0)))
    named = [r for _, one in runs(file) if not other_index(one) for r in pip_requirements(one)]
    loose = {str(canonicalize_name(r.name)) for r in named if not r.specifier and not r.url}
    listed = [f"{name}=={version}" if version else name for name, version in context.requirements]
    if not python or not (loose or listed):
        return context
    interpreter = Interpreter(version=python, machine=MACHINE, platform="linux", libc=LIBC)
    try:
        index = open_index(Facts(interpreter=interpreter), environ)
        with UvCompile(ResolverSettings(), environ, cwd) as uv:
            conflict = _absent(index, context, python) or _conflict(uv, listed, python)
            found = _versions(uv, [*(str(r) for r in named if not r.url), *listed], loose, python)
        for name in sorted(loose)[:MOST]:
            newest = _newest(index, name)
            if newest and (name not in found or not newest.has_wheel):
                found[name] = newest.version
    except DoctorError:
        return context
    chosen = tuple((name, version) for name, version in found.items() if name in loose)
    return replace(context, versions=chosen, conflict=conflict)


def _absent(index: Index, context: BuildContext, python: str) -> str:
    """Pins of which nothing can be installed on that Python."""
    pins = [(name, version) for name, version in context.requirements if version]
    for name, version in pins[:MOST_PINS]:
        wanted = SpecifierSet(f"==={version}" if "+" in version else f"=={version}", prereleases=True)
        releases = index.releases(name)
        if releases and "+" not in version and not any(wanted.contains(r.version) for r in releases):
            return f"{name} {version} / Python {python}"
    return ""


def _conflict(uv: UvCompile, lines: list[str], python: str) -> str:
    """Why the list has no solution; empty where it has one, or where only a build could tell."""
    code, _, errors = uv.call(Question(python, tuple(lines), ()), ("--no-header",), SECONDS) if lines else (0, "", "")
    told = re.search(r"(?s)cause: Because (.*?), we can conclude", errors)
    if code == 0 or told is None or "usable wheels" in errors:
        return ""
    return " ".join(told[1].split())[:LONGEST]


def _versions(uv: UvCompile, lines: list[str], loose: set[str], python: str) -> dict[str, str]:
    asked: list[list[str]] = [lines, sorted(loose), *([name] for name in sorted(loose)[:MOST])]
    found: dict[str, str] = {}
    for each in asked:
        if loose - set(found):
            found = {**_resolved(uv, each, python), **found}
    return found


def _newest(index: Index, name: str) -> Release | None:
    """What is published as source alone is taken as it is: the resolver would go back to the last wheel."""
    good = [r for r in index.releases(name) if not r.yanked and not Version(r.version).is_prerelease]
    return max(good, key=lambda r: Version(r.version), default=None)


def _resolved(uv: UvCompile, lines: list[str], python: str) -> dict[str, str]:
    """Wheels alone: no code of a distribution runs to learn what it needs."""
    code, output, _ = uv.call(Question(python, tuple(dict.fromkeys(lines)), KEPT), ("--no-header",), SECONDS)
    return dict(read_pins(output)) if code == 0 else {}

"""Asks the index which versions an installer would take today for what a Dockerfile names without any.

All that the file and its requirement files name is resolved together, for the Python of its last stage; where that has
no solution, each name by itself. Where the index does not answer, nothing is chosen. Writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

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
SECONDS = 60.0
KEPT = ("setuptools<81",)
"""What many older distributions still ask for at run time (pkg_resources) left setuptools after it."""


def with_versions(context: BuildContext, text: str, environ: Mapping[str, str], cwd: str) -> BuildContext:
    """The context with `versions`; `text` is the Dockerfile as far as it was mended without them."""
    file = parse_dockerfile(text)
    python = python_of(image_of(file, max(file.last_stage, 0)))
    named = [r for _, one in runs(file) if not other_index(one) for r in pip_requirements(one)]
    loose = {str(canonicalize_name(r.name)) for r in named if not r.specifier and not r.url}
    if not python or not loose:
        return context
    lines = [str(r) for r in named if not r.url]
    lines += [f"{name}=={version}" if version else name for name, version in context.requirements]
    asked: list[list[str]] = [lines, sorted(loose), *([name] for name in sorted(loose)[:MOST])]
    found: dict[str, str] = {}
    try:
        with UvCompile(ResolverSettings(), environ, cwd) as uv:
            for each in asked:
                if loose - set(found):
                    found = {**_resolved(uv, each, python), **found}
        interpreter = Interpreter(version=python, machine=MACHINE, platform="linux", libc=LIBC)
        index = open_index(Facts(interpreter=interpreter), environ)
        for name in sorted(loose)[:MOST]:
            newest = _newest(index, name)
            if newest and (name not in found or not newest.has_wheel):
                found[name] = newest.version
    except DoctorError:
        return context
    return replace(context, versions=tuple((name, version) for name, version in found.items() if name in loose))


def _newest(index: Index, name: str) -> Release | None:
    """What is published as source alone is taken as it is: the resolver would go back to the last wheel."""
    good = [r for r in index.releases(name) if not r.yanked and not Version(r.version).is_prerelease]
    return max(good, key=lambda r: Version(r.version), default=None)


def _resolved(uv: UvCompile, lines: list[str], python: str) -> dict[str, str]:
    """Wheels alone: no code of a distribution runs to learn what it needs."""
    code, output, _ = uv.call(Question(python, tuple(dict.fromkeys(lines)), KEPT), ("--no-header",), SECONDS)
    return dict(read_pins(output)) if code == 0 else {}

"""System libraries and programs that the installed distributions need and nothing installs; numba's cache."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tts_doctor.dockerfile_faults.installs import names_pinned
from tts_doctor.dockerfile_faults.users import place_of_command, user_of
from tts_doctor.dockerfile_faults.words import OPTIONS, apt_packages, image_of, named_requirements
from tts_doctor.knowledge.images import runtime_needs, table
from tts_doctor.knowledge.impostors import impostor
from tts_doctor.model.dockerfile import BuildContext, Dockerfile, Edit, Hit

DEBIAN = re.compile(r"^(?:docker\.io/)?(?:library/)?(?:python|debian|ubuntu|nvidia/cuda|buildpack-deps)(?::|$)")
INSTALL = re.compile(rf"(apt-get\s+{OPTIONS}install(?:\s+-\S+)*)")
NUMBA = frozenset({"numba", "librosa", "resampy", "umap-learn", "openai-whisper", "pynndescent"})


def missing_library(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """One hit for each distribution; the packages join the stage's apt-get install, or one is written."""
    first = file.last_stage
    image = image_of(file, first) if first >= 0 else ""
    if not DEBIAN.match(image) or "alpine" in image:
        return
    there = apt_packages(file, first, len(file.instructions))
    wanted = dict(context.requirements) | names_pinned(file)
    missing: dict[str, list[str]] = {}
    for name, version in sorted(wanted.items()):
        packages, build, _ = runtime_needs(name, version)
        lacking = [p for p in (*packages, *build) if not _provided(p, there, image)]
        if lacking:
            missing[name] = lacking
    if not missing:
        return
    edit = _with_packages(file, first, sorted({p for found in missing.values() for p in found}))
    for name, lacking in missing.items():
        why = runtime_needs(name, wanted[name])[2]
        yield Hit("missing-library", edit.at, (edit,), f"{name} {why}: {', '.join(lacking)}")


def no_musl_wheel(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """Alpine, and distributions of which there are no wheels for it."""
    first = file.last_stage
    if first >= 0 and "alpine" in image_of(file, first):
        wanted = set(dict(context.requirements)) | set(names_pinned(file))
        found = sorted(wanted & set(table()["no_musl_wheel"]))
        if found:
            yield Hit("no-musl-wheel", first, detail=", ".join(found))


def placeholder(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """Names of which the index holds something else than is meant, installed from it."""
    for name, _, place in named_requirements(file):
        source = file.instructions[place].source
        known = impostor(name)
        if known and not known.real and not re.search(r"(?:-f|--find-links|--index-url|-i)[=\s]", source):
            yield Hit("pip-impostor", place, detail=name)


def numba_cache(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """A user without rights and code that numba compiles."""
    wanted = set(dict(context.requirements)) | set(names_pinned(file))
    user = user_of(file)
    if not wanted & NUMBA or user in ("", "root", "0") or "NUMBA_CACHE_DIR" in file.text:
        return
    place = place_of_command(file)
    if place is not None:
        yield Hit("numba-cache", place, (Edit(place, "ENV NUMBA_CACHE_DIR=/tmp/numba\n", "before"),))


def _provided(package: str, there: frozenset[str], image: str) -> bool:
    known = table()
    full = image.startswith("python") and "slim" not in image
    other = known["instead"].get(package, ())
    return package in there or any(name in there for name in other) or (full and package in known["in_full"])


def _with_packages(file: Dockerfile, first: int, packages: list[str]) -> Edit:
    words = " ".join(packages)
    for place, one in enumerate(file.instructions[first:], first):
        if one.keyword == "USER":
            break
        if one.keyword == "RUN" and one.exec_form is None and INSTALL.search(one.source):
            return Edit(place, INSTALL.sub(rf"\1 {words}", one.source, count=1))
    return Edit(
        first,
        "RUN apt-get update \\\n"
        f"    && apt-get install -y --no-install-recommends {words} \\\n"
        "    && rm -rf /var/lib/apt/lists/*\n",
        "after",
    )

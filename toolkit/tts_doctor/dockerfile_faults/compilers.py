"""Compilers that stay in an image: dropped where nothing is compiled, else removed in the layer that uses them.

Left to a person where something else than pip may use them, or what they build may need their libraries at run time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tts_doctor.dockerfile_faults.words import (
    APT_SOURCE,
    OPTIONS,
    apt_packages,
    command_text,
    image_of,
    pip_words,
    runs,
)
from tts_doctor.model.dockerfile import BuildContext, Dockerfile, Edit, Hit, Instruction

KINDS = re.compile(
    r"^(build-essential|gcc|g\+\+|clang|make|cmake|gfortran|rustc|cargo|python3?-dev|ninja-build|lib[\w.+-]+-dev)$"
)
MOVABLE = frozenset(
    {"build-essential", "libc6-dev", "gcc", "g++", "make", "cmake", "python3-dev", "python-dev", "ninja-build"}
)
REMOVED = re.compile(rf"apt-get\s+{OPTIONS}(?:purge|remove|autoremove)")
USES = re.compile(r"\b(?:gcc|g\+\+|cc|make|cmake|cargo|ninja|setup\.py|npm|\./configure)\b")
TOOLS = frozenset({"pip", "setuptools", "wheel"})
ONLY_APT = re.compile(rf"(?:apt-get\s+{OPTIONS}(?:update|clean|install)|rm\s+-rf?\s+/var/\S+)(?:\s+-\S+)*\s*")


def compilers_kept(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """In the last stage, and not removed in the same layer."""
    first = max(file.last_stage, 0)
    for place, one in runs(file, first):
        found = sorted(n for n in apt_packages(file, place, place + 1) if KINDS.match(n))
        if not found or REMOVED.search(command_text(one)):
            continue
        moved = [name for name in found if name in MOVABLE]
        edits = _edits(file, place, moved) if moved else ()
        if edits:
            yield Hit("compilers-kept", place, edits, ", ".join(moved))
        rest = [name for name in found if not edits or name not in moved]
        if rest:
            yield Hit("compilers-kept", place, detail=", ".join(rest))


def no_headers(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """gcc without what it only recommends: it compiles nothing that includes stdio.h."""
    for place, one in runs(file):
        there = apt_packages(file, place, place + 1)
        bare = there & {"gcc", "gfortran"} and not there & {"g++", "build-essential", "libc6-dev"}
        image = image_of(file, place)
        whole = re.match(r"^(?:docker\.io/)?(?:library/)?python:", image) and "slim" not in image
        if not bare or whole or "--no-install-recommends" not in one.source or one.exec_form is not None:
            continue

        def added(match: re.Match[str]) -> str:
            return re.sub(r"(?<=\s)(gcc|gfortran)(=\S+)?(?=\s|$)", r"\g<0> libc6-dev", match[0], count=1)

        yield Hit("no-headers", place, (Edit(place, APT_SOURCE.sub(added, one.source)),))


def _edits(file: Dockerfile, place: int, names: Sequence[str]) -> tuple[Edit, ...]:
    image = image_of(file, place)
    one = file.instructions[place]
    others = [(n, i) for n, i in runs(file, file.stage_of(place)[0]) if n != place]
    if one.exec_form is not None or one.heredocs or one.flags or any(USES.search(i.source) for _, i in others):
        return ()
    python = re.match(r"^(?:docker\.io/)?(?:library/)?python:", image)
    if python and "slim" not in image and "alpine" not in image:
        return (Edit(place, _without(one, names)),)  # it has them already
    builders = [(n, i) for n, i in others if n > place and _builds(i)]
    if not builders:
        return ()
    if all(re.search(r"--only-binary[= ]:all:", " ".join(w)) for _, i in builders for w in pip_words(i) if _asks(w)):
        return (Edit(place, _without(one, names)),)
    at, last = builders[0][0], builders[-1][0]
    between = {i.keyword for n, i in enumerate(file.instructions[at:last], at) if n not in dict(builders)}
    if not python or between - {""} or any(i.keyword == "USER" for i in file.instructions[place:at]):
        return ()
    odd = re.compile(r"[;|]|\bapt-get\b")
    if any(i.exec_form is not None or i.heredocs or i.flags or odd.search(i.value) for _, i in builders):
        return ()
    wrapped = _wrapped([i for _, i in builders], " ".join(names))
    return (Edit(place, _without(one, names)), Edit(at, wrapped), *(Edit(n, "") for n, _ in builders[1:]))


def _wrapped(builders: Sequence[Instruction], packages: str) -> str:
    parts = (
        "apt-get update",
        f"apt-get install -y --no-install-recommends {packages}",
        *(re.sub(r"(?i)^\s*RUN\s+", "", one.source).rstrip() for one in builders),
        f"apt-get purge -y --auto-remove {packages}",
        "rm -rf /var/lib/apt/lists/*",
    )
    return "RUN " + " \\\n    && ".join(parts) + "\n"


def _builds(one: Instruction) -> bool:
    return any(_asks(words) for words in pip_words(one))


def _asks(words: Sequence[str]) -> bool:
    """Whether more than pip's own tools is installed."""
    named = {re.split(r"[=<>\[]", word)[0] for word in words if not word.startswith("-")}
    return bool(named - TOOLS)


def _without(one: Instruction, names: Sequence[str]) -> str:
    """The RUN without these packages; empty where it has no other."""
    any_of = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))

    def whole(match: re.Match[str]) -> str:
        words = re.sub(rf"(?<=\s)(?:{any_of})(?:=\S+)?(?=\s|$)[ \t]*(?:\\[ \t]*\r?\n[ \t]*)?", "", match[1])
        return match[0][: match.start(1) - match.start()] + words

    mended = APT_SOURCE.sub(whole, one.source)
    left = re.sub(r"\\\s*\n|#[^\n]*", " ", re.sub(r"(?i)^\s*RUN\s+", "", mended))
    nothing = all(ONLY_APT.fullmatch(part.strip() + " ") for part in re.split(r"&&|;", left))
    return "" if nothing else mended

"""What is brought into the image, and when."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tts_doctor.dockerfile_faults.words import command_text, pip_words, requirement_files
from tts_doctor.model.dockerfile import BuildContext, Dockerfile, Edit, Hit, Instruction

ADDRESS = re.compile(r"^(?:https?|ftp)://")
ARCHIVE = re.compile(r"\.(?:tar|tgz|tbz2?|txz|tar\.\w+|gz|bz2|xz|zst)$")
HARMLESS_RUN = re.compile(r"^(?:python[\d.]* -m )?pip3?\s+install|^apt-get\s")
INDIFFERENT = frozenset({"", "ENV", "EXPOSE", "LABEL", "ARG", "STOPSIGNAL"})


def add_url(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """ADD of an address without a digest."""
    for place, one in enumerate(file.instructions):
        if one.keyword == "ADD" and not any(flag.startswith("--checksum") for flag in one.flags):
            yield from (Hit("add-url", place, detail=word) for word in _sources(one) if ADDRESS.match(word))


def add_local(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """ADD of plain files and folders."""
    for place, one in enumerate(file.instructions):
        plain = all(not ADDRESS.match(w) and not ARCHIVE.search(w) and "git@" not in w for w in _sources(one))
        if one.keyword == "ADD" and plain and _sources(one):
            yield Hit("add-local", place, (Edit(place, re.sub(r"(?i)^(\s*)ADD\b", r"\1COPY", one.source)),))


def before_install(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`COPY . X`, then `pip install -r`: the list first, then the installation, then the code."""
    for place, one in enumerate(file.instructions):
        if one.keyword != "COPY" or one.flags or _sources(one) not in (["."], ["./"]):
            continue
        target = list(one.exec_form or one.value.split())[-1]
        last, lists = _installations(file, place, target)
        if last is None:
            continue
        if lists is None:
            yield Hit("copy-before-install", place)
            continue
        folder = target if target.endswith("/") else f"{target}/"
        first = f"COPY {' '.join(lists)} {folder}\n"
        yield Hit("copy-before-install", place, (Edit(place, first), Edit(last, one.source, "after")))


def folder_wanted(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`COPY a b /app`: several files go into a folder, whose name has to end with a slash."""
    for place, one in enumerate(file.instructions):
        words = list(one.exec_form or one.value.split())
        several = len(words) > 2 or (words and any(sign in words[0] for sign in "*?["))
        if one.keyword not in ("COPY", "ADD") or one.heredocs or not several:
            continue
        if not re.search(r"(?:/|^\.{1,2}|\})$", words[-1]) and "$" not in words[-1]:
            head, found, tail = one.source.rpartition(words[-1])
            yield Hit("copy-folder", place, (Edit(place, f"{head}{found}/{tail}"),), words[-1])


def outside(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`COPY ../x y`, and `COPY x` without a target."""
    for place, one in enumerate(file.instructions):
        words = list(one.exec_form or one.value.split())
        if one.keyword not in ("COPY", "ADD") or one.heredocs or not words:
            continue
        if len(words) == 1:
            line = f"{one.source.rstrip()} ./\n" if one.exec_form is None else ""
            yield Hit("copy-target", place, (Edit(place, line),) if line else (), words[0])
        elif not any(flag.startswith("--from") for flag in one.flags):
            yield from (Hit("copy-outside", place, detail=word) for word in words[:-1] if word.startswith("../"))


def no_dockerignore(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """A whole context that nothing is left out of."""
    if context.has_ignore:
        return
    for place, one in enumerate(file.instructions):
        if one.keyword in ("COPY", "ADD") and not one.flags and set(_sources(one)) & {".", "./"}:
            yield Hit("no-dockerignore", place)
            return


def _sources(one: Instruction) -> list[str]:
    return list(one.exec_form or one.value.split())[:-1]


def _installations(file: Dockerfile, place: int, target: str) -> tuple[int | None, list[str] | None]:
    """(index of the last RUN that installs requirement files, those files); None for files that cannot be moved."""
    last: int | None = None
    lists: list[str] = []
    movable, moved = True, False
    for n in range(place + 1, file.stage_of(place)[1]):
        one = file.instructions[n]
        if one.keyword == "RUN":
            files = list(requirement_files(one))
            local = any(
                word in (".", "-e", "--editable") or word.startswith("./") for w in pip_words(one) for word in w
            )
            if files and not local:
                last = n
                lists += files
                movable = movable and not moved and HARMLESS_RUN.match(command_text(one).strip()) is not None
                continue
            if local or not HARMLESS_RUN.match(command_text(one).strip()):
                break
        elif one.keyword == "WORKDIR":
            moved = moved or target.rstrip("/") != one.value.rstrip("/")
        elif one.keyword not in INDIFFERENT:
            break
    names = list(dict.fromkeys(_relative(name, target) for name in lists))
    return last, names if movable and all(names) else None


def _relative(name: str, target: str) -> str:
    """As the build context has it; empty for a path that is not below the copied folder."""
    inside = (
        name[len(target.rstrip("/")) + 1 :] if target != "." and name.startswith(target.rstrip("/") + "/") else name
    )
    return "" if inside.startswith(("/", "..")) or "$" in inside else inside.removeprefix("./")

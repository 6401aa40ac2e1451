"""What commands of a Dockerfile install and run, read from their words. No rule and no verdict."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from tts_doctor.model.dockerfile import Dockerfile, Instruction

APT_INSTALL = re.compile(r"\bapt(?:-get)?\s+(?:-\S+\s+)*install\b([^&|;]*)")
PIP_INSTALL = re.compile(r"(?:\bpip3?(?:\.\d+)?|-m\s+pip|\buv\s+pip)\s+(?:--?\S+\s+)*install\b([^&|;]*)")
WITH_VALUE = frozenset(
    {"-r", "--requirement", "-c", "--constraint", "-i", "--index-url", "--extra-index-url", "-f", "--find-links", "-t"}
    | {"--target", "--prefix", "--root", "--trusted-host", "--timeout", "--retries", "--only-binary", "--no-binary"}
    | {"--python", "--progress-bar", "--cache-dir", "--platform", "-e", "--editable", "--default-timeout"}
)


def runs(file: Dockerfile, first: int = 0, end: int | None = None) -> Iterator[tuple[int, Instruction]]:
    """(index, RUN) from `first` to before `end`."""
    for place, one in enumerate(file.instructions[first:end], first):
        if one.keyword == "RUN":
            yield place, one


def command_text(one: Instruction) -> str:
    """The shell's text of a RUN, heredocs included."""
    words = " ".join(one.exec_form) if one.exec_form is not None else one.value
    return "\n".join((words, *one.heredocs))


def apt_packages(file: Dockerfile, first: int, end: int) -> frozenset[str]:
    """Names that apt-get installs there, without versions."""
    found: set[str] = set()
    for _, one in runs(file, first, end):
        for match in APT_INSTALL.finditer(command_text(one)):
            words = (w for w in match[1].replace("\\", " ").split() if not w.startswith("-"))
            found.update(w.partition("=")[0].partition(":")[0] for w in words)
    return frozenset(found)


def pip_words(one: Instruction) -> Iterator[tuple[str, ...]]:
    """The words after each `pip install` of a RUN."""
    for match in PIP_INSTALL.finditer(command_text(one)):
        try:
            yield tuple(shlex.split(match[1].replace("\\\n", " ")))
        except ValueError:
            yield tuple(match[1].split())


def pip_requirements(one: Instruction) -> Iterator[Requirement]:
    """What is named on the command line itself."""
    for words in pip_words(one):
        skip = False
        for word in words:
            if skip or word.startswith("-"):
                skip = not skip and word in WITH_VALUE
                continue
            try:
                yield Requirement(word)
            except InvalidRequirement:
                continue


def requirement_files(one: Instruction) -> Iterator[str]:
    """What follows `-r`."""
    for words in pip_words(one):
        for place, word in enumerate(words):
            if word in ("-r", "--requirement") and words[place + 1 :]:
                yield words[place + 1]
            elif word.startswith(("-r", "--requirement=")) and len(word) > 2 and not word.startswith("--require-"):
                yield word.partition("=")[2] if word.startswith("--") else word[2:]


def version_in(requirement: Requirement) -> str:
    """The pinned version; empty for a range."""
    pins = [s.version for s in requirement.specifier if s.operator in ("==", "===")]
    return pins[0] if len(pins) == 1 else ""


def named_requirements(file: Dockerfile) -> Iterator[tuple[str, str, int]]:
    """(canonical name, version or empty, index) of everything that a `pip install` names."""
    for place, one in runs(file):
        for requirement in pip_requirements(one):
            yield canonicalize_name(requirement.name), version_in(requirement), place


def image_of(file: Dockerfile, place: int) -> str:
    """The image of the stage at this index, with the defaults of ARG and through the names of stages."""
    return _image(file, file.stage_of(place)[0], 0)


def _image(file: Dockerfile, start: int, depth: int) -> str:
    one = file.instructions[start] if start < len(file.instructions) else None
    if one is None or one.keyword != "FROM":
        return ""
    name = one.value.split()[0] if one.value else ""
    for each in file.instructions[:start]:
        key, given, value = each.value.partition("=")
        if each.keyword == "ARG" and given:
            pattern = rf"\$\{{?{re.escape(key.strip())}(?::-[^}}]*)?\}}?(?!\w)"
            name = re.sub(pattern, value.strip("\"' ").replace("\\", "\\\\"), name)
    for before, each in enumerate(file.instructions[:start]):
        words = each.value.split()
        if depth < 20 and each.keyword == "FROM" and len(words) == 3 and words[2].lower() == name.lower():
            return _image(file, before, depth + 1)
    return name

"""What commands of a Dockerfile install and run, read from their words. No rule and no verdict."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterator

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from tts_doctor.model.dockerfile import Dockerfile, Instruction

OPTIONS = r"(?:-\S{1,99}\s{1,99}){0,20}"
"""Between a program and its verb. Bounded, as all in these patterns that repeats and may then not fit: whatever a file
holds, they look at each of its characters a few hundred times at most."""
APT_INSTALL = re.compile(rf"\bapt(?:-get)?\s+{OPTIONS}install\b([^&|;\n]*)")
PIP_INSTALL = re.compile(rf"(?:\bpip3?(?:\.\d+)?|-m\s+pip|\buv\s+pip)\s+{OPTIONS}install\b([^&|;\n]*)")
IN_SOURCE = r"((?:\\[ \t]*\r?\n(?:[ \t]*(?:#[^\n]*)?\n)*|[^&|;\n\\]|\\.)*)"
"""The same words as a Dockerfile writes them: over continued lines, with comments between."""
APT_SOURCE = re.compile(rf"\bapt(?:-get)?\s+{OPTIONS}install\b" + IN_SOURCE)
PIP_SOURCE = re.compile(rf"(?:\bpip3?(?:\.\d+)?|-m\s+pip|\buv\s+pip)\s+{OPTIONS}install\b" + IN_SOURCE)
AT_ROOT = re.compile(
    r"^(?:docker\.io/)?(?:library/)?(?:python|debian|ubuntu|alpine|buildpack-deps|(?:nvcr\.io/)?nvidia/cuda)(?::|$)"
)
"""Images whose working folder is `/`."""
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
    return "\n".join((words, *(body.replace("\\\n", " ") for body in one.heredocs)))


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
        text = re.sub(r"<\([^()]{0,1000}\)", "/dev/fd/63", match[1].replace("\\\n", " "))
        try:
            yield tuple(shlex.split(text))
        except ValueError:
            yield tuple(text.split())


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


def other_index(one: Instruction) -> bool:
    """Whether a RUN installs from an index that is no mirror of PyPI."""
    return re.search(r"(?:--index-url|-i)(?:=|\s+)https?://(?!\S{0,500}pypi)", one.source) is not None


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


def release_of(image: str) -> str:
    """`bookworm` or `trixie`, for images of Debian whose package versions are known; else empty."""
    match = re.match(r"^(?:docker\.io/)?(?:library/)?(python|debian|buildpack-deps):(\S+)$", image)
    if match is None:
        return ""
    told = re.search(r"bookworm|trixie", match[2])
    number = re.match(r"(12|13)(?![\d])", match[2]) if match[1] == "debian" else None
    return told[0] if told else {"12": "bookworm", "13": "trixie"}[number[1]] if number else ""


def folder_at(file: Dockerfile, place: int) -> str:
    """The working folder before this index, absolute; empty where it is not known."""
    first = file.stage_of(place)[0]
    folder = "/" if AT_ROOT.match(image_of(file, place)) else ""
    for one in file.instructions[first:place]:
        if one.keyword == "WORKDIR":
            folder = joined(folder, one.value)
    return folder


def joined(folder: str, path: str) -> str:
    """`path` seen from `folder`; empty where one of them is not known."""
    path = path.strip("\"'")
    if "$" in path or not path or "~" in path:
        return ""
    return posixpath.normpath("/" + posixpath.join(folder, path).lstrip("/")) if folder or path[0] == "/" else ""


def python_of(image: str) -> str:
    """The minor version of the Python that an image runs; empty where it is not known."""
    told = re.match(r"^(?:docker\.io/)?(?:library/)?python:(\d+\.\d+)", image) or re.search(r"python(3\.\d+)", image)
    if told:
        return told[1]
    system = {"bookworm": "3.11", "trixie": "3.13"}.get(release_of(image), "")
    ubuntu = re.search(r"ubuntu:?(\d\d\.\d\d)", image)
    known = {"18.04": "3.6", "20.04": "3.8", "22.04": "3.10", "24.04": "3.12"}
    return system or (known.get(ubuntu[1], "") if ubuntu else "")


def image_of(file: Dockerfile, place: int) -> str:
    """The image of the stage at this index, with the defaults of ARG and through the names of stages."""
    start = file.stage_of(place)[0]
    if start not in file.images:
        file.images[start] = _image(file, start, 0)
    return file.images[start]


def _image(file: Dockerfile, start: int, depth: int) -> str:
    one = file.instructions[start] if start < len(file.instructions) else None
    if one is None or one.keyword != "FROM":
        return ""
    name = one.value.split()[0] if one.value else ""
    for each in file.instructions[:start] if "$" in name else ():
        key, given, value = each.value.partition("=")
        if each.keyword == "ARG" and given:
            pattern = rf"\$\{{?{re.escape(key.strip())}(?::-[^}}]*)?\}}?(?!\w)"
            name = re.sub(pattern, value.strip("\"' ").replace("\\", "\\\\"), name)
    for before, each in enumerate(file.instructions[:start]):
        words = each.value.split()
        if depth < 20 and each.keyword == "FROM" and len(words) == 3 and words[2].lower() == name.lower():
            return _image(file, before, depth + 1)
    return name

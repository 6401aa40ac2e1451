"""Programs that a file calls and its base does not have: package managers, downloaders, python, bash, pip's own."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator

from tts_doctor.dockerfile_faults.words import (
    APT_SOURCE,
    apt_packages,
    command_text,
    image_of,
    pip_words,
    runs,
)
from tts_doctor.knowledge.images import table
from tts_doctor.model.dockerfile import BuildContext, Dockerfile, Edit, Hit, Instruction

STARTS = r"(?:^|&&|\|\||[;|(\n]|\b(?:then|do|else)\s)\s{0,99}(?:\w{1,50}=\S{0,99}\s{1,99}){0,5}"
"""What stands before the name of a program."""
BARE = re.compile(r"^(?:docker\.io/)?(?:library/)?(?:debian|ubuntu|python|nvidia/cuda)(?::|$)")
DASH = re.compile(
    r"^(?:docker\.io/)?(?:library/)?(?:python|debian|ubuntu|buildpack-deps|(?:nvcr\.io/)?nvidia/\w+|pytorch/pytorch"
    r"|tensorflow/tensorflow|continuumio/\w+|condaforge/\w+)(?::|$)"
)
"""Images whose /bin/sh is dash."""
BASH = re.compile(rf"{STARTS}(?:source|pushd|popd)\s|<\(|\[\[\s|&>")
QUOTED = re.compile(r"\\.|\"(?:[^\"\\]|\\.)*\"|'[^']*'", re.S)
PYTHON = re.compile(rf"({STARTS})python(?=\s)", re.M)
ALPINE = re.compile(r"^((?:docker\.io/)?(?:library/)?python:\d[\w.]*)-alpine[\d.]*$")
APT = re.compile(rf"{STARTS}(?:apt-get|apt|dpkg)\s")
INSTALL = re.compile(r"(apt-get\s+(?:-\S{1,99}\s{1,99}){0,20}install(?:\s+-\S{1,99}){0,20})(?=\s)")
GLUED = re.compile(r"^(--?[A-Za-z][\w-]*)\s+(\S+)$")
VARIABLE = re.compile(r"\$(?:\{[A-Za-z_]|[A-Za-z_(])")
STARTERS = ("tini", "dumb-init")
SHELLS = re.compile(r"(?:^|/)(?:ba|da|z)?sh$")


def foreign_manager(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`apt-get` on Alpine: the same Python on Debian, unless the file speaks to both."""
    for place in file.stages:
        image = image_of(file, place)
        first, end = file.stage_of(place)
        texts = [command_text(one) for _, one in runs(file, first, end)]
        if "alpine" not in image or not any(APT.search(text) for text in texts):
            continue
        new = ALPINE.sub(rf"\1-slim-{table()['debian']}", image)
        own = file.instructions[place].source
        fits = new != image and image in own and not any(re.search(r"\bapk\s", text) for text in texts)
        yield Hit("foreign-manager", place, (Edit(place, own.replace(image, new)),) if fits else (), image)


def tool_missing(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`RUN wget ...` on a base that has none and before anything installed it."""
    for start in file.stages:
        image = image_of(file, start)
        first, end = file.stage_of(start)
        whole = re.match(r"^\S*python:", image) and "slim" not in image
        if not BARE.match(image) or whole or "alpine" in image or not _is_base(file, start):
            continue
        for tool in table()["tools"]:
            place = _first_call(file, first, end, tool)
            if place is not None and not _there(file, first, place, tool):
                yield Hit("tool-missing", place, (_with_package(file, first, place, tool),), tool)


def python_name(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`CMD ["python", ...]` where Debian's own Python is called python3 alone."""
    for start in file.stages:
        first, end = file.stage_of(start)
        image = image_of(file, start)
        stage = "".join(one.source for one in file.instructions[first:end])
        own = re.search(r"python-is-python3|\bln\s|update-alternatives|conda|/bin:|uv |pyenv|deadsnakes|alias", stage)
        there = apt_packages(file, first, end)
        if "python" in image or not BARE.match(image) or own or not any(p.startswith("python3") for p in there):
            continue
        for place, one in enumerate(file.instructions[first:end], first):
            mended = _with_python3(one)
            if mended != one.source:
                yield Hit("python-name", place, (Edit(place, mended),), image)


def bash_wanted(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`RUN source x`, `<(...)`, `[[ ... ]]` under /bin/sh."""
    seen: set[int] = set()
    for place, one in runs(file):
        first = file.stage_of(place)[0]
        told = any(i.keyword == "SHELL" for i in file.instructions[first:place])
        plain = QUOTED.sub("''", one.value)
        found = BASH.search(plain)
        if first in seen or told or one.exec_form is not None or one.heredocs or found is None:
            continue
        if DASH.match(image_of(file, place)) and "alpine" not in image_of(file, place):
            seen.add(first)
            line = 'SHELL ["/bin/bash", "-o", "pipefail", "-c"]\n'
            yield Hit("bash-wanted", place, (Edit(place, line, "before"),), found[0].strip().lstrip("&|; "))


def glued_words(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`CMD ["gunicorn", "--bind 0.0.0.0:5000"]`."""
    for place, one in enumerate(file.instructions):
        words = list(one.exec_form or ())
        if one.keyword not in ("CMD", "ENTRYPOINT") or not words or any(SHELLS.search(word) for word in words[:2]):
            continue
        glued = [word for n, word in enumerate(words) if n and GLUED.match(word) and words[n - 1] != "-c"]
        if glued:
            parted = [part for word in words for part in (word.split() if word in glued else [word])]
            line = f"{one.keyword} {json.dumps(parted, ensure_ascii=False)}\n"
            yield Hit("glued-words", place, (Edit(place, line),), glued[0])


def unread_variables(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`CMD ["gunicorn", "-b", "0.0.0.0:$PORT"]`: no shell fills it in."""
    for place, one in enumerate(file.instructions):
        words = list(one.exec_form or ())
        if one.keyword not in ("CMD", "ENTRYPOINT") or not words or any(SHELLS.search(word) for word in words):
            continue
        first, end = file.stage_of(place)
        entries = [i.exec_form or ("?",) for i in file.instructions[first:end] if i.keyword == "ENTRYPOINT"]
        starters = one.keyword == "ENTRYPOINT" or all(e[0].rpartition("/")[2] in STARTERS for e in entries)
        named = [word for word in words if VARIABLE.search(word)]
        if named and starters and not any(re.search(r"[\"\\`]", word) for word in words):
            text = " ".join(f'"{word}"' if word in named else shlex.quote(word) for word in words)
            shell = ["sh", "-c", f"exec {text}"]
            if one.keyword == "ENTRYPOINT":  # what CMD and the user add comes after the shell's own name
                shell = ["sh", "-c", f'exec {text} "$@"', "sh"]
            line = f"{one.keyword} {json.dumps(shell, ensure_ascii=False)}\n"
            yield Hit("unread-variable", place, (Edit(place, line),), named[0])


def doubled_command(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """CMD that says the whole ENTRYPOINT again: its words would be given to it as arguments."""
    for place, one in enumerate(file.instructions):
        first, end = file.stage_of(place)
        entries = [i.exec_form for i in file.instructions[first:end] if i.keyword == "ENTRYPOINT"]
        if one.keyword == "CMD" and one.exec_form and len(one.exec_form) > 1 and one.exec_form in entries:
            yield Hit("doubled-command", place, (Edit(place, ""),), " ".join(one.exec_form))


def poetry_options(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`poetry install --no-dev`, but for a Poetry so old that it knows nothing else."""
    if re.search(r"(?:poetry\s*[=~<]=\s*|POETRY_VERSION\s*[=:\s]\s*[\"']?|--version\s+)(?:0|1\.[01])\b", file.text):
        return
    for place, one in runs(file):
        mended = re.sub(r"(poetry\s+install[^&|;\n]{0,500}?)\s--no-dev\b", r"\1 --only main", one.source)
        if mended != one.source:
            yield Hit("poetry-no-dev", place, (Edit(place, mended),))


def scripts_off_path(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`pip install --user` puts programs where PATH does not lead, and the command is one of them."""
    first = max(file.last_stage, 0)
    stage = file.instructions[first:]
    words = [i.exec_form or () for key in ("ENTRYPOINT", "CMD") for i in stage if i.keyword == key]
    program = next((w[0] for w in words if w and w[0].rpartition("/")[2] not in STARTERS), "")
    if not re.fullmatch(r"[\w-]+", program) or program.startswith("python") or SHELLS.search(program):
        return
    if any(i.keyword == "ENV" and ".local/bin" in i.value for i in stage):
        return
    home = ""
    for place, one in enumerate(stage, first):
        if one.keyword == "USER":
            name = one.value.partition(":")[0]
            home = "" if name in ("root", "0") or name.isdigit() else f"/home/{name}"
        put = _user_site(one, home or "/root")
        if put:
            yield Hit("scripts-off-path", place, (Edit(place, f"ENV PATH={put}/bin:$PATH\n", "after"),), program)
            return


def _user_site(one: Instruction, home: str) -> str:
    """The folder that an instruction fills as pip's --user does; empty for others."""
    if one.keyword == "RUN" and any("--user" in words for words in pip_words(one)):
        return f"{home}/.local"
    words = list(one.exec_form or one.value.split())
    copies = one.keyword == "COPY" and any(flag.startswith("--from") for flag in one.flags)
    target = words[-1].rstrip("/") if copies and words else ""
    return target if target.startswith("/") and target.endswith("/.local") else ""


def _first_call(file: Dockerfile, first: int, end: int, tool: str) -> int | None:
    called = re.compile(rf"{STARTS}(?:sudo\s+)?{tool}\s" + (r"|git\+(?:https?|ssh)://" if tool == "git" else ""), re.M)
    for place, one in runs(file, first, end):
        if called.search(QUOTED.sub("''", command_text(one)) if tool != "git" else command_text(one)):
            return place
    return None


def _there(file: Dockerfile, first: int, place: int, tool: str) -> bool:
    """Whether something brings the tool before it is called, or may: a copied program, a script, an unknown package."""
    packages = {tool, *table()["tools"][tool]}
    if packages & apt_packages(file, first, place + 1):
        return True
    for one in file.instructions[first:place]:
        if one.keyword in ("COPY", "ADD") and re.search(r"/s?bin/?", one.value):
            return True
        if one.keyword == "RUN" and re.search(r"\.sh\b|\$\{?\w+|conda|apt-get\s+build-dep|xargs", command_text(one)):
            return True
    return False


def _with_package(file: Dockerfile, first: int, place: int, tool: str) -> Edit:
    """In the first apt-get install before the call, the call's own RUN included; else in a RUN before it."""
    wanted = {tool, "ca-certificates"} - apt_packages(file, first, place + 1)
    words = " ".join(sorted(wanted))
    for at, one in runs(file, first, place + 1):
        match = INSTALL.search(one.source)
        if match and APT_SOURCE.search(one.source) and one.exec_form is None:
            return Edit(at, one.source[: match.end()] + f" {words}" + one.source[match.end() :])
    line = (
        "RUN apt-get update \\\n"
        f"    && apt-get install -y --no-install-recommends {words} \\\n"
        "    && rm -rf /var/lib/apt/lists/*\n"
    )
    return Edit(place, line, "before")


def _is_base(file: Dockerfile, start: int) -> bool:
    """Whether the stage stands on the image itself, where nothing else can have installed a program."""
    name = file.instructions[start].value.split()[:1]
    return name == [image_of(file, start)] or bool(name and "$" in name[0])


def _with_python3(one: Instruction) -> str:
    if one.keyword in ("CMD", "ENTRYPOINT") and one.exec_form and one.exec_form[0] == "python":
        return re.sub(r'"python"', '"python3"', one.source, count=1)
    if one.keyword == "RUN" and one.exec_form is None and not one.heredocs:
        head = re.match(r"(?i)^\s*RUN\s+", one.source)
        at = head.end() if head else 0
        return one.source[:at] + PYTHON.sub(r"\1python3", one.source[at:])
    return one.source

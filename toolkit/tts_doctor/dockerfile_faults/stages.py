"""What goes from one stage to another, and what a stage asks for before it is there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tts_doctor.dockerfile_faults.words import image_of, pip_words, python_of, requirement_files, runs
from tts_doctor.model.dockerfile import BuildContext, Dockerfile, Edit, Hit, Instruction

SITE = re.compile(r"/usr/local/lib/python(3\.\d+)/(?:site|dist)-packages/?$")
INSTALLED = re.compile(r"site-packages|/usr/local(?:/lib)?/?\s|/install\b|venv\b")
OFFICIAL = re.compile(r"^(?:docker\.io/)?(?:library/)?python:")
OTHERS = re.compile(r"distroless|^(?:docker\.io/)?(?:library/)?(?:debian|ubuntu|busybox|alpine)(?::|$)|nvidia/cuda")
PLAIN = ("python", "python3", "sh", "bash", "uv", "node", "npm")
PACKAGES = re.compile(r"\b(?:apt-get|apt|yum|dnf|apk)\s+(?:-\S{1,99}\s{1,99}){0,9}(?:update|install|add|upgrade)\b")


def argument_late(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`FROM python:${VERSION}` before `ARG VERSION=3.11`: what stands before FROM alone is known there."""
    first = file.stages[0] if file.stages else 0
    early = {i.value.partition("=")[0].strip() for i in file.instructions[:first] if i.keyword == "ARG"}
    seen: set[str] = set()
    for place in file.stages:
        for name in re.findall(r"\$\{?(\w+)\}?", file.instructions[place].value):
            if name in early or name in seen:
                continue
            seen.add(name)
            told = (i.value for i in file.instructions[place:] if i.keyword == "ARG")
            later = [value for value in told if value.startswith(f"{name}=")]
            edits = (Edit(first, f"ARG {later[0]}\n", "before"),) if later else ()
            yield Hit("argument-late", place, edits, name)


def other_python(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """Distributions that one Python installed, copied to another one."""
    for place, one, source in _copies(file):
        here, there = python_of(image_of(file, place)), python_of(image_of(file, source))
        words = list(one.exec_form or one.value.split())
        if not here or not there or here == there or not INSTALLED.search(one.value):
            continue
        base = file.instructions[source].source
        image = file.instructions[source].value.split()[0]
        fits = OFFICIAL.match(image) and there in image and len(words) == 2
        edits = [Edit(source, base.replace(there, here, 1))] if fits else []
        if fits and f"python{there}" in one.source:
            edits.append(Edit(place, one.source.replace(f"python{there}", f"python{here}")))
        yield Hit("other-python", place, tuple(edits), f"{there} / {here}")


def programs_left(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`COPY --from=build .../site-packages` without the programs beside it, one of which is the command."""
    first = max(file.last_stage, 0)
    stage = file.instructions[first:]
    commands = [i.exec_form or () for i in stage if i.keyword in ("CMD", "ENTRYPOINT")]
    program = next((words[0] for words in commands if words and words[0] not in ("tini", "dumb-init")), "")
    if not re.fullmatch(r"[\w-]+", program) or program in PLAIN or any(list(pip_words(i)) for i in stage):
        return
    for place, one, _ in _copies(file):
        words = list(one.exec_form or one.value.split())
        brought = any("/bin" in w for i in stage if i.keyword == "COPY" for w in i.value.split())
        if place > first and words and SITE.search(words[0]) and not brought:
            line = f"COPY {' '.join(one.flags)} /usr/local/bin/ /usr/local/bin/\n"
            yield Hit("programs-left", place, (Edit(place, line, "after"),), program)
            return


def venv_without_python(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """A virtual environment of /usr/local/bin/python, copied to where there is none."""
    for place, one, source in _copies(file):
        words = list(one.exec_form or one.value.split())
        end = file.stage_of(source)[1]
        text = "".join(i.source for i in file.instructions[source:end])
        made = words and re.search(rf"venv\s+(?:-\S{{1,99}}\s+)*{re.escape(words[0])}(?![\w/])", text)
        if made and OFFICIAL.match(image_of(file, source)) and OTHERS.search(image_of(file, place)):
            yield Hit("venv-without-python", place, detail=image_of(file, place))


def list_not_there(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`pip install -r requirements.txt` before the COPY that brings it."""
    for start in file.stages:
        first, end = file.stage_of(start)
        if "/" not in image_of(file, start) and not OFFICIAL.match(image_of(file, start)):
            continue  # another stage may have brought it
        for place, one in runs(file, first, end):
            files = [name for name in requirement_files(one) if re.fullmatch(r"[\w.-]+", name)]
            before = file.instructions[first:place]
            known = any(i.keyword in ("COPY", "ADD") for i in before) or "--mount" in " ".join(one.flags)
            made = any(name in i.source for i in before for name in files)
            brings = [i for i in file.instructions[place:end] if i.keyword == "COPY" and _brings(i, files)]
            if files and not known and not made and brings:
                yield Hit("list-not-there", place, (Edit(place, f"COPY {' '.join(files)} ./\n", "before"),), files[0])
                break


def no_rights(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`apt-get install` after USER: only root may."""
    for place, one in runs(file):
        first = file.stage_of(place)[0]
        users = [i.value.strip() for i in file.instructions[first:place] if i.keyword == "USER"]
        name = users[-1].partition(":")[0] if users else ""
        if name in ("", "root", "0") or "$" in name or re.search(r"\bsudo\b", one.source):
            continue
        if one.exec_form is None and PACKAGES.search(one.value):
            edits = (Edit(place, "USER 0\n", "before"), Edit(place, f"USER {users[-1]}\n", "after"))
            yield Hit("no-rights", place, edits, name)


def _copies(file: Dockerfile) -> Iterator[tuple[int, Instruction, int]]:
    """(index, COPY, index of the FROM that it takes from)."""
    names = {w[2].lower(): n for n in file.stages if len(w := file.instructions[n].value.split()) == 3}
    for place, one in enumerate(file.instructions):
        flag = next((f for f in one.flags if f.startswith("--from=")), "") if one.keyword == "COPY" else ""
        source = names.get(flag.partition("=")[2].lower())
        if source is not None and source < place:
            yield place, one, source


def _brings(one: Instruction, files: list[str]) -> bool:
    words = [word.removeprefix("./") for word in list(one.exec_form or one.value.split())[:-1]]
    return bool({"", ".", *files} & set(words)) and not any(flag.startswith("--from") for flag in one.flags)

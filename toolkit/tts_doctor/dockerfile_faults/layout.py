"""Where commands run and how many layers they make: working folders, `cd`, pipes, neighbouring RUNs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from tts_doctor.dockerfile_faults.words import folder_at, image_of, joined, runs
from tts_doctor.model.dockerfile import BuildContext, Dockerfile, Edit, Hit, Instruction

JOINT = re.compile(r"(?:(?<!\s)\s+)?&&\s*")
REMOVES = re.compile(r"(?:rm|apt-get(?:\s+\S+)?\s+(?:purge|remove))\b")
COMPLEX = re.compile(r"[;(){}`\n]|\|\||<<|\$\(")
PIPE = re.compile(r"[^|]\|[^|]")
QUOTED = re.compile(r"\\.|\"(?:[^\"\\]|\\.)*\"|'[^']*'")
OUTSIDE = re.compile(r"(?<![\w.:/$}-])/(?!(?:bin|dev|etc|lib|opt|proc|root|run|sbin|sys|tmp|usr|var|home)\b)[\w.-]+")
"""A path right below the root that the base does not bring."""


def relative_workdir(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`WORKDIR app`."""
    for place, one in enumerate(file.instructions):
        if one.keyword == "WORKDIR" and re.match(r"^[\"']?[\w.]", one.value):
            folder = joined(folder_at(file, place), one.value)
            edits = (Edit(place, f"WORKDIR {folder}\n"),) if folder else ()
            yield Hit("workdir-relative", place, edits, one.value)


def no_workdir(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`COPY . .` into whatever folder the base happens to have."""
    seen: set[int] = set()
    for place, one in enumerate(file.instructions):
        first, end = file.stage_of(place)
        words = list(one.exec_form or one.value.split())
        if one.keyword not in ("COPY", "ADD") or first in seen or not words or words[-1].startswith(("/", "$", "~")):
            continue
        seen.add(first)
        if _has_folder(file, place):
            continue
        names = {word.rstrip("/").rpartition("/")[2] for word in words[:-1]}
        told = [i.source for i in file.instructions[place:end] if i.keyword in ("RUN", "CMD", "ENTRYPOINT", "ENV")]
        moved = any(names & {m[0][1:], "", "."} for source in told for m in OUTSIDE.finditer(source))
        taken = {w for i in file.instructions[end:] if any(f.startswith("--from") for f in i.flags) for w in _paths(i)}
        moved = moved or any(OUTSIDE.match(path) and not any(path in source for source in told) for path in taken)
        yield Hit("no-workdir", place, () if moved else (Edit(place, "WORKDIR /app\n", "before"),))


def changed_folder(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`RUN cd x && y`: WORKDIR x, RUN y, and back."""
    for place, one in runs(file):
        parts = JOINT.split(one.value)
        goes = [n for n, part in enumerate(parts) if re.match(r"^cd\s", part)]
        if not goes or one.exec_form is not None or one.heredocs or COMPLEX.search(one.value) or len(goes) > 1:
            continue
        before, after = parts[: goes[0]], parts[goes[0] + 1 :]
        here = folder_at(file, place)
        there = joined(here, parts[goes[0]][2:].strip())
        kept = bool(before) and any(REMOVES.match(part) for part in after)
        if not here or not there or not after or kept:
            continue
        rows = [_run(before, one)] if before else []
        rows += [f"WORKDIR {there}\n", _run(after, one), f"WORKDIR {here}\n" if _used(file, place) else ""]
        yield Hit("cd-in-run", place, (Edit(place, "".join(rows)),), parts[goes[0]])


def pipe_unwatched(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`RUN curl x | y` goes on where curl failed."""
    seen: set[int] = set()
    for place, one in runs(file):
        first = file.stage_of(place)[0]
        shells = [n for n, i in enumerate(file.instructions[first:place], first) if i.keyword == "SHELL"]
        text = re.sub(r"\"[^\"]*\"|'[^']*'", "''", one.value)
        if first in seen or one.exec_form is not None or not PIPE.search(text) or re.search(r"\byes\s*\|", text):
            continue
        if re.search(r"pipefail", one.source) or any("pipefail" in file.instructions[n].value for n in shells):
            continue
        seen.add(first)
        words = list(file.instructions[shells[-1]].exec_form or ()) if shells else []
        if words and not words[0].endswith("bash"):
            continue
        shell = "/bin/ash" if "alpine" in image_of(file, place) else "/bin/bash"
        line = f"SHELL {json.dumps([shell, '-o', 'pipefail', '-c'])}\n"
        yield Hit("pipe-unwatched", place, (Edit(shells[-1], line) if words else Edit(place, line, "before"),))


def neighbours(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """Single commands in RUNs one after the other become one RUN."""
    group: list[int] = []
    for place, one in enumerate((*file.instructions, Instruction("END", ""))):
        if one.keyword == "" and not one.source.strip().startswith("#"):
            continue
        if _is_single(one):
            group.append(place)
            continue
        if len(group) > 1:
            yield _merged(file, group)
        group = []


def _paths(one: Instruction) -> list[str]:
    """What a COPY takes."""
    return list(one.exec_form or one.value.split())[:-1]


def _merged(file: Dockerfile, group: Sequence[int]) -> Hit:
    text = file.instructions[group[0]].source.rstrip()
    for place in group[1:]:
        text += " \\\n    && " + re.sub(r"(?i)^\s*RUN\s+", "", file.instructions[place].source).strip()
    edits = [Edit(group[0], text + "\n"), *(Edit(place, "") for place in group[1:])]
    blank = [n for n in range(group[0] + 1, group[-1]) if not file.instructions[n].keyword]
    return Hit("runs-apart", group[1], (*edits, *(Edit(n, "") for n in blank)))


def _is_single(one: Instruction) -> bool:
    if one.keyword != "RUN" or one.exec_form is not None or one.heredocs or one.flags or not one.value:
        return False
    text = QUOTED.sub(lambda match: match[0] if match[0][0] == "\\" else "''", one.value)
    return not re.search(r"[&|;(){}`\n]|\$\(", text) and not re.match(r"^(?:cd|export|set|source|\.|umask)\s", text)


def _has_folder(file: Dockerfile, place: int) -> bool:
    """Whether a WORKDIR stands before this index, in its stage or in the ones that it is made from."""
    first = file.stage_of(place)[0]
    if any(i.keyword == "WORKDIR" for i in file.instructions[first:place]):
        return True
    return not re.match(r"^[\w./-]*(?::|@|$)", image_of(file, place)) or not _starts(file, first)


def _starts(file: Dockerfile, first: int) -> bool:
    """Whether the stage stands on an image, not on another stage."""
    one = file.instructions[first] if first < len(file.instructions) else None
    name = one.value.split()[0] if one is not None and one.keyword == "FROM" and one.value else ""
    names = {w[2].lower() for i in file.instructions[:first] if i.keyword == "FROM" and len(w := i.value.split()) == 3}
    return bool(name) and name.lower() not in names


def _used(file: Dockerfile, place: int) -> bool:
    """Whether what follows in the stage depends on the working folder."""
    end = file.stage_of(place)[1]
    for one in file.instructions[place + 1 : end]:
        if one.keyword == "WORKDIR" and one.value.startswith("/"):
            return False
        if one.keyword in ("RUN", "COPY", "ADD", "CMD", "ENTRYPOINT", "WORKDIR"):
            return True
    return False


def _run(parts: Sequence[str], one: Instruction) -> str:
    flags = "".join(f"{flag} " for flag in one.flags)
    return f"RUN {flags}" + " \\\n    && ".join(parts) + "\n"

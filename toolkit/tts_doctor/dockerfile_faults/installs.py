"""apt-get and pip: lists that are stale or kept, compilers that stay, versions that nobody named, PEP 668."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.utils import canonicalize_name

from tts_doctor.dockerfile_faults.words import (
    APT_INSTALL,
    OPTIONS,
    PIP_SOURCE,
    command_text,
    image_of,
    named_requirements,
    other_index,
    pip_requirements,
    pip_words,
    requirement_files,
    runs,
)
from tts_doctor.model.dockerfile import BuildContext, Dockerfile, Edit, Hit

UNQUOTED = re.compile(
    r"(?<=\s)(?:\.|[A-Za-z][\w.-]*)(?:\[[\w,.-]+\](?:(?:[<>]=?|[=!~]=)[\w.*,<>=!~]+)?|(?:[<>]=?)[\d][\w.*,<>=!~]*)"
    r"(?=\s|$)"
)
LIFTED = re.compile(r"\b(?:rm|mv)\s[^&;|]{0,500}EXTERNALLY-MANAGED")
UPDATE = re.compile(rf"apt(?:-get)?\s+{OPTIONS}update")
ONLY_UPDATE = re.compile(rf"apt-get\s+{OPTIONS}update(?:\s+-\S+)*")
INSTALLS = re.compile(rf"\bapt-get(?=\s+{OPTIONS}install\b)")
MANAGED = re.compile(
    r"^(?:debian:(?:bookworm|trixie|12|13|testing|sid)|ubuntu:(?:2[3-9]\.|noble|lunar|mantic)"
    r"|(?:node|golang|rust|ruby):(?:\S{0,99}(?:bookworm|trixie)|(?<=node:)(?:1[89]|[2-9]\d)(?:\.[\d.]+)?(?:-slim)?$))"
)
CLEANED = re.compile(r"rm\s+-\w{0,9}r\w{0,9}\s+[^&;|]{0,500}/var/lib/apt/lists|target=/var/(?:lib|cache)/apt")


def stale_list(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """apt-get update in one RUN, or nowhere, and apt-get install in another."""
    for place, one in runs(file):
        text = command_text(one)
        if APT_INSTALL.search(text) and not UPDATE.search(text) and one.exec_form is None and not one.heredocs:
            mended = INSTALLS.sub("apt-get update && apt-get", one.source, count=1)
            edits = [Edit(place, mended)]
            for before, other in runs(file, file.stage_of(place)[0], place):
                if ONLY_UPDATE.fullmatch(other.value):
                    edits.append(Edit(before, ""))
            yield Hit("apt-stale-list", place, tuple(edits))


def lists_kept(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """Cleaned in the layer that fetched them, or not at all."""
    for place, one in runs(file):
        text = command_text(one)
        if not UPDATE.search(text) or CLEANED.search(one.source):
            continue
        edits: tuple[Edit, ...] = ()
        if one.exec_form is None and not one.heredocs and APT_INSTALL.search(text):
            edits = (Edit(place, one.source.rstrip() + " \\\n    && rm -rf /var/lib/apt/lists/*\n"),)
        elif not APT_INSTALL.search(text) and ONLY_UPDATE.fullmatch(one.value):
            edits = (Edit(place, ""),)
        yield Hit("apt-lists-kept", place, edits)


def pep_668(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """pip of Debian's own Python: a virtual environment before it, first on PATH."""
    done: set[int] = set()
    for place, one in runs(file):
        first, end = file.stage_of(place)
        if not list(pip_words(one)) or first in done:
            continue
        before = file.instructions[first:place]
        lifted = [n for n, i in enumerate(before, first) if LIFTED.search(i.source)]
        forced = "--break-system-packages" in one.source or bool(lifted)
        if not forced and (not MANAGED.match(image_of(file, place)) or any("venv" in i.source for i in before)):
            continue
        if any(re.search(r"PIP_BREAK_SYSTEM_PACKAGES|uv\s+pip", i.source) for i in before):
            continue
        done.add(first)
        fixed = re.sub(r"\s--break-system-packages\b", "", one.source)
        edits = [Edit(place, "RUN python3 -m venv /opt/venv\nENV PATH=/opt/venv/bin:$PATH\n" + fixed)]
        for other, each in runs(file, place + 1, end):
            if "--break-system-packages" in each.source:
                edits.append(Edit(other, re.sub(r"\s--break-system-packages\b", "", each.source)))
        for other, each in runs(file, first, place):
            if re.search(r"\bpython3-pip\b", each.source) and "python3-venv" not in each.source:
                edits.append(Edit(other, re.sub(r"\bpython3-pip(=\S+)?", r"\g<0> python3-venv", each.source, count=1)))
        alone = re.compile(r"(?:sudo\s+)?(?:rm|mv)\s[^&;|]*")
        edits += [Edit(n, "") for n in lifted if alone.fullmatch(file.instructions[n].value)]
        yield Hit("break-system-packages" if forced else "pep-668", place, tuple(edits))


def unresolvable(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """A requirement list that no installer can satisfy on this base."""
    for place, one in runs(file):
        if context.conflict and list(requirement_files(one)):
            yield Hit("requirements-conflict", place, detail=context.conflict)
            return


def unquoted(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`pip install numpy>=1.21` writes into a file named `=1.21`; `a[b]` is a pattern of file names."""
    for place, one in runs(file):
        found: list[str] = []

        def quoted(match: re.Match[str], found: list[str] = found) -> str:
            found.append(match[0])
            return f'"{match[0]}"'

        def whole(match: re.Match[str]) -> str:
            return match[0][: match.start(1) - match.start()] + UNQUOTED.sub(quoted, match[1])

        if one.exec_form is None and "pip" in one.source:
            mended = PIP_SOURCE.sub(whole, one.source)
            if found:
                rule = "pip-redirect" if any(re.search(r"[<>]", word) for word in found) else "pip-unquoted"
                yield Hit(rule, place, (Edit(place, mended),), ", ".join(found))


def pip_unpinned(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """What a command line names without any version gets the one that was found to fit, where one was."""
    versions = dict(context.versions)
    for place, one in runs(file):
        loose = [r for r in pip_requirements(one) if not r.specifier and not r.url]
        known = [r for r in loose if canonicalize_name(r.name) in versions and not other_index(one)]
        rest = [r.name for r in loose if r not in known and r.name not in ("pip", "setuptools", "wheel")]
        mended = one.source
        for name in dict.fromkeys(requirement.name for requirement in known):
            mended = _with_version(mended, name, versions[canonicalize_name(name)])
        if mended != one.source:
            yield Hit("pip-unpinned", place, (Edit(place, mended),), ", ".join(r.name for r in known))
        if rest:
            yield Hit("pip-unpinned", place, detail=", ".join(rest))


def _with_version(source: str, name: str, version: str) -> str:
    """Within the words of pip install alone, not in comments between them."""
    pattern = rf"(?<=\s)([\"']?){re.escape(name)}(\[[\w,.-]+\])?\1(?=\s|$)"

    def whole(match: re.Match[str]) -> str:
        rows = match[1].splitlines(keepends=True)
        put = rf"\g<1>{name}\g<2>=={version}\g<1>"
        words = "".join(row if row.lstrip().startswith("#") else re.sub(pattern, put, row) for row in rows)
        return match[0][: match.start(1) - match.start()] + words

    return PIP_SOURCE.sub(whole, source)


def names_pinned(file: Dockerfile) -> dict[str, str]:
    """Canonical name -> version (or empty) of all that is named."""
    return {name: version for name, version, _ in named_requirements(file)}

"""apt-get on Debian: sources that moved or are archived, packages that have another name now, versions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tts_doctor.dockerfile_faults.words import APT_INSTALL, APT_SOURCE, command_text, image_of, release_of, runs
from tts_doctor.knowledge.images import package_versions, table
from tts_doctor.model.dockerfile import BuildContext, Dockerfile, Edit, Hit

OLD_LIST = re.compile(r"/etc/apt/sources\.list(?![.\w])")
WORD = r"(?<![\w./=+:$-])%s(?![\w./=+:-])"
ARCHIVED = (
    "RUN sed -i -e 's|deb.debian.org|archive.debian.org|g' -e 's|security.debian.org|archive.debian.org|g' "
    "-e '/-updates/d' /etc/apt/sources.list\n"
)


def archived(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """A Debian whose life has ended and that no newer base stands for: apt reads the archive."""
    ended = [name for name, day in table()["debian_ended"].items() if day < context.today and name != "bullseye"]
    for place in file.stages:
        one, image = file.instructions[place], image_of(file, place)
        first, end = file.stage_of(place)
        named = [name for name in ended if name in image]
        used = any(re.search(r"\bapt(?:-get)?\s", i.source) for _, i in runs(file, first, end))
        stage = file.instructions[first:end]
        if one.value.partition(" ")[0] == image and named and used and "archive.debian.org" not in _text(stage):
            yield Hit("apt-archived", place, (Edit(place, ARCHIVED, "after"),), named[0])


def sources_moved(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`sed -i ... /etc/apt/sources.list` where the release has debian.sources in its place."""
    for place, one in runs(file):
        if not release_of(image_of(file, place)) or not re.search(r"\b(?:sed|perl)\b", one.source):
            continue
        if OLD_LIST.search(one.source) and not re.search(r"(?:>|tee|cp|mv)\s[^&|;]{0,500}sources\.list", one.source):
            mended = OLD_LIST.sub("/etc/apt/sources.list.d/debian.sources", one.source)
            yield Hit("apt-sources-moved", place, (Edit(place, mended),))


def mixed_releases(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`deb ... buster main` on another release: packages that do not fit together."""
    ended = "|".join(table()["debian_ended"])
    for place, one in runs(file):
        release = release_of(image_of(file, place))
        match = re.search(rf"\bdeb(?:-src)?\s+\S+\s+({ended})\b", one.source) if release else None
        if match:
            mended = re.sub(rf"(\bdeb(?:-src)?\s+\S+\s+)({ended})\b", rf"\1{release}", one.source)
            yield Hit("apt-mixed", place, (Edit(place, mended),), match[1])


def renamed(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """Packages of older releases by the name that this release has."""
    names = table()["renamed_packages"]
    for place, one in runs(file):
        release = release_of(image_of(file, place))
        there = {w for m in APT_INSTALL.finditer(command_text(one)) for w in m[1].split()}
        old = sorted(there & set(names)) if release else []
        if old:
            mended = one.source
            for name in old:
                mended = _in_apt(mended, WORD % re.escape(name), names[name])
            yield Hit("apt-renamed", place, (Edit(place, mended),), ", ".join(old))


def unversioned(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """Each package with the version that its release keeps; a person's work where the release is not known."""
    for place, one in runs(file):
        versions = package_versions(release_of(image_of(file, place)))
        loose = _loose(command_text(one))
        known = [name for name in loose if name in versions]
        rest = [name for name in loose if name not in versions]
        if known:
            mended = one.source
            for name in known:
                mended = _in_apt(mended, WORD % re.escape(name), f"{name}={versions[name]}")
            if mended != one.source:
                yield Hit("apt-unpinned", place, (Edit(place, mended),), ", ".join(known))
        if rest:
            yield Hit("apt-unpinned", place, detail=", ".join(rest))


def _loose(text: str) -> list[str]:
    found: dict[str, None] = {}
    for match in APT_INSTALL.finditer(text):
        words = iter(match[1].split())
        for word in words:
            if word in ("-t", "--target-release", "-o", "-c"):
                next(words, None)
            elif re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", word):
                found.setdefault(word)
    return list(found)


def _in_apt(source: str, pattern: str, put: str) -> str:
    """Replace within the words of apt-get install alone, not in comments between them."""

    def whole(match: re.Match[str]) -> str:
        rows = match[0].splitlines(keepends=True)
        return "".join(r if r.lstrip().startswith("#") else re.sub(pattern, lambda _: put, r) for r in rows)

    return APT_SOURCE.sub(whole, source)


def _text(stage: tuple[object, ...]) -> str:
    return "".join(getattr(one, "source", "") for one in stage)

"""The base image: does it name a version, and is that one still alive?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tts_doctor.dockerfile_faults.words import image_of
from tts_doctor.knowledge.images import table
from tts_doctor.model.dockerfile import BuildContext, Dockerfile, Edit, Hit

DEFAULT_PYTHON = "3.12"
"""What a base without any version becomes: the newest that most wheels are published for."""
PYTHON_TAG = re.compile(r"^(?P<name>(?:docker\.io/)?(?:library/)?python)(?::(?P<tag>[\w.-]+))?$")
DEBIAN_TAG = re.compile(r"^(?P<name>(?:docker\.io/)?(?:library/)?debian)(?::(?P<tag>[\w.-]+))?$")
ONBUILD = """WORKDIR /usr/src/app
COPY requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
"""
VERSION = re.compile(r"^(\d+(?:\.\d+){0,2})(-.*)?$")


def on_build(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`python:3.6-onbuild`: what it did when it was built upon, written down."""
    for place, image in _bases(file):
        if PYTHON_TAG.match(image) and image.endswith("-onbuild"):
            written = file.instructions[place].source.replace("-onbuild", "").rstrip()
            yield Hit("base-onbuild", place, (Edit(place, f"{written}\n{ONBUILD}"),), image)


def idle_stage(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """A stage without a name that nothing copies from: two FROMs are not added up."""
    starts = [n for n, i in enumerate(file.instructions) if i.keyword == "FROM"]
    if any(re.match(r"--from=\d", flag) for i in file.instructions for flag in i.flags):
        return
    for place in starts[:-1]:
        one = file.instructions[place]
        if len(one.value.split()) == 1:
            end = file.stage_of(place)[1]
            yield Hit("idle-stage", place, tuple(Edit(n, "") for n in range(place, end)), one.value)


def debian_ended(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`python:3.8-slim-buster`, `debian:stretch`: the same on the current release."""
    for place, image in _bases(file):
        names = [n for n, day in table()["debian_ended"].items() if day < context.today and n in _debian(image)]
        if not names:
            continue
        new = image.replace(names[0], table()["debian"])
        if DEBIAN_TAG.match(image) and names[0] not in image:
            new = f"debian:{table()['debian']}-slim"
        minor = _minor(image)
        known = not PYTHON_TAG.match(image) or minor in (*table()["pythons"], "3.7")
        yield Hit("base-debian-ended", place, _edits(file, place, image, _published(new)) if known else (), image)


def unpinned(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`python`, `python:3`, `python:latest`, `python:3.8-slim`, `ubuntu:latest`."""
    for place, image in _bases(file):
        new = _pinned(image)
        if new is None:
            continue
        word = file.instructions[place].value.partition(" ")[0]
        if new.startswith(image) and "$" in word and "}" not in word[-1:]:
            image, new = word, word + new[len(image) :]
        yield Hit("base-unpinned", place, _edits(file, place, image, new) if new else (), image)


def _edits(file: Dockerfile, place: int, image: str, new: str) -> tuple[Edit, ...]:
    """In the FROM, or in the ARG whose default it is."""
    for at in (place, *(n for n in range(place) if file.instructions[n].keyword == "ARG")):
        written = file.instructions[at].source
        mended = _replaced(written, image, new)
        if mended != written:
            return (Edit(at, mended),)
    return ()


def _published(image: str) -> str:
    """Without the patch number where that one was never published on the current Debian release."""
    match = re.match(r"^(.*python:)(\d+\.\d+)\.(\d+)(-.*)$", image)
    first = table()["first_patches"].get(match[2], 0) if match and table()["debian"] in image else 0
    return f"{match[1]}{match[2]}{match[4]}" if match and int(match[3]) < first else image


def ended(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """Pythons and Ubuntus that get no fixes any more; nothing is changed, since the pins may rest on them."""
    for place, image in _bases(file):
        minor = _minor(image)
        if table()["python_ended"].get(minor, "9") < context.today:
            yield Hit("base-python-ended", place, detail=minor)
        if any(re.match(pattern, image) for pattern in table()["bases_gone"]):
            yield Hit("base-gone", place, detail=image)
        told = re.search(r"ubuntu:?(\d\d\.\d\d|[a-z]+)", image)
        number = table()["ubuntu_names"].get(told[1], told[1]) if told else ""
        if table()["ubuntu_ended"].get(number, "9") < context.today:
            yield Hit("base-ubuntu-ended", place, detail=f"Ubuntu {number}")


def _bases(file: Dockerfile) -> Iterator[tuple[int, str]]:
    """(index of FROM, image) without stages that stand on other stages."""
    names = {words[2].lower() for i in file.instructions if i.keyword == "FROM" and len(words := i.value.split()) == 3}
    for place, one in enumerate(file.instructions):
        if one.keyword == "FROM" and one.value.partition(" ")[0].lower() not in names:
            yield place, image_of(file, place)


def _debian(image: str) -> str:
    """The release's name in the tag, also where it is a number."""
    match = DEBIAN_TAG.match(image)
    number = re.match(r"\d+", match["tag"] or "") if match else None
    return str(table()["debian_numbers"].get(number[0], "")) if number else image


def _minor(image: str) -> str:
    match = PYTHON_TAG.match(image)
    told = re.match(r"\d+\.\d+", match["tag"] or "") if match else None
    return told[0] if told else ""


def _pinned(image: str) -> str | None:
    """The image with a version; empty where none can be named, None where it has one."""
    if image in ("", "scratch") or "@sha256:" in image or "$" in image or image.endswith("-onbuild"):
        return None
    match = PYTHON_TAG.match(image)
    if match is None:
        last = image.rpartition("/")[2]
        if ":" not in last or last.endswith(":latest"):
            return str(table()["tags"].get(image.partition(":")[0], ""))
        return None
    tag = match["tag"] or "latest"
    if re.search(r"alpine|windows|bullseye|bookworm|trixie|buster|stretch", tag):
        return None if re.match(r"\d+\.\d+", tag) else f"{match['name']}:{DEFAULT_PYTHON}-{tag.removeprefix('3-')}"
    version = VERSION.match(tag)
    number = version[1] if version and "." in version[1] else "2.7" if version and version[1] == "2" else DEFAULT_PYTHON
    kind = "-slim" if "slim" in tag else ""
    minor = ".".join(number.split(".")[:2])
    if minor not in (*table()["pythons"], "3.7") or "rc" in tag:
        return ""
    return _published(f"{match['name']}:{number}{kind}-{table()['debian']}")


def _replaced(source: str, image: str, new: str) -> str:
    return re.sub(rf"(?<![\w./-]){re.escape(image)}(?![\w.:-])", new, source, count=1)

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
VERSION = re.compile(r"^(\d+(?:\.\d+){0,2})(-.*)?$")


def debian_ended(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`python:3.8-slim-buster`, `debian:stretch`: the same on the current release."""
    for place, image in _bases(file):
        names = [n for n, day in table()["debian_ended"].items() if day < context.today and n in _debian(image)]
        if not names:
            continue
        written = file.instructions[place].source
        new = image.replace(names[0], table()["debian"])
        if DEBIAN_TAG.match(image) and names[0] not in image:
            new = f"debian:{table()['debian']}-slim"
        known = not PYTHON_TAG.match(image) or _minor(image) in (*table()["pythons"], "3.7")
        edits = (Edit(place, written.replace(image, new)),) if known and image in written else ()
        yield Hit("base-debian-ended", place, edits, image)


def unpinned(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`python`, `python:3`, `python:latest`, `python:3.8-slim`, `ubuntu:latest`."""
    for place, image in _bases(file):
        new = _pinned(image)
        if new is None:
            continue
        written = file.instructions[place].source
        word = file.instructions[place].value.partition(" ")[0]
        if new.startswith(image) and "$" in word:
            image, new = word, word + new[len(image) :]
        edits = (Edit(place, _replaced(written, image, new)),) if new and image in written else ()
        yield Hit("base-unpinned", place, edits, image)


def ended(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """Pythons and Ubuntus that get no fixes any more; nothing is changed, since the pins may rest on them."""
    for place, image in _bases(file):
        minor = _minor(image)
        if table()["python_ended"].get(minor, "9") < context.today:
            yield Hit("base-python-ended", place, detail=minor)
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
    if image in ("", "scratch") or "@sha256:" in image or "$" in image:
        return None
    match = PYTHON_TAG.match(image)
    if match is None:
        last = image.rpartition("/")[2]
        if ":" not in last or last.endswith(":latest"):
            name = last.partition(":")[0]
            return {"debian": "debian:bookworm", "ubuntu": "ubuntu:24.04"}.get(name, "") if last == image else ""
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
    return f"{match['name']}:{number}{kind}-{table()['debian']}"


def _replaced(source: str, image: str, new: str) -> str:
    return re.sub(rf"(?<![\w./-]){re.escape(image)}(?![\w.:-])", new, source, count=1)

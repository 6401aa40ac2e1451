"""Looks through an image for what is compared and listed: files, Python distributions, Debian packages, settings.

Unpacks nothing onto the disk; contents are read where two images must be told apart. Decides nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator
from typing import IO

from tts_doctor.effects.image_archive import CHUNK, ImageArchive
from tts_doctor.effects.relevant_variables import SECRET
from tts_doctor.model.image_diff import Contents, Packed
from tts_doctor.model.layers import Member, StoredImage
from tts_doctor.parse.image_layers import Tree
from tts_doctor.parse.metadata import parse_headers, split_folder_name

METADATA = re.compile(r"(?:^|/)[^/]+\.(?:dist-info/METADATA|egg-info/PKG-INFO)$")
DEBIAN = "var/lib/dpkg/status"
DEBIAN_PARTS = "var/lib/dpkg/status.d/"
LARGEST_TABLE = 64 << 20


def read_contents(archive: ImageArchive) -> Contents:
    """What the image holds. Raises UsageError where its archive is damaged."""
    image = archive.image
    members = [m for m in Tree(image.layers).walk() if m.kind != "folder"]
    digests = _digests(archive, [m for m in members if m.kind == "file"])
    files = tuple((m.path, m.size, f"{_kind(m, digests)} {m.mode:o}") for m in members)
    layers = tuple((layer.digest, layer.size, layer.made_by) for layer in image.layers)
    return Contents(image.name, read_packages(archive, members), files, layers, tuple(_settings(image)))


def read_packages(archive: ImageArchive, members: Collection[Member]) -> tuple[Packed, ...]:
    """Python distributions by their metadata and Debian packages by dpkg's own tables."""
    tables = {(m.layer, m.place): m for m in members if m.kind == "file" and _is_table(m.path)}
    wanted: dict[int, set[int]] = {}
    for layer, place in tables:
        wanted.setdefault(layer, set()).add(place)
    found: list[Packed] = []
    for layer, place, body in archive.contents(wanted):
        found += _packed(tables[layer, place].path, body.read(LARGEST_TABLE).decode("utf-8", "replace"))
    return tuple(sorted(found, key=lambda p: (p.kind, p.name.lower(), p.place)))


def _is_table(path: str) -> bool:
    return bool(METADATA.search(path)) or path == DEBIAN or path.startswith(DEBIAN_PARTS)


def _packed(path: str, text: str) -> Iterator[Packed]:
    if not path.startswith(DEBIAN):
        headers = parse_headers(text)
        name, version = split_folder_name(path.split("/")[-2])
        found = (headers.get("name") or [name])[0], (headers.get("version") or [version])[0]
        yield Packed("python", *found, path.rpartition("/")[0])
        return
    for block in text.split("\n\n"):
        headers = parse_headers(block + "\n")
        status = (headers.get("status") or ["install ok installed"])[0]
        if headers.get("package") and headers.get("version") and status.endswith(" installed"):
            yield Packed("debian", headers["package"][0], headers["version"][0], path)


def _digests(archive: ImageArchive, members: Collection[Member]) -> dict[tuple[int, int], str]:
    wanted: dict[int, set[int]] = {}
    for member in members:
        wanted.setdefault(member.layer, set()).add(member.place)
    return {(layer, place): _digest(body) for layer, place, body in archive.contents(wanted)}


def _digest(body: IO[bytes]) -> str:
    found = hashlib.sha256()
    while chunk := body.read(CHUNK):
        found.update(chunk)
    return found.hexdigest()


def _kind(member: Member, digests: dict[tuple[int, int], str]) -> str:
    return digests[member.layer, member.place] if member.kind == "file" else f"{member.kind} {member.target}"


def _settings(image: StoredImage) -> Iterator[tuple[str, str]]:
    yield "command", " ".join(image.command)
    yield "user", image.user
    yield "folder", image.folder
    for name, value in image.environment:
        secret = any(word in name.upper() for word in SECRET)
        yield f"variable {name}", f"(secret {hashlib.sha256(value.encode()).hexdigest()[:8]})" if secret else value
    yield from ((f"label {name}", value) for name, value in image.labels)

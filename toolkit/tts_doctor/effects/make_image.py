"""Builds an image, lists what is in it, and makes its bytes depend on its sources alone, as far as each is asked for.

Decides the order; what is built is decided by the Dockerfile.
"""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tts_doctor.effects.engine import build_image, connect, discard, load_image, save_image
from tts_doctor.effects.image_archive import ImageArchive
from tts_doctor.effects.image_contents import read_packages
from tts_doctor.effects.normalise_image import normalise
from tts_doctor.effects.read_bounded import read_text
from tts_doctor.effects.scratch import scratch_folder
from tts_doctor.errors import UsageError
from tts_doctor.image_base import base_of
from tts_doctor.model.image_diff import Packed
from tts_doctor.model.text import Text
from tts_doctor.parse.dockerfile import parse_dockerfile
from tts_doctor.parse.image_layers import Tree
from tts_doctor.parse.lock_text import read_hashes
from tts_doctor.ports import Reporter

Write = Callable[[str, Sequence[Packed], Mapping[tuple[str, str], Sequence[str]], str, int], str]
"""Name, packages, hashes of the lock, Debian's release, the time -> the list of contents."""
EPOCH = 315532800
"""1980, the earliest time that zip files know."""
SBOM = "/usr/share/sbom/image.cdx.json"
LABEL = "tts-doctor.sbom"


@dataclass(frozen=True)
class BuildRequest:
    """`folder` is the build context, `dockerfile` relative to it; what is empty is not wanted."""

    folder: str
    dockerfile: str = "Dockerfile"
    tag: str = ""
    fresh: bool = False
    buildkit: bool = False
    reproducible: bool = False
    output: str = ""
    sbom: str = ""
    lock: str = ""


def make_image(request: BuildRequest, environ: Mapping[str, str], write: Write, say: Reporter) -> tuple[str, int]:
    """(image id, size in bytes). `write` makes the text of the list of contents. Raises DoctorError, UsageError."""
    client = connect(environ)
    epoch = _epoch(environ)
    fresh = request.fresh or request.reproducible
    if request.buildkit:
        from tts_doctor.effects.buildkit import build_with_buildkit

        image = build_with_buildkit(request.folder, request.dockerfile, fresh, environ, say)
    else:
        image = build_image(client, request.folder, request.dockerfile, fresh, say)
    with scratch_folder() as scratch:
        if request.sbom:
            image = _listed(client, image, request, epoch, write, scratch, say)
        if request.reproducible:
            image = _normalised(client, image, request, epoch, scratch, say)
        if request.tag:
            client.images.get(image).tag(request.tag)
        if request.output and not request.reproducible:
            save_image(client, request.tag or image, request.output, say)
    return image, int(client.images.get(image).attrs["Size"])


def _listed(
    client: Any, image: str, request: BuildRequest, epoch: int, write: Write, scratch: str, say: Reporter
) -> str:
    """The image with the list of its contents in it, which is written beside it too."""
    saved = os.path.join(scratch, "listed.tar")
    save_image(client, image, saved, say)
    say.step(Text("listing what is in it", "正在列出镜像内容"))
    with ImageArchive(saved, scratch, request.tag) as archive:
        tree = Tree(archive.image.layers)
        packages = read_packages(archive, list(tree.walk()))
        release = archive.read(tree, "etc/os-release") or archive.read(tree, "usr/lib/os-release")
    os.unlink(saved)
    hashes = read_hashes(read_text(request.lock, 64 << 20) or "") if request.lock else {}
    debian = next((row[17:] for row in release.splitlines() if row.startswith("VERSION_CODENAME=")), "")
    text = write(request.tag or "image", packages, hashes, debian.strip("\"'"), epoch)
    with open(request.sbom, "w", encoding="utf-8") as file:
        file.write(text)
    steps = f"FROM {image}\nCOPY --chown=0:0 image.cdx.json {SBOM}\nLABEL {LABEL}={SBOM}\n"
    return build_image(client, _context({"Dockerfile": steps, "image.cdx.json": text}, epoch), "Dockerfile", True, say)


def _context(files: Mapping[str, str], epoch: int) -> io.BytesIO:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(text.encode()), epoch
            tar.addfile(info, io.BytesIO(text.encode()))
    out.seek(0)
    return out


def _normalised(client: Any, image: str, request: BuildRequest, epoch: int, scratch: str, say: Reporter) -> str:
    saved, out = os.path.join(scratch, "built.tar"), request.output or os.path.join(scratch, "image.tar")
    save_image(client, image, saved, say)
    say.step(Text("taking times and order out of it", "正在去除时间与顺序差异"))
    text = read_text(os.path.join(request.folder, request.dockerfile)) or ""
    base = _layers(client, base_of(parse_dockerfile(text)))
    with ImageArchive(saved, scratch, request.tag) as archive:
        found = normalise(archive, archive.config, base, epoch, out)
    os.unlink(saved)
    load_image(client, out, say)
    discard(client, image)
    return found


def _layers(client: Any, name: str) -> tuple[str, ...]:
    """Digests of the base's layers; none where it is not known."""
    import docker  # type: ignore[import-untyped]

    try:
        return tuple(client.images.get(name).attrs["RootFS"].get("Layers") or ()) if name else ()
    except docker.errors.DockerException:
        return ()


def _epoch(environ: Mapping[str, str]) -> int:
    """SOURCE_DATE_EPOCH (https://reproducible-builds.org/specs/source-date-epoch/). Raises UsageError."""
    text = environ.get("SOURCE_DATE_EPOCH", "")
    if text and not (text.isascii() and text.isdigit() and int(text) < 1 << 33):
        raise UsageError(f"SOURCE_DATE_EPOCH is no time: {text!r}", f"SOURCE_DATE_EPOCH 不是时间：{text!r}")
    return int(text) if text else EPOCH



"""Writes an image anew so that its bytes depend on its contents alone: no times, no order, no trace of the builder.

The layers of the base stay as they are, so that they are still shared. The archive is an OCI layout that `docker load`
takes too. Decides nothing about what belongs into an image.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import struct
import tarfile
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timezone
from typing import IO, Any

from tts_doctor.effects.image_archive import CHUNK, ImageArchive

KEPT_HEADERS = "SCHILY.xattr."
"""What of a member's extended header is content: attributes such as capabilities."""
VOLATILE = ("container", "container_config", "docker_version", "parent", "id")
BYTECODE = 16
"""Bytes of the header of a compiled module: magic, flags, time, size (PEP 552)."""
COPIED = re.compile(r"\b(dir|file|multi):[0-9a-f]{64}\b")
MEDIA = "application/vnd.oci.image"


def normalise(archive: ImageArchive, config: Mapping[str, Any], base: Collection[str], epoch: int, out: str) -> str:
    """Write the image to `out`, without the layers' digests in `base` changed; its configuration's digest.

    `epoch`: the latest time that anything in it may bear, in seconds since 1970. Raises OSError, UsageError.
    """
    folder = f"{out}.blobs"
    os.mkdir(folder)
    layers = []
    for number, layer in enumerate(archive.image.layers):
        part = os.path.join(folder, "part")
        with open(part, "wb") as file:
            if layer.digest in base:
                _copy(archive.blob(number), file)
            else:
                _rewrite(archive.blob(number), file, epoch)
        layers.append(_kept(part, folder))
    plain = _configuration(config, [digest for digest, _ in layers], epoch)
    blobs = [_blob(plain, folder)]
    manifest = _manifest(blobs[0], layers)
    blobs.append(_blob(manifest, folder))
    _write(out, folder, blobs[0], [f"sha256:{digest}" for digest, _ in layers], _index(blobs[1]), epoch)
    for name in os.listdir(folder):
        os.unlink(os.path.join(folder, name))
    os.rmdir(folder)
    return f"sha256:{blobs[0][0]}"


def _rewrite(body: IO[bytes], out: IO[bytes], epoch: int) -> None:
    """A layer with its members by name, times clamped, owners as numbers alone."""
    with (
        tarfile.open(fileobj=body, mode="r:") as old,
        tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        members = sorted(old.getmembers(), key=lambda m: m.name)
        content = {m.name: m for m in members if m.isreg()}
        first: dict[str, str] = {}
        for member in members:
            meant = member.linkname if member.islnk() else member.name
            plain = _plain(member, epoch)
            if meant not in content:
                new.addfile(plain)
            elif meant in first:
                plain.type, plain.linkname, plain.size = tarfile.LNKTYPE, first[meant], 0
                new.addfile(plain)
            else:
                first[meant] = member.name
                plain.type, plain.linkname, plain.size = tarfile.REGTYPE, "", content[meant].size
                new.addfile(plain, _content(old, content[meant], epoch))


def _plain(member: tarfile.TarInfo, epoch: int) -> tarfile.TarInfo:
    plain = tarfile.TarInfo(member.name)
    plain.type, plain.linkname, plain.mode = member.type, member.linkname, member.mode
    plain.uid, plain.gid, plain.devmajor, plain.devminor = member.uid, member.gid, member.devmajor, member.devminor
    plain.mtime = min(int(member.mtime), epoch)
    plain.pax_headers = {k: v for k, v in member.pax_headers.items() if k.startswith(KEPT_HEADERS)}
    return plain


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo, epoch: int) -> IO[bytes] | None:
    """The file's bytes; a compiled module that bears its source's time bears the clamped one, as the source does."""
    body = tar.extractfile(member)
    if body is None or not member.name.endswith(".pyc") or member.size < BYTECODE:
        return body
    data = body.read()
    flags, stamp = struct.unpack_from("<II", data, 4)
    if flags == 0:
        data = data[:8] + struct.pack("<I", min(stamp, epoch)) + data[12:]
    return io.BytesIO(data)


def _configuration(config: Mapping[str, Any], digests: list[str], epoch: int) -> bytes:
    """What is run, without when and where it was built."""
    kept = {key: value for key, value in config.items() if key not in VOLATILE}
    inner = config.get("config") or {}
    kept["config"] = {key: value for key, value in inner.items() if key not in ("Image", "Hostname")}
    kept["created"] = _time(epoch)
    kept["history"] = [_told(row, epoch) for row in config.get("history") or []]
    kept["rootfs"] = {"type": "layers", "diff_ids": [f"sha256:{digest}" for digest in digests]}
    return _json(kept)


def _told(row: Mapping[str, Any], epoch: int) -> dict[str, Any]:
    """A step of the history, without the builder's digest of what was copied, which took times in."""
    told = {**row, "created": _time(epoch)}
    if "created_by" in row:
        told["created_by"] = COPIED.sub(r"\1", str(row["created_by"]))
    return told


def _manifest(config: tuple[str, int], layers: list[tuple[str, int]]) -> bytes:
    rows = [_descriptor(f"{MEDIA}.layer.v1.tar", *layer) for layer in layers]
    inner = _descriptor(f"{MEDIA}.config.v1+json", *config)
    return _json({"schemaVersion": 2, "mediaType": f"{MEDIA}.manifest.v1+json", "config": inner, "layers": rows})


def _index(manifest: tuple[str, int]) -> bytes:
    rows = [_descriptor(f"{MEDIA}.manifest.v1+json", *manifest)]
    return _json({"schemaVersion": 2, "mediaType": f"{MEDIA}.index.v1+json", "manifests": rows})


def _write(out: str, folder: str, config: tuple[str, int], layers: list[str], index: bytes, epoch: int) -> None:
    places = [f"blobs/{digest.replace(':', '/')}" for digest in layers]
    table = [{"Config": f"blobs/sha256/{config[0]}", "RepoTags": None, "Layers": places}]
    small = {"index.json": index, "manifest.json": _json(table), "oci-layout": _json({"imageLayoutVersion": "1.0.0"})}
    with tarfile.open(out, "w", format=tarfile.PAX_FORMAT) as tar:
        for name, path, data in _entries(folder, small):
            info = tarfile.TarInfo(name)
            info.mtime, info.mode = epoch, 0o644
            info.size = os.stat(path).st_size if path else len(data)
            if path:
                with open(path, "rb") as file:
                    tar.addfile(info, file)
            else:
                tar.addfile(info, io.BytesIO(data))


def _entries(folder: str, small: Mapping[str, bytes]) -> Iterator[tuple[str, str, bytes]]:
    yield from ((f"blobs/sha256/{name}", os.path.join(folder, name), b"") for name in sorted(os.listdir(folder)))
    yield from ((name, "", data) for name, data in sorted(small.items()))


def _kept(path: str, folder: str) -> tuple[str, int]:
    """(digest, bytes) of a file that is given its digest for a name."""
    found = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            found.update(chunk)
    os.replace(path, os.path.join(folder, found.hexdigest()))
    return found.hexdigest(), os.stat(os.path.join(folder, found.hexdigest())).st_size


def _blob(data: bytes, folder: str) -> tuple[str, int]:
    digest = hashlib.sha256(data).hexdigest()
    with open(os.path.join(folder, digest), "wb") as file:
        file.write(data)
    return digest, len(data)


def _copy(body: IO[bytes], out: IO[bytes]) -> None:
    while chunk := body.read(CHUNK):
        out.write(chunk)


def _descriptor(kind: str, digest: str, size: int) -> dict[str, object]:
    return {"mediaType": kind, "digest": f"sha256:{digest}", "size": size}


def _time(epoch: int) -> str:
    return datetime.fromtimestamp(epoch, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()

"""Writes images as archives without any engine: layers from plain values, in docker's form or as an OCI layout."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

Entry = str | bytes | None | tuple[str, str]
"""Bytes or text of a file, None for a folder, `("symlink" or "hardlink", target)`."""


def layer(entries: Mapping[str, Entry], mtime: int = 1_700_000_000) -> bytes:
    """A layer's tar; names are written as they are given."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, entry in entries.items():
            info = tarfile.TarInfo(name)
            info.mtime = mtime
            body = b""
            if entry is None:
                info.type, info.mode = tarfile.DIRTYPE, 0o755
            elif isinstance(entry, tuple):
                info.type = tarfile.SYMTYPE if entry[0] == "symlink" else tarfile.LNKTYPE
                info.linkname = entry[1]
            else:
                body = entry.encode() if isinstance(entry, str) else entry
                info.size = len(body)
                info.mode = 0o755 if "/bin/" in name else 0o644
            tar.addfile(info, io.BytesIO(body))
    return out.getvalue()


def tree_layer(folders: Sequence[Path], leave_out: Sequence[str] = ()) -> bytes:
    """A layer with these folders and files of this machine, at the paths that they have here."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for folder in folders:
            tar.add(
                folder, str(folder).lstrip("/"), filter=lambda i: None if i.name.split("/")[-1] in leave_out else i
            )
    return out.getvalue()


def config_of(layers: Sequence[bytes], **inner: object) -> bytes:
    """An image's configuration; `inner` is what is run: Cmd, Env, WorkingDir …"""
    digests = ["sha256:" + hashlib.sha256(one).hexdigest() for one in layers]
    rows = [{"created_by": f"step {number}"} for number in range(len(layers))]
    whole = {"architecture": "amd64", "os": "linux", "config": inner, "history": rows}
    return json.dumps({**whole, "rootfs": {"type": "layers", "diff_ids": digests}}).encode()


def docker_archive(path: Path, layers: Sequence[bytes], **inner: object) -> Path:
    """As `docker save` of engine 20.10 writes it."""
    names = [f"{number}/layer.tar" for number in range(len(layers))]
    manifest = [{"Config": "config.json", "RepoTags": ["made:latest"], "Layers": names}]
    files = dict(zip(names, layers, strict=True))
    return _written(path, {**files, "config.json": config_of(layers, **inner), "manifest.json": _json(manifest)})


def oci_archive(path: Path, layers: Sequence[bytes], **inner: object) -> Path:
    """As an OCI layout with compressed layers, below an index for two machines and with an attestation."""
    blobs = [gzip.compress(one, mtime=0) for one in layers]
    config = config_of(layers, **inner)
    manifest = _json({"schemaVersion": 2, "config": _descriptor(config), "layers": [_descriptor(b) for b in blobs]})
    other = _json({"schemaVersion": 2, "config": _descriptor(b"{}"), "layers": []})
    rows = [
        {**_descriptor(other), "annotations": {"vnd.docker.reference.type": "attestation-manifest"}},
        {**_descriptor(other), "platform": {"architecture": "s390x"}},
        *({**_descriptor(manifest), "platform": {"architecture": name}} for name in ("amd64", "arm64")),
    ]
    inner_index = _json({"manifests": rows})
    files = {_place(b): b for b in (*blobs, config, manifest, other, inner_index)}
    return _written(path, {**files, "index.json": _json({"manifests": [_descriptor(inner_index)]})})


def _written(path: Path, files: Mapping[str, bytes]) -> Path:
    path.write_bytes(layer(dict(files)))
    return path


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _descriptor(blob: bytes) -> dict[str, object]:
    return {"digest": "sha256:" + hashlib.sha256(blob).hexdigest(), "size": len(blob)}


def _place(blob: bytes) -> str:
    return "blobs/sha256/" + hashlib.sha256(blob).hexdigest()

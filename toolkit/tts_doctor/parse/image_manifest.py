"""Finds an image in an archive's own tables of contents: those of `docker save`, and the OCI image layout's.

Of an archive with several images the first is taken, of one for several machines the one for the given processor,
else the first. Values in, values out.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tts_doctor.model.layers import Layer, StoredImage

DEEPEST = 4
"""Indexes that name indexes."""
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
Read = Callable[[str], Any]


@dataclass(frozen=True)
class Manifest:
    """Names of files in the archive."""

    config: str
    layers: tuple[str, ...]
    name: str = ""


def chosen_manifest(read: Read, names: Container[str], machine: str) -> Manifest:
    """`read` gives a file's JSON; `machine` is spelled as uname does.

    Raises LookupError, ValueError, TypeError for what is no image.
    """
    if "manifest.json" in names:
        first = read("manifest.json")[0]
        tags = first.get("RepoTags") or [""]
        return Manifest(str(first["Config"]), tuple(map(str, first["Layers"])), str(tags[0]))
    if "index.json" not in names:
        raise ValueError("it has neither manifest.json nor index.json")
    found = read("index.json")
    for _ in range(DEEPEST):
        if "layers" in found:
            layers = tuple(_blob(layer) for layer in found["layers"])
            return Manifest(_blob(found["config"]), layers)
        found = read(_blob(_fitting(found["manifests"], machine)))
    raise ValueError("its index leads to no image")


def configured(manifest: Manifest, config: Mapping[str, Any], name: str) -> StoredImage:
    """The image with the digests of its layers, and what the configuration says is run."""
    inner = config.get("config") or {}
    made = [str(row.get("created_by", "")) for row in config.get("history") or [] if not row.get("empty_layer")]
    digests = list(config["rootfs"]["diff_ids"])
    if len(digests) != len(manifest.layers):
        raise ValueError("its configuration and its layers do not agree")
    made += [""] * (len(digests) - len(made))
    pairs = [tuple(str(row).split("=", 1)) for row in inner.get("Env") or [] if "=" in str(row)]
    command = [*(inner.get("Entrypoint") or []), *(inner.get("Cmd") or [])]
    return StoredImage(
        name=name or manifest.name,
        layers=tuple(Layer(str(digest), made_by=row) for digest, row in zip(digests, made, strict=False)),
        environment=tuple((key, value) for key, value in pairs),
        command=tuple(map(str, command)),
        folder=str(inner.get("WorkingDir") or "/"),
        user=str(inner.get("User") or ""),
        architecture=str(config.get("architecture", "")),
        labels=tuple(sorted((str(k), str(v)) for k, v in (inner.get("Labels") or {}).items())),
    )


def _blob(descriptor: Mapping[str, Any]) -> str:
    kind, _, value = str(descriptor["digest"]).partition(":")
    if not (kind.isalnum() and value.isalnum()):
        raise ValueError(f"no digest: {kind}:{value}"[:80])
    return f"blobs/{kind}/{value}"


def _fitting(manifests: Sequence[Mapping[str, Any]], machine: str) -> Mapping[str, Any]:
    """Attestations, which builders put beside an image, are none."""
    real = [m for m in manifests if "vnd.docker.reference.type" not in (m.get("annotations") or {})]
    own = ARCHITECTURES.get(machine, machine)
    fitting = [m for m in real if (m.get("platform") or {}).get("architecture") == own]
    if not real:
        raise ValueError("its index names no image")
    return (fitting or real)[0]

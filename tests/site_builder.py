"""Writes installed distributions into a site folder as an installer would: files, metadata, RECORD."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path


def add_distribution(
    site: Path,
    name: str,
    version: str,
    files: Mapping[str, str | bytes] | None = None,
    requires: Sequence[str] = (),
    tags: Sequence[str] = ("py3-none-any",),
    installer: str = "pip",
    requested: bool = False,
) -> Path:
    """The dist-info folder. `files`: path relative to `site` -> content; an empty package of its name where left out."""  # noqa: E501
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    own = f"{info.name}/"
    contents: dict[str, str | bytes] = dict(
        files if files is not None else {f"{name.replace('-', '_')}/__init__.py": ""}
    )
    lines = [
        "Metadata-Version: 2.1",
        f"Name: {name}",
        f"Version: {version}",
        *(f"Requires-Dist: {r}" for r in requires),
    ]
    contents[own + "METADATA"] = "\n".join(lines) + "\n\nA description\n"
    contents[own + "WHEEL"] = "Wheel-Version: 1.0\n" + "".join(f"Tag: {tag}\n" for tag in tags)
    contents[own + "INSTALLER"] = installer + "\n"
    if requested:
        contents[own + "REQUESTED"] = ""
    record = []
    for path, content in contents.items():
        data = content.encode() if isinstance(content, str) else content
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_bytes(data)
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
        record.append(f"{path},sha256={digest},{len(data)}")
    (info / "RECORD").write_text("\n".join([*record, f"{own}RECORD,,"]) + "\n")
    return info

"""A package index's project page (JSON of PEP 691 or HTML of PEP 503) as a tuple of files.

Decides what a page says of each file; never which of them fits a patient, and reads no network.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin

from tts_doctor.parse.plain_data import json_of
from tts_doctor.parse.start_tags import start_tags

JSON_TYPE = "application/vnd.pypi.simple.v1+json"
ACCEPT = f"{JSON_TYPE}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"


@dataclass(frozen=True)
class IndexFile:
    """One file of a project; empty strings where the page does not say."""

    filename: str
    url: str
    """Absolute, without its fragment."""
    sha256: str = ""
    requires_python: str = ""
    uploaded: str = ""
    yanked: bool = False
    size: int = 0
    """Bytes, 0 where unknown."""
    has_metadata: bool = False
    """`url + ".metadata"` is its METADATA (PEP 658)."""


def read_page(body: bytes, content_type: str, url: str) -> tuple[IndexFile, ...]:
    """Files of a project page fetched from `url`. Raises ValueError where the body is not what its type says."""
    if "json" in content_type.lower():
        return _read_json(json_of(body), url)
    return tuple(_anchored(body.decode("utf-8", "replace"), url))


def _read_json(page: Any, url: str) -> tuple[IndexFile, ...]:
    if not isinstance(page, dict) or not isinstance(page.get("files"), list):
        raise ValueError("the page has no list of files")
    return tuple(_file(item, url) for item in page["files"] if isinstance(item, dict) and item.get("filename"))


def _file(item: dict[str, Any], url: str) -> IndexFile:
    hashes = item.get("hashes")
    size = item.get("size")
    return IndexFile(
        filename=str(item["filename"]),
        url=urldefrag(urljoin(url, str(item.get("url", "")))).url,
        sha256=str(hashes.get("sha256", "")) if isinstance(hashes, dict) else "",
        requires_python=str(item.get("requires-python") or ""),
        uploaded=str(item.get("upload-time") or ""),
        yanked=bool(item.get("yanked")),
        size=size if isinstance(size, int) else 0,
        has_metadata=bool(item.get("core-metadata") or item.get("dist-info-metadata")),
    )


def _anchored(page: str, base: str) -> Iterator[IndexFile]:
    for tag, values in start_tags(page):
        if tag == "base":
            base = urljoin(base, values.get("href", ""))
        elif tag == "a":
            link, fragment = urldefrag(urljoin(base, values.get("href", "")))
            name = unquote(link.rsplit("/", 1)[-1])
            if name.endswith((".whl", ".tar.gz", ".zip")):
                yield IndexFile(
                    filename=name,
                    url=link,
                    sha256=fragment[len("sha256=") :] if fragment.startswith("sha256=") else "",
                    requires_python=values.get("data-requires-python", ""),
                    yanked="data-yanked" in values,
                    has_metadata="data-core-metadata" in values or "data-dist-info-metadata" in values,
                )

"""A small package index on the loopback address: JSON or HTML pages, byte ranges, upload times."""

from __future__ import annotations

import hashlib
import html
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from packaging.utils import canonicalize_name


@dataclass
class IndexServer:
    """What is served; `requests` are (path, Range header) in the order of arrival."""

    folder: Path
    url: str = ""
    as_json: bool = True
    ranges: bool = True
    uploaded: Mapping[str, str] = field(default_factory=dict)
    """File name -> ISO time."""
    yanked: frozenset[str] = frozenset()
    requires_python: Mapping[str, str] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)

    def page(self, project: str) -> tuple[str, bytes] | None:
        files = [p for p in sorted(self.folder.iterdir()) if canonicalize_name(p.name.split("-")[0]) == project]
        if not files:
            return None
        if not self.as_json:
            rows = "".join(self._anchor(p) for p in files)
            return "text/html", f"<!DOCTYPE html><html><body>{rows}</body></html>".encode()
        items = [
            {
                "filename": p.name,
                "url": f"../../files/{p.name}",
                "hashes": {"sha256": hashlib.sha256(p.read_bytes()).hexdigest()},
                "size": p.stat().st_size,
                "upload-time": self.uploaded.get(p.name),
                "yanked": p.name in self.yanked,
                "requires-python": self.requires_python.get(p.name),
            }
            for p in files
        ]
        return "application/vnd.pypi.simple.v1+json", json.dumps({"name": project, "files": items}).encode()

    def _anchor(self, path: Path) -> str:
        wanted = self.requires_python.get(path.name)
        python = f' data-requires-python="{html.escape(wanted)}"' if wanted else ""
        yanked = ' data-yanked=""' if path.name in self.yanked else ""
        return f'<a href="../../files/{path.name}"{python}{yanked}>{path.name}</a><br>'


@contextmanager
def serve(folder: Path, **settings: object) -> Iterator[IndexServer]:
    """Serve the wheels of `folder` until the block ends."""
    index = IndexServer(folder, **settings)  # type: ignore[arg-type]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            index.requests.append((self.path, wanted))
            simple = re.fullmatch(r"/simple/([^/]+)/", self.path)
            if simple:
                page = index.page(simple[1])
                if page and self.headers.get("If-None-Match") == _etag(page[1]):
                    self._answer(304, b"", "text/plain")
                elif page:
                    self._answer(200, page[1], page[0], {"ETag": _etag(page[1])})
                else:
                    self._answer(404, b"no such project", "text/plain")
                return
            path = folder / self.path.rpartition("/")[2]
            if not path.is_file():
                self._answer(404, b"", "text/plain")
                return
            self._file(path.read_bytes(), wanted)

        def _file(self, body: bytes, wanted: str) -> None:
            span = re.fullmatch(r"bytes=(\d*)-(\d*)", wanted)
            if not span or not index.ranges:
                self._answer(200, body, "application/octet-stream")
                return
            first, last = span.groups()
            start = int(first) if first else max(0, len(body) - int(last))
            end = min(int(last) + 1, len(body)) if first and last else len(body)
            where = {"Content-Range": f"bytes {start}-{end - 1}/{len(body)}"}
            self._answer(206, body[start:end], "application/octet-stream", where)

        def _answer(self, status: int, body: bytes, kind: str, headers: Mapping[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    index.url = f"http://127.0.0.1:{server.server_address[1]}/simple"
    try:
        yield index
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _etag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:16]}"'

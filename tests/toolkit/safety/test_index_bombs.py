"""An index that answers with bombs: little that unpacks to much is refused, in bounded memory and time."""

from __future__ import annotations

import gzip
import resource
import threading
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tests.guards import ends_within

from tts_doctor.effects.http import Http
from tts_doctor.effects.index_config import IndexConfig
from tts_doctor.errors import IndexUnavailable

MEMBER = gzip.compress(bytes(64 << 20), 1)
"""Of a gzip file, which may have many."""
BEARABLE = 300 << 10
"""KiB that a test may add to the peak memory."""
BOMBS = {
    "gzip": ("gzip", lambda: MEMBER * 16),
    "deflate": ("deflate", lambda: zlib.compress(bytes(128 << 20), 1)),
    "gzip in gzip": ("gzip, gzip", lambda: gzip.compress(MEMBER * 24, 1)),
}


@pytest.fixture
def serve() -> Iterator[list[tuple[str, bytes]]]:
    """The last of the list is what is answered to everything, as (Content-Encoding, body)."""
    answers: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            encoding, body = answers[-1]
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Encoding", encoding)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    answers.append((f"http://127.0.0.1:{server.server_port}/simple/a/", b""))
    yield answers
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("name", BOMBS)
def test_a_page_that_unpacks_to_gigabytes_is_refused(name: str, serve: list[tuple[str, bytes]]) -> None:
    url = serve[0][0]
    encoding, make = BOMBS[name]
    serve.append((encoding, make()))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with ends_within(30), pytest.raises(IndexUnavailable, match="larger than 64 MiB"):
        Http(IndexConfig((url,)), {}).get(url)

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < BEARABLE

"""What the server and its engine processes say to each other over pipes: a kind, a length, a body."""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO, Tuple

HEADER = struct.Struct(">cI")
READY, ASK, STOP, AUDIO, END, FAILED = b"R", b"Q", b"S", b"A", b"E", b"F"


def write(pipe: BinaryIO, kind: bytes, body: bytes = b"") -> None:
    pipe.write(HEADER.pack(kind, len(body)) + body)
    pipe.flush()


def write_json(pipe: BinaryIO, kind: bytes, value: Any) -> None:
    # A lone surrogate is a character like any other here.
    write(pipe, kind, json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def read(pipe: BinaryIO) -> Tuple[bytes, bytes]:
    """The next kind and body. Raises EOFError where the other side has gone."""
    kind, length = HEADER.unpack(_exactly(pipe, HEADER.size))
    return kind, _exactly(pipe, length)


def _exactly(pipe: BinaryIO, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = pipe.read(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data

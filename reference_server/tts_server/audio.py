"""int16 samples in, a sound file's bytes out, whole or while they come.

NumPy and libsndfile load with the first file that needs them: a web process starts without.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, Dict, Iterable, Iterator, Tuple

from tts_server.errors import EngineError


@dataclass(frozen=True)
class Format:
    """`kind` and `subtype` as libsndfile calls them; `rates` it takes, any where there are none."""

    mimetype: str
    kind: str = ""
    subtype: str = ""
    rates: Tuple[int, ...] = ()
    streams: bool = True
    """False where players need what is only known at the end."""


FORMATS: Dict[str, Format] = {
    "wav": Format("audio/wav"),
    "pcm": Format("audio/pcm"),
    "mp3": Format("audio/mpeg", "MP3", "MPEG_LAYER_III"),
    "flac": Format("audio/flac", "FLAC", "PCM_16", streams=False),
    "opus": Format("audio/ogg", "OGG", "OPUS", (8000, 12000, 16000, 24000, 48000)),
}
UNKNOWN_LENGTH = 0xFFFFFFFF


def wav_header(rate: int, length: int = UNKNOWN_LENGTH) -> bytes:
    """RIFF, PCM, 16 bit, one channel; `length` of the samples in bytes, unknown while they still come."""
    riff = UNKNOWN_LENGTH if length == UNKNOWN_LENGTH else length + 36
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, rate * 2, 2, 16)
    return struct.pack("<4sI4s", b"RIFF", riff, b"WAVE") + form + struct.pack("<4sI", b"data", length)


def encode(samples: bytes, rate: int, name: str = "wav") -> bytes:
    """A whole file in one of FORMATS."""
    if name == "wav":
        return wav_header(rate, len(samples)) + samples
    return b"".join(encoded([samples], rate, name, whole=True))


def encoded(pieces: Iterable[bytes], rate: int, name: str, whole: bool = False) -> Iterator[bytes]:
    """The file piece by piece, nothing held back but what the format needs; `whole`: at once, its length noted."""
    chosen = FORMATS[name]
    if not chosen.kind:
        if name == "wav":
            yield wav_header(rate)
        yield from pieces
        return
    try:
        import numpy as np
        import soundfile
    except (ImportError, OSError) as error:
        raise EngineError(f"{name} needs the distribution soundfile with libsndfile: {error}") from error
    target = min((near for near in chosen.rates if near >= rate), default=rate)
    tail = _Tail()
    # At a constant bit rate players reckon the length of an MP3 stream from its size.
    more = {"bitrate_mode": "CONSTANT", "compression_level": 0.6} if name == "mp3" else {}
    whole = whole or not chosen.streams
    with soundfile.SoundFile(tail, "w", target, 1, format=chosen.kind, subtype=chosen.subtype, **more) as file:
        for piece in pieces:
            # libsndfile's Vorbis and Opus encoders overflow the stack on very long blocks.
            samples = _resampled(np.frombuffer(piece, np.int16), rate, target)
            for start in range(0, len(samples), 4096):
                file.write(samples[start : start + 4096])
            ready = b"" if whole else tail.taken()
            if ready:
                yield ready
    yield tail.taken()


def _resampled(samples: Any, rate: int, target: int) -> Any:
    if rate == target:
        return samples
    import numpy as np

    places = np.arange(int(len(samples) * target / rate)) * (rate / target)
    return np.interp(places, np.arange(len(samples)), samples).astype(np.int16)


class _Tail:
    """A file of which only the end is kept: what is written over bytes that have already left is lost.

    Encoders come back at the end to note a length in the first bytes; players of a stream do without it.
    """

    def __init__(self) -> None:
        self._start = 0
        self._bytes = bytearray()
        self._place = 0

    def taken(self) -> bytes:
        taken = bytes(self._bytes)
        self._start += len(taken)
        self._bytes.clear()
        return taken

    def write(self, data: Any) -> int:
        data = bytes(data)
        offset = self._place - self._start
        self._place += len(data)
        if offset < 0:
            kept = data[-offset:]
            self._bytes[0 : len(kept)] = kept
        else:
            self._bytes[offset : offset + len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        base = {0: 0, 1: self._place, 2: self._start + len(self._bytes)}[whence]
        self._place = base + offset
        return self._place

    def tell(self) -> int:
        return self._place

    def read(self, count: int = -1) -> bytes:
        return b""

    def flush(self) -> None:
        """Nothing waits anywhere."""

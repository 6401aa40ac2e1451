"""A sound file's first bytes -> its kind; its frames -> how long it lasts. Reads containers, decodes no sound."""

from __future__ import annotations

import struct
from dataclasses import dataclass

MP3_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
MP3_BITS = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
OPUS_RATE = 48000


@dataclass(frozen=True)
class Sound:
    """`seconds` is None where the container does not tell."""

    kind: str
    rate: int = 0
    seconds: float | None = None


def read_sound(data: bytes) -> Sound | None:
    """`flac`, `opus`, `ogg`, `mp3`, `wav` or `aac`; None for anything else, bare samples and pages of text among it."""
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return Sound("wav")
    if data[:4] == b"fLaC" and len(data) >= 26:
        return _flac(data)
    if data[:4] == b"OggS":
        return _ogg(data)
    if data[:3] == b"ID3" or (len(data) > 4 and data[0] == 0xFF and data[1] & 0xE6 == 0xE2):
        return _mp3(data)
    if len(data) > 2 and data[0] == 0xFF and data[1] & 0xF6 == 0xF0:
        return Sound("aac")
    return None


def _flac(data: bytes) -> Sound:
    """From STREAMINFO: 20 bits of rate, 8 of shape, 36 of length; a length of 0 is unknown."""
    packed = int.from_bytes(data[18:26], "big")
    rate, count = packed >> 44, packed & ((1 << 36) - 1)
    return Sound("flac", rate, count / rate if rate and count else None)


def _ogg(data: bytes) -> Sound:
    """From the last page's position, which for Opus counts samples at 48 kHz."""
    start = data.find(b"OpusHead", 0, 200)
    if start < 0 or len(data) < start + 16:
        return Sound("ogg")
    skip, rate = struct.unpack_from("<HI", data, start + 10)
    last = data.rfind(b"OggS")
    position = struct.unpack_from("<q", data, last + 6)[0] if len(data) >= last + 14 else -1
    return Sound("opus", rate, (position - skip) / OPUS_RATE if position > skip else None)


def _mp3(data: bytes) -> Sound | None:
    """By walking the frames of layer III; an ID3 tag before them is skipped."""
    place = 0
    if data[:3] == b"ID3" and len(data) > 10:
        size = 0
        for byte in data[6:10]:
            size = size << 7 | byte & 0x7F
        place = size + 10
    seconds, rate = 0.0, 0
    while place + 4 <= len(data):
        head = int.from_bytes(data[place : place + 4], "big")
        version, layer, bits, pace = head >> 19 & 3, head >> 17 & 3, head >> 12 & 15, head >> 10 & 3
        if head >> 21 != 0x7FF or layer != 1 or version == 1 or bits in (0, 15) or pace == 3:
            break
        newest = version == 3
        rate = MP3_RATES[version][pace]
        place += (144 if newest else 72) * MP3_BITS[newest][bits] * 1000 // rate + (head >> 9 & 1)
        seconds += (1152 if newest else 576) / rate
    return Sound("mp3", rate, seconds) if seconds else None

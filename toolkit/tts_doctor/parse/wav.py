"""A WAV file's bytes -> what its header says and what its samples are. Decides nothing about good and bad."""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import mul

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
OPEN_LENGTHS = (0, 0xFFFFFFFF, 0x7FFFFFFF)
"""What writers of a stream put where the length of the samples would stand."""
MOST_SAMPLES = 3_000_000
"""So many are measured: a minute at 48 kHz."""
PLATEAU = 3
"""So many samples in a row at the loudest value are a cut-off top."""
WINDOWS_PER_SECOND = 20
QUIET = 0.003
"""Of full scale, -50 dB: a window whose loudest sample is below it is silence."""


class WavError(ValueError):
    """The bytes are no WAV file that can be read; the message says what they lack."""


@dataclass(frozen=True)
class Wav:
    """The header, and where the samples lie. Lengths are in bytes."""

    encoding: int
    channels: int
    rate: int
    bits: int
    byte_rate: int
    declared: int
    """Length of the samples as the header has it; 0 where it leaves that open (a stream)."""
    samples: bytes

    @property
    def frame(self) -> int:
        return self.channels * self.bits // 8

    @property
    def seconds(self) -> float:
        return len(self.samples) / (self.frame * self.rate) if self.frame and self.rate else 0.0

    @property
    def missing(self) -> int:
        """Bytes that the header promises and that did not come."""
        return max(0, self.declared - len(self.samples))


@dataclass(frozen=True)
class Loudness:
    """Parts of full scale, all channels taken together."""

    peak: float
    rms: float
    offset: float
    """The mean: a direct current below the sound."""
    clipped: float
    """Part of the samples that belong to a cut-off top."""
    silent: float
    """Part of the time that is silence."""


def read_wav(data: bytes) -> Wav:
    """Raises WavError."""
    if len(data) < 12 or data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise WavError("it does not begin as a WAV file does")
    place, form = 12, b""
    while place + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, place)
        place += 8
        if name == b"data":
            return _with_samples(form, data, place, length)
        if name == b"fmt ":
            form = data[place : place + length]
        place += length + (length & 1)
    raise WavError("it has no samples")


def _with_samples(form: bytes, data: bytes, place: int, length: int) -> Wav:
    if len(form) < 16:
        raise WavError("its header does not say what the samples are")
    encoding, channels, rate, byte_rate, _, bits = struct.unpack_from("<HHIIHH", form)
    if encoding == EXTENSIBLE and len(form) >= 26:
        encoding = struct.unpack_from("<H", form, 24)[0]
    if not (channels and rate and bits and bits % 8 == 0):
        raise WavError(f"its header says {channels} channels, {rate} Hz, {bits} bits")
    declared = 0 if length in OPEN_LENGTHS or length >= 0xFFFFFF00 else length
    return Wav(encoding, channels, rate, bits, byte_rate, declared, data[place : place + (declared or len(data))])


def measure(wav: Wav) -> Loudness | None:
    """None for encodings that are no plain samples, and where there are none."""
    found = _values(wav)
    if not found:
        return None
    values, full, middle = found
    low, high, count = min(values), max(values), len(values)
    mean = sum(values) / count
    power = sum(map(mul, values, values)) / count
    loudest = max(high - middle, middle - low)
    tops = {value for value in (low, high) if abs(value - middle) > 0.4 * full}
    return Loudness(
        peak=loudest / full,
        rms=max(0.0, power - mean * mean) ** 0.5 / full,
        offset=(mean - middle) / full,
        clipped=_cut_off(values, tops) / count,
        silent=_silence(values, max(100, wav.rate * wav.channels // WINDOWS_PER_SECOND), mean, QUIET * full),
    )


def pcm(samples: bytes, rate: int) -> Wav:
    """Bare 16-bit samples of one channel, as if they had a header."""
    return Wav(PCM, 1, rate, 16, rate * 2, len(samples), samples)


def _cut_off(values: Sequence[float], tops: set[float]) -> int:
    """Samples that belong to a plateau at one of the extremes."""
    if sum(map(values.count, tops)) < len(values) // 2000:
        return 0  # too few to matter, and counting runs takes long
    runs = (sum(1 for _ in run) for value, run in groupby(values) if value in tops)
    return sum(length for length in runs if length >= PLATEAU)


def _silence(values: array[int] | array[float], size: int, mean: float, quiet: float) -> float:
    windows = [values[start : start + size] for start in range(0, len(values), size)]
    return sum(max(w) - mean < quiet and mean - min(w) < quiet for w in windows) / len(windows)


def _values(wav: Wav) -> tuple[array[int] | array[float], float, float] | None:
    """The samples, what full scale is, and where the middle lies."""
    width = wav.bits // 8
    data = wav.samples[: MOST_SAMPLES * width]
    data = data[: len(data) - len(data) % width]
    if not data:
        return None
    if wav.encoding == FLOAT and width == 4:
        floats = array("f", data)
        if sys.byteorder == "big":
            floats.byteswap()
        finite = array("d", (value if abs(value) < 1e6 else 0.0 for value in floats))
        return finite, 1.0, 0.0
    if wav.encoding != PCM or width > 4:
        return None
    if width == 1:
        return array("B", data), 128.0, 128.0
    upper = bytearray(len(data) // width * 2)  # of wider samples the upper 16 bits tell enough
    upper[0::2] = data[width - 2 :: width]
    upper[1::2] = data[width - 1 :: width]
    values = array("h", bytes(upper))
    if sys.byteorder == "big":
        values.byteswap()
    return values, 32768.0, 0.0

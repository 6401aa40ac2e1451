"""What a WAV file's header says and what its samples are, also where they disagree."""

from __future__ import annotations

import contextlib
import io
import math
import struct
import wave
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tts_doctor.parse.wav import Wav, WavError, measure, read_wav

RATE = 8000


def sine(loudness: float, count: int = RATE) -> list[float]:
    return [loudness * math.sin(2 * math.pi * 200 * n / RATE) for n in range(count)]


def written(values: list[float], width: int, channels: int = 1) -> bytes:
    """A file that the standard library writes."""
    full = 1 << (8 * width - 1)
    numbers = [max(-full, min(full - 1, int(v * full))) for v in values for _ in range(channels)]
    if width == 1:
        data = bytes(n + 128 for n in numbers)
    else:
        data = b"".join(n.to_bytes(width, "little", signed=True) for n in numbers)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((channels, width, RATE, 0, "NONE", ""))
        file.writeframes(data)
    return out.getvalue()


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2])
def test_loudness_is_the_same_in_every_width(width: int, channels: int) -> None:
    found = read_wav(written(sine(0.5), width, channels))
    loud = measure(found)

    assert (RATE, channels, 8 * width, 1.0, 0) == (found.rate, found.channels, found.bits, found.seconds, found.missing)
    assert loud is not None
    assert (0.5, 0.354, 0.0, 0.0) == pytest.approx((loud.peak, loud.rms, loud.offset, loud.silent), abs=0.02)
    assert 0.0 == loud.clipped or width == 1  # eight bits have flat tops of their own


def test_floats() -> None:
    data = array("f", sine(0.5)).tobytes()
    loud = measure(Wav(3, 1, RATE, 32, RATE * 4, len(data), data))

    assert loud is not None
    assert 0.5 == pytest.approx(loud.peak, abs=0.01)


def test_a_cut_off_top_is_no_loud_sine() -> None:
    """A sine at full scale touches its top; one beyond it is cut off there."""
    fine, cut = (measure(read_wav(written(sine(loudness), 2))) for loudness in (0.999, 1.5))

    assert fine is not None and cut is not None
    assert fine.clipped < 0.002 < 0.2 < cut.clipped


def test_offset_and_silence() -> None:
    shifted = measure(read_wav(written([0.1 + v for v in sine(0.2)], 2)))
    half = measure(read_wav(written(sine(0.5) + [0.0] * RATE, 2)))

    assert shifted is not None and half is not None
    assert 0.1 == pytest.approx(shifted.offset, abs=0.01)
    assert 0.5 == pytest.approx(half.silent, abs=0.06)


def test_a_stream_leaves_its_length_open() -> None:
    data = bytearray(written(sine(0.5), 2))
    data[40:44] = struct.pack("<I", 0xFFFFFFFF)
    found = read_wav(bytes(data))

    assert (0, 0, 1.0) == (found.declared, found.missing, found.seconds)


def test_what_is_missing_is_counted() -> None:
    assert 1000 == read_wav(written(sine(0.5), 2)[:-1000]).missing


@pytest.mark.parametrize(
    "data", [b"", b"RIFF", b"<html>", b"RIFF\0\0\0\0WAVE", b"RIFF\0\0\0\0WAVEdata\4\0\0\0abcd", b"ID3" + bytes(60)]
)
def test_what_is_no_wav_is_said(data: bytes) -> None:
    with pytest.raises(WavError):
        read_wav(data)


@given(st.binary(max_size=80))
def test_no_bytes_crash_it(noise: bytes) -> None:
    with contextlib.suppress(WavError):
        measure(read_wav(b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0" + noise))

"""Kind and length of sound files as libsndfile writes them."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tts_doctor.parse.sound import read_sound

soundfile = pytest.importorskip("soundfile")
numpy = pytest.importorskip("numpy")


def written(kind: str, subtype: str, rate: int, seconds: float) -> bytes:
    out = io.BytesIO()
    samples = 0.3 * numpy.sin(numpy.arange(int(rate * seconds)) / 20)
    soundfile.write(out, samples, rate, format=kind, subtype=subtype)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "kind", "subtype", "rate"),
    [
        ("flac", "FLAC", "PCM_16", 24000),
        ("opus", "OGG", "OPUS", 24000),
        ("mp3", "MP3", "MPEG_LAYER_III", 24000),
        ("mp3", "MP3", "MPEG_LAYER_III", 44100),
        ("mp3", "MP3", "MPEG_LAYER_III", 8000),
    ],
)
def test_kind_rate_and_length(name: str, kind: str, subtype: str, rate: int) -> None:
    """An encoder adds a frame or two of silence."""
    found = read_sound(written(kind, subtype, rate, 2.0))

    assert found is not None
    assert (name, rate) == (found.kind, found.rate)
    assert 2.0 == pytest.approx(found.seconds, abs=0.25)


@pytest.mark.parametrize(
    ("data", "kind"),
    [(b"RIFF\0\0\0\0WAVE", "wav"), (b"OggS" + bytes(60), "ogg"), (b"\xff\xf1\x50\x80", "aac")],
)
def test_others_are_named(data: bytes, kind: str) -> None:
    found = read_sound(data)

    assert found is not None and kind == found.kind


@pytest.mark.parametrize("data", [b"", b"<html>", b'{"error": 1}', bytes(100), b"ID3" + bytes(40)])
def test_what_is_no_sound(data: bytes) -> None:
    assert read_sound(data) is None


@given(st.sampled_from([b"fLaC", b"OggSOpusHead", b"ID3", b"\xff\xfb\x90\x00"]), st.binary(max_size=60))
def test_no_bytes_crash_it(start: bytes, noise: bytes) -> None:
    read_sound(start + noise)

"""Decodes a sound file with a decoder that is at hand, in a process of its own, to learn how long it lasts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping

SECONDS = 20
RATE = 16000
MOST = 8 * 1024 * 1024
CODE = """
import io, sys
import soundfile
with soundfile.SoundFile(io.BytesIO(sys.stdin.buffer.read())) as sound:
    count = sum(len(block) for block in sound.blocks(blocksize=65536, dtype="int16"))
    print(count / sound.samplerate)
"""


def decoder(environ: Mapping[str, str], python: str = "") -> tuple[str, ...]:
    """The command of a decoder: ffmpeg, or a Python (ours, the patient's) that has soundfile; empty without one."""
    program = shutil.which("ffmpeg", path=environ.get("PATH", os.defpath))
    if program:
        return (program, "-v", "error", "-i", "pipe:0", "-f", "s16le", "-ac", "1", "-ar", str(RATE), "pipe:1")
    for executable in (sys.executable, python):
        if executable and _run((executable, "-I", "-c", "import soundfile"), b"") is not None:
            return (executable, "-I", "-c", CODE)
    return ()


def decoded_seconds(command: tuple[str, ...], data: bytes) -> float | None:
    """Seconds of sound; None without a decoder, -1 where it fails."""
    if not command or len(data) > MOST:
        return None
    written = _run(command, data)
    if written is None:
        return -1.0
    if command[-1] == "pipe:1":
        return len(written) / 2 / RATE
    try:
        return float(written)
    except ValueError:
        return -1.0


def _run(command: tuple[str, ...], data: bytes) -> bytes | None:
    try:
        ran = subprocess.run(
            command, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return ran.stdout if ran.returncode == 0 else None

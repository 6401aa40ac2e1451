"""A new user's first minutes on the oldest and the newest Python: install the server, say a text, nothing else."""

from __future__ import annotations

import os
import subprocess
import wave
from pathlib import Path

import pytest
from tests.pythons import python_or_skip

SERVER = Path(__file__).parents[2] / "reference_server"
TEXT = '<speak>今天气温25°C，<break time="300ms"/><emotion category="happy">我太高兴了</emotion></speak>'


@pytest.mark.slow
@pytest.mark.network
@pytest.mark.parametrize("minor", ["3.8", "3.9", "3.10", "3.12", "3.13"])
def test_pip_install_then_say(minor, tmp_path):
    python = tmp_path / "env/bin/python"
    subprocess.run([python_or_skip(minor), "-m", "venv", str(tmp_path / "env")], check=True)
    done = subprocess.run(
        [str(python), "-m", "pip", "install", "-q", str(SERVER)], capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stderr[-3000:]
    target = tmp_path / "out.wav"
    command = [str(tmp_path / "env/bin/tts-server"), "say", TEXT, "-o", str(target), "--engine", "fastspeech2"]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=600, cwd=tmp_path,
        env={**os.environ, "TTS_SERVER_CACHE": str(tmp_path / "cache")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    with wave.open(str(target)) as file:
        assert 2 < file.getnframes() / file.getframerate() < 8

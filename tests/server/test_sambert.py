"""ModelScope's voice: what is said where it is not, and a model of the true size with modelscope and torch installed.

Weights are random, and the text front end is a stand-in: the real ones are on ModelScope's hub alone. What is tested
is all between them: loading, speakers, mark-up, the acoustic model, the vocoder, both formats of its sound, the server.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from tests.pythons import python_or_skip

from tts_server.engines import sambert
from tts_server.engines.base import Manner

HERE = Path(__file__).parent
SERVER = HERE.parents[1] / "reference_server"
REQUIREMENTS = [
    "torch==2.13.0", "modelscope==1.2.1", "numpy==1.26.4", "scipy==1.12.0", "pyarrow==14.0.2", "datasets==2.8.0",
    "transformers==4.41.2", "setuptools<82", "librosa", "sentencepiece", "matplotlib", "unidecode", "inflect",
    "pytorch_wavelets", "PyWavelets", "tensorboardX",
]  # fmt: skip
VOICE = "zhitian_emo"


@pytest.mark.parametrize(
    ("voice", "manner", "said"),
    [
        (VOICE, Manner(), "你好"),
        (VOICE, Manner("happy"), '<speak><emotion category="happy" intensity="1.0">你好</emotion></speak>'),
        (VOICE, Manner("sad", intensity=0.5), '<speak><emotion category="sad" intensity="0.5">你好</emotion></speak>'),
        ("zhitian", Manner("happy"), "你好"),
    ],
)
def test_emotions_travel_in_the_text_of_speakers_that_have_them(voice, manner, said):
    assert sambert.marked("你好", manner, voice) == said


@pytest.mark.parametrize("subtype", ["PCM_16", "FLOAT", "DOUBLE"])
def test_both_kinds_of_wav_are_read(subtype):
    soundfile = pytest.importorskip("soundfile")
    wav, sound = io.BytesIO(), np.linspace(-0.5, 0.5, 1600)
    soundfile.write(wav, sound, 16000, format="WAV", subtype=subtype)
    samples, rate = sambert.decoded(wav.getvalue())
    assert (rate, samples.dtype) == (16000, np.float32)
    assert np.abs(samples - sound).max() < 1e-4


def test_no_sound_at_all_is_silence():
    assert len(sambert.decoded(b"")[0]) == 0


def installed(python, *requirements):
    command = ["uv", "pip", "install", "-q", "--python", str(python), *requirements]
    return subprocess.run(command, capture_output=True, text=True, timeout=900)


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """A Python 3.11 with modelscope, torch and the server, but without ttsfrd."""
    folder = tmp_path_factory.mktemp("sambert")
    if not shutil.which("uv"):
        pytest.skip("no uv")
    subprocess.run(["uv", "venv", "-q", "--python", python_or_skip("3.11"), str(folder / "env")], check=True)
    python = folder / "env/bin/python"
    done = installed(python, *REQUIREMENTS, str(SERVER))
    if done.returncode:
        pytest.skip(f"modelscope and torch cannot be installed: {done.stderr[-500:]}")
    return python


@pytest.fixture(scope="module")
def model(environment, tmp_path_factory):
    """A model folder in ModelScope's format, random weights of the true size, the front end's stand-in beside."""
    shutil.copy(HERE / "sambert/ttsfrd.py", next(environment.parents[1].glob("lib/python3*/site-packages")))
    folder = tmp_path_factory.mktemp("model")
    command = [str(environment), str(HERE / "sambert/make_model.py"), str(folder), VOICE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout.splitlines()[-1]) == [12_667_875, 4_872_738]
    return folder


def run(python, *arguments, **environment):
    """The server's command with the engine sambert in that environment."""
    command = [str(python), "-m", "tts_server", *arguments, "--engine", "sambert"]
    given = {"PATH": "/usr/bin:/bin", "HOME": str(python.parents[2]), **environment}
    return subprocess.run(command, capture_output=True, text=True, timeout=600, env=given, cwd="/")


def test_without_torch_it_says_what_to_install():
    done = run(Path(sys.executable), "check")
    if "torch" not in done.stderr:
        pytest.skip("torch is installed here")
    assert done.returncode == 1
    assert "No module named 'torch'; pip install torch" in done.stderr


@pytest.mark.slow
@pytest.mark.network
def test_without_its_front_end_the_server_and_the_doctor_say_so(environment, tmp_path):
    done = run(environment, "check")
    assert done.returncode == 1
    assert "No module named 'ttsfrd'; ttsfrd from ModelScope's own wheel page" in done.stderr
    log = tmp_path / "log"
    log.write_text(done.stderr)
    doctor = [sys.executable, "-m", "tts_doctor", "diagnose", "--python", str(environment), "--log", str(log)]
    told = subprocess.run(
        doctor, capture_output=True, text=True, timeout=300,
        env={**os.environ, "TTS_DOCTOR_STATE": str(tmp_path / "state"), "TTS_DOCTOR_CACHE": str(tmp_path / "cache")},
    )  # fmt: skip
    assert "ttsfrd" in told.stdout and "Unexplained" not in told.stdout, told.stdout


@pytest.mark.slow
@pytest.mark.network
def test_it_speaks_end_to_end(environment, model, tmp_path):
    lengths = {}
    for name, more in {"plain": [], "happy": ["--emotion", "happy"], "fast": ["--speed", "2"]}.items():
        target = tmp_path / f"{name}.wav"
        done = run(environment, "say", "今天天气很好", "-o", str(target), *more, TTS_SERVER_MODEL=str(model))
        assert done.returncode == 0, done.stderr[-3000:]
        with wave.open(str(target)) as file:
            assert (file.getframerate(), file.getsampwidth()) == (16000, 2)
            lengths[name] = file.getnframes()
    assert lengths["plain"] > 16000
    assert lengths["fast"] == pytest.approx(lengths["plain"] / 2, rel=0.05)
    sounds = [(tmp_path / f"{name}.wav").read_bytes() for name in ("plain", "happy")]
    assert sounds[0] != sounds[1]


@pytest.mark.slow
@pytest.mark.network
def test_a_speaker_that_is_not_there_is_refused(environment, model, tmp_path):
    arguments = ["say", "你好", "-o", str(tmp_path / "a.wav"), "--voice", "happy"]
    done = run(environment, *arguments, TTS_SERVER_MODEL=str(model))
    assert (done.returncode, VOICE in done.stderr) == (1, True)

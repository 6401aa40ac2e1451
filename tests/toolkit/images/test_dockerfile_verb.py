"""`tts-doctor dockerfile` as it is called: files in their places, shims in the image, JSON as its schema has it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import jsonschema
import pytest

from tts_doctor.effects.shim import build_shim, pack_installed, parse_wish
from tts_doctor.errors import UsageError
from tts_doctor.model.facts import Distribution, RecordEntry

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "schema" / "dockerfile.schema.json").read_text("utf-8"))
TOLD = "# Computed by `tts-doctor lock x` for Python 3.10; do not edit.\n"
LOCK = TOLD + "pydub==0.25.1 \\\n    --hash=sha256:" + "0" * 64


def test_a_generated_file_as_json(doctor, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """The text, the packages with their reasons, the notes."""
    (tmp_path / "requirements.lock").write_text(LOCK + "\n")
    ran = doctor("dockerfile", "--lock", "requirements.lock", "--offline", "--format", "json", "-o", "Dockerfile")
    found = json.loads(ran.stdout)
    jsonschema.validate(found, SCHEMA)
    assert found["packages"] == [
        {"name": "ffmpeg", "version": "7:5.1.*", "why": "pydub starts ffmpeg for anything but WAV"},
        {"name": "tini", "version": "0.19.*", "why": found["packages"][1]["why"]},
    ]
    assert (tmp_path / ".dockerignore").exists()


def test_faults_as_json(doctor, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "Dockerfile").write_text("FROM python\nRUN pip install numpy\nCMD python app.py\n")
    jsonschema.validate(
        json.loads(doctor("dockerfile", "--repair", "Dockerfile", "--offline", "--format", "json").stdout), SCHEMA
    )


def test_a_shim_becomes_part_of_the_image(doctor, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """A wheel in the build context, installed like any other; the comment says for whom."""
    (tmp_path / "requirements.lock").write_text(LOCK + "\n")
    wish = ("--shim", "closed=scipy.misc:logsumexp,numpy:float")
    ran = doctor("dockerfile", "--lock", "requirements.lock", "--offline", *wish, "-o", "Dockerfile")
    text = (tmp_path / "Dockerfile").read_text()
    assert (ran.returncode, ran.stderr) == (0, ran.stderr)
    assert "COPY shims/tts_doctor_shim_closed-1-py3-none-any.whl /tmp/shims/\n" in text
    assert "--no-deps --no-index /tmp/shims/*.whl \\\n" in text
    assert " --shim " in text.splitlines()[0]
    with zipfile.ZipFile(tmp_path / "shims" / "tts_doctor_shim_closed-1-py3-none-any.whl") as archive:
        assert "CONSUMERS = ('closed',)" in archive.read("tts_doctor_shim_closed.py").decode()


def test_an_installed_shim_is_packed_as_it_was(tmp_path: Path) -> None:
    """What the installer wrote beside it is left out: the same bytes come back."""
    wheel = build_shim("closed", ["scipy.misc:logsumexp"], (3, 10), tmp_path)
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
        records = tuple(RecordEntry(name) for name in archive.namelist())
    (site / "__pycache__").mkdir()
    dist = Distribution(
        "tts-doctor-shim-closed", "1", str(site), records=(*records, RecordEntry("__pycache__/a.pyc")), has_record=True
    )
    (tmp_path / "again").mkdir()
    assert pack_installed(dist, tmp_path / "again").read_bytes() == wheel.read_bytes()


@pytest.mark.parametrize("text", ["closed", "=numpy", "closed=", "a b=numpy"])
def test_a_wish_that_says_too_little(text: str) -> None:
    with pytest.raises(UsageError):
        parse_wish(text)

"""The text file that could not be decoded, told by the place that the error names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tts_doctor.effects.read_misencoded import read_misencoded
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Facts
from tts_doctor.model.surroundings import MisencodedFile
from tts_doctor.parse.symptom import read_symptom
from tts_doctor.signs import misencoded_file

TEXT = "VOICE=xiaoyan\nSPEED=1.2\n"
CHINESE = "# 声音\nVOICE=小燕\n"


def failure(data: bytes) -> str:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return f"Traceback (most recent call last):\n  File \"app.py\", line 1, in f\nUnicodeDecodeError: {error}\n"
    return "json.decoder.JSONDecodeError: Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)\n"


@pytest.mark.parametrize(
    ("data", "encoding", "step"),
    [
        (TEXT.encode("utf-16"), "utf-16", "patch"),
        (TEXT.encode("utf-8-sig"), "utf-8-sig", "patch"),
        (CHINESE.encode("gbk"), "gb2312", "patch"),
        ("NAME=café\n".encode("latin-1"), "", "code-change"),
        ("NAME=größer\nTITEL=Größe\n".encode("latin-1"), "", "code-change"),
        ("название=голос\n".encode("cp1251"), "", "code-change"),
        ("이름=목소리\n".encode("euc-kr"), "", "code-change"),
        ("聲音=這是測試\n".encode("big5"), "big5", "patch"),
        (b"x" * 9000 + CHINESE.encode("gbk"), "gb2312", "patch"),
    ],
    ids=["utf-16", "mark", "gbk", "unknown", "german", "russian", "korean", "big5", "beyond-a-chunk"],
)
def test_the_file_that_fails_at_the_named_place(tmp_path: Path, data: bytes, encoding: str, step: str) -> None:
    (tmp_path / "app.py").write_text("print(1)\n")
    (tmp_path / ".env").write_bytes(data)
    (tmp_path / "logo.bin").write_bytes(data[:3] + b"\xff\xfe\0\0")
    (tmp_path / "other.txt").write_bytes("Überall\n".encode("latin-1"))
    facts = Facts(cwd=str(tmp_path))
    symptom = read_symptom(failure(data), exit_code=1)
    found = read_misencoded(facts, symptom, ("python", "app.py"), {})
    assert found == (MisencodedFile(str(tmp_path / ".env"), encoding),)
    (finding,) = misencoded_file.find(Examination(Facts(misencoded_files=found), symptom))
    assert [(a.action, a.spec or "") for a in finding.treatment.actions] == [(step, encoding)]


def test_a_source_file_is_named_by_the_message(tmp_path: Path) -> None:
    source = tmp_path / "conf.py"
    source.write_bytes(CHINESE.encode("gbk"))
    text = f"SyntaxError: Non-UTF-8 code starting with '\\xc9' in file {source} on line 1, but no encoding declared\n"
    found = read_misencoded(Facts(cwd="/"), read_symptom(text, exit_code=1), ("python", "app.py"), {})
    assert found == (MisencodedFile(str(source), "gb2312"),)


@pytest.mark.parametrize(
    "text", ["ValueError: no\n", "UnicodeDecodeError: 'ascii' codec can't decode byte 0xe5 in position 0"]
)
def test_other_failures_look_at_no_file(tmp_path: Path, text: str) -> None:
    (tmp_path / ".env").write_bytes(TEXT.encode("utf-16"))
    assert read_misencoded(Facts(cwd=str(tmp_path)), read_symptom(text, exit_code=1), ("python", "-c", "1"), {}) == ()

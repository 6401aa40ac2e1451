"""A text file of the user's own is in another encoding than the program reads: UTF-16 as PowerShell writes it, a mark
at the begin, GBK.

The error names no file: `'utf-8' codec can't decode byte 0xff in position 0`. Present where a file beside the script,
or in the caller's folder, fails at just that byte. Where its own encoding is beyond doubt it is written anew as UTF-8,
with the same text; otherwise only its owner can tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from tts_doctor.model.examination import Examination
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Treatment
from tts_doctor.model.surroundings import MisencodedFile
from tts_doctor.model.text import Text
from tts_doctor.signs.parties import consumer_of, last_chain, party

SHOWN = {
    "utf-8-sig": Text("UTF-8 with a mark at its begin", "带 BOM 的 UTF-8"),
    "": Text("in an encoding that is not UTF-8", "UTF-8 以外的编码"),
}


def find(case: Examination) -> Iterator[Finding]:
    if case.symptom is None or not case.symptom.failed:
        return
    for file in case.facts.misencoded_files:
        yield _finding(case, file)


def _finding(case: Examination, file: MisencodedFile) -> Finding:
    name = PurePosixPath(file.path).name
    chain = last_chain(case.symptom) if case.symptom else ()
    reader = next((c for error in reversed(chain) if (c := consumer_of(case.facts, error, "").name)), "")
    shown = SHOWN.get(file.encoding) or Text(file.encoding.upper())
    why = Text(f"the same text as UTF-8, read as {file.encoding}", f"按 {file.encoding} 读取，以 UTF-8 写出，文字不变")
    anew = Action("patch", file.path, spec=file.encoding, why=why)
    by_hand = Action("code-change", file.path, why=Text("save it as UTF-8", "另存为 UTF-8"))
    return Finding(
        id="misencoded-file",
        title=Text(f"{name} is {shown.en}", f"{name} 是{shown.zh or shown.en}"),
        cause=Text(
            f"{file.path} is {shown.en}, and {reader or 'the program'} reads it as UTF-8.",
            f"{file.path} 是{shown.zh or shown.en}，而 {reader or '程序'} 按 UTF-8 读取。",
        ),
        confidence=0.93 if file.encoding else 0.75,
        culprits=(Culprit(Kind.FILE, name), *((party(case.facts, reader),) if reader else ())),
        evidence=(
            Evidence("misencoded-file", file.path, file.encoding or "no UTF-8 where the error says", "UTF-8"),
        ),
        treatment=Treatment((anew if file.encoding else by_hand,)),
    )

"""Finds the text file that a failing command could not decode: the one whose own bytes fail at just the place that the
error names. Runs and decides nothing.

Looks into the folder of the script, the caller's, and those in them; a source file is named by the message itself.
"""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from tts_doctor.effects.read_bounded import read_bytes
from tts_doctor.effects.read_shadows import first_folders
from tts_doctor.model.facts import Facts
from tts_doctor.model.surroundings import MisencodedFile
from tts_doctor.model.symptom import Symptom
from tts_doctor.parse.guess_encoding import guess_encoding

UNDECODED = re.compile(
    r"'utf-?8' codec can't decode byte(?:s| 0x(?P<byte>[0-9a-f]{2})) in position (?P<place>\d+)(?!\d)"
)
SOURCE = re.compile(r"Non-UTF-8 code starting with '\\x(?P<byte>[0-9a-f]{2})' in file (?P<path>.+?) on line")
NULLS = re.compile(r"source code (?:string )?cannot contain null bytes")
MARKED = re.compile("Unexpected UTF-8 BOM|\ufeff|\\\\ufeff|\u00ef\u00bb\u00bf")
CHUNK = 8192
"""Bytes that a text stream decodes at a time; a place in the error counts from the chunk's begin."""
LARGEST = 1 << 20
MOST_FILES = 300
MOST = 3


def read_misencoded(
    facts: Facts, symptom: Symptom, command: Sequence[str], environ: Mapping[str, str]
) -> tuple[MisencodedFile, ...]:
    """What fits the error, the folder of the script first."""
    text = "\n".join(error.message for error in symptom.errors)
    source = SOURCE.search(text)
    undecoded = UNDECODED.search(text)
    if source:
        return tuple(_judged([os.path.join(facts.cwd, source["path"])], Place()))
    if NULLS.search(text):
        last = [e.frames[-1].file for e in symptom.errors if e.frames and NULLS.search(e.message)]
        return tuple(_judged([p for p in last if not p.startswith("<")], Place()))
    if not undecoded and not MARKED.search(text):
        return ()
    folders = dict.fromkeys([*first_folders(command, environ, facts.cwd), facts.cwd])
    paths = list(dict.fromkeys(islice((path for folder in folders for path in _files(folder)), MOST_FILES)))
    place = Place(int(undecoded["place"]), undecoded["byte"] or "") if undecoded else Place(marked=True)
    return tuple(_judged(paths, place))[:MOST]


@dataclass(frozen=True)
class Place:
    """Where UTF-8 must fail, anywhere by default; `marked`: nowhere, but the file must begin with a mark."""

    at: int | None = None
    byte: str = ""
    """In hexadecimal; empty where the error does not tell."""
    marked: bool = False


def _judged(paths: Sequence[str], place: Place) -> Iterator[MisencodedFile]:
    for path in paths:
        try:
            data = read_bytes(path, LARGEST + 1)
        except OSError:
            continue
        if len(data) > LARGEST or not _fits(data, place):
            continue
        encoding = guess_encoding(data)
        if encoding or b"\0" not in data:  # else it is no text at all
            yield MisencodedFile(path, encoding)


def _fits(data: bytes, place: Place) -> bool:
    if place.marked:
        return data.startswith(codecs.BOM_UTF8)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        same = not place.byte or data[error.start] == int(place.byte, 16)
        return place.at is None or (same and place.at in (error.start, error.start % CHUNK))
    return place.at is None and b"\0" in data


def _files(folder: str) -> Iterator[str]:
    """Of the folder, then of those in it, without environments and hidden folders."""
    inner = []
    try:
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda e: e.name):
                if entry.is_file():
                    yield entry.path
                elif entry.is_dir(follow_symlinks=False) and not _is_passed_over(entry):
                    inner.append(entry.path)
    except OSError:
        return
    for path in inner:
        try:
            yield from filter(os.path.isfile, sorted(f"{path}/{name}" for name in os.listdir(path)))
        except OSError:
            continue


def _is_passed_over(folder: os.DirEntry[str]) -> bool:
    return folder.name.startswith(".") or os.path.lexists(f"{folder.path}/pyvenv.cfg")

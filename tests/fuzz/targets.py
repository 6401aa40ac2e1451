"""What reads strangers' bytes, each with real seeds and the only errors that it may raise.

A target is called with bytes; it decodes them as its callers do.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.fuzz import seeds

from tts_doctor.effects.archive import Archive
from tts_doctor.effects.changes import from_json
from tts_doctor.effects.disk_cache import DiskCache
from tts_doctor.effects.http import Http
from tts_doctor.effects.image_archive import ImageArchive
from tts_doctor.effects.index_config import IndexConfig, read_index_config
from tts_doctor.effects.journal import Journal
from tts_doctor.effects.receipts import receipt_of
from tts_doctor.effects.recover import roots_in
from tts_doctor.errors import DoctorError, IndexUnavailable, PlaybookError, TransactionError, UsageError
from tts_doctor.knowledge.bounds import load_bounds
from tts_doctor.model.facts import Interpreter
from tts_doctor.model.playbook import Bound
from tts_doctor.parse.context import read_context
from tts_doctor.parse.dockerfile import parse_dockerfile
from tts_doctor.parse.elf import ElfError, file_format, parse_elf, sections
from tts_doctor.parse.elf_symbols import dynamic_symbols, static_tls, x86_level
from tts_doctor.parse.environment_folder import parse_pth, parse_pyvenv
from tts_doctor.parse.loader_cache import parse_loader_cache
from tts_doctor.parse.lock_text import moved
from tts_doctor.parse.mangled import family, readable
from tts_doctor.parse.metadata import (
    parse_egg_requires,
    parse_headers,
    parse_record,
    requirement_lines,
    split_folder_name,
    top_level_names,
)
from tts_doctor.parse.module import accepts_keyword, read_module, read_stub
from tts_doctor.parse.module_scan import bound_plainly, may_star, scan, words_of
from tts_doctor.parse.numpy_abi import numpy_abi, numpy_api
from tts_doctor.parse.pasted_list import looks_pasted, read_pasted
from tts_doctor.parse.playbook import read_bounds, read_playbook, read_yaml
from tts_doctor.parse.project_file import read_project
from tts_doctor.parse.requirements_file import read_requirements
from tts_doctor.parse.requires import wanted_by
from tts_doctor.parse.resolver_message import distributions_in, facts_in, mentioned, uncached
from tts_doctor.parse.simple_page import IndexFile, read_page
from tts_doctor.parse.sound import read_sound
from tts_doctor.parse.symptom import read_symptom
from tts_doctor.parse.wav import measure, read_wav


@dataclass(frozen=True)
class Target:
    """`seeds` are made when they are first needed; `scratch` is a folder for those that read files."""

    read: Callable[[bytes, Path], object]
    seeds: Callable[[], list[bytes]]
    errors: tuple[type[Exception], ...] = ()


def text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _elf(data: bytes, _: Path) -> None:
    file_format(data[:64])
    readers: tuple[Callable[[bytes], object], ...] = (
        parse_elf, dynamic_symbols, static_tls, x86_level, numpy_abi, numpy_api, lambda d: sections(d, b".dynstr"),
    )  # fmt: skip
    for read in readers:
        with contextlib.suppress(ElfError):
            read(data)


def _metadata(data: bytes, _: Path) -> None:
    found = parse_headers(text(data))
    list(wanted_by(requirement_lines(found.get("requires-dist", ())), Interpreter(version="3.11.4")))
    list(wanted_by(requirement_lines(parse_egg_requires(text(data))), Interpreter(version="3.6.1")))
    parse_pth(text(data))
    parse_pyvenv(text(data))


def _record(data: bytes, _: Path) -> None:
    entries = parse_record(text(data))
    top_level_names(e.path for e in entries)
    for entry in entries[:5]:
        split_folder_name(entry.path.rpartition("/")[2])


def _requirements(data: bytes, _: Path) -> None:
    if looks_pasted(text(data)):
        read_pasted(text(data), "list.txt")
    read_requirements(text(data), "list.txt")


def _playbook(data: bytes, _: Path) -> None:
    plain = read_yaml(text(data), "p.yaml")
    with contextlib.suppress(PlaybookError):
        read_bounds(plain, "b.yaml")
    read_playbook(plain, "p.yaml", known_bounds())


@cache
def known_bounds() -> dict[str, Bound]:
    return {bound.id: bound for bound in load_bounds()}


def _page(data: bytes, _: Path) -> None:
    kind = "application/vnd.pypi.simple.v1+json" if data[:1] == b"{" else "text/html"
    read_page(data, kind, "https://pypi.org/simple/a/")


def _module(data: bytes, _: Path) -> None:
    for python in ((3, 8), (3, 13)):
        scan(data, "a.b", False, python)
        read_module(data, "a.b", True, python, deep=True)
    read_stub(data, "a", True)
    accepts_keyword(data, "f", "x")
    words_of(data)
    bound_plainly(data)
    may_star(data, "name")


def _journal(data: bytes, scratch: Path) -> None:
    for name in ("begin.json", "receipt.json", "changes.json"):
        (scratch / name).write_bytes(data)
    journal = Journal(scratch)
    receipt_of(journal)
    with contextlib.suppress(TypeError, KeyError, ValueError):
        from_json(journal.read("changes"))
    roots_in(journal)


def _archive(data: bytes, scratch: Path) -> None:
    path = scratch / ("a-1-py3-none-any.whl" if data[:2] == b"PK" else "a-1.tar.gz")
    path.write_bytes(data)
    found = Archive(IndexFile(path.name, path.as_uri(), size=len(data)), OFFLINE, DiskCache(Path("/dev/null")))
    for name in list(found.members())[:9]:
        found.read(name)


def _image(data: bytes, scratch: Path) -> None:
    path = scratch / "image.tar"
    path.write_bytes(data)
    with ImageArchive(str(path), str(scratch)) as image:
        for layer in image.image.layers:
            for number, place, body in image.contents({m.layer: [m.place] for m in layer.members[:3]}):
                (number, place, body.read(99))


def _settings(data: bytes, scratch: Path) -> None:
    for name in ("uv.toml", "pip.conf"):
        (scratch / name).write_bytes(data)
    variables = {"UV_INDEX": text(data).replace("\0", ""), "PIP_INDEX_URL": text(data), "UV_NO_CONFIG": ""}
    for environ in ({}, variables):
        read_index_config(environ, str(scratch), str(scratch))


def _refusal(data: bytes, _: Path) -> None:
    for read in (facts_in, uncached, distributions_in, mentioned):
        read(text(data))


def _sound(data: bytes, _: Path) -> None:
    read_sound(data)
    measure(read_wav(data))


def _symbols(data: bytes, _: Path) -> None:
    for line in text(data).split("\n"):
        readable(line)
        family(line)


OFFLINE = Http(IndexConfig(()), {})
TARGETS = {
    "elf": Target(_elf, seeds.binaries),
    "loader cache": Target(lambda d, _: parse_loader_cache(d, "x86_64"), seeds.loader_caches),
    "metadata": Target(_metadata, lambda: [seeds.METADATA, seeds.PTH]),
    "record": Target(_record, lambda: [seeds.RECORD]),
    "log": Target(lambda d, _: read_symptom(text(d)), seeds.logs),
    "playbook": Target(_playbook, seeds.playbooks, (PlaybookError,)),
    "requirements": Target(_requirements, lambda: [seeds.LIST, seeds.PASTED], (UsageError,)),
    "project": Target(lambda d, _: read_project(text(d), "pyproject.toml"), lambda: [seeds.PROJECT], (UsageError,)),
    "lock": Target(lambda d, _: moved(text(d), ""), lambda: [seeds.LOCK, seeds.PYLOCK]),
    "page": Target(_page, lambda: [seeds.PAGE, seeds.HTML], (ValueError,)),
    "archive": Target(_archive, seeds.archives, (IndexUnavailable,)),
    "image": Target(_image, seeds.images, (UsageError,)),
    "settings": Target(_settings, lambda: [seeds.PIP_CONF, seeds.UV_TOML]),
    "refusal": Target(_refusal, lambda: [seeds.REFUSAL]),
    "module": Target(_module, seeds.sources),
    "symbols": Target(_symbols, lambda: [seeds.SYMBOLS]),
    "journal": Target(_journal, lambda: [seeds.BEGIN, seeds.RECEIPT, seeds.CHANGES], (TransactionError,)),
    "context": Target(lambda d, _: read_context(text(d)), lambda: [seeds.CONTEXT], (UsageError,)),
    "dockerfile": Target(lambda d, _: parse_dockerfile(text(d)), seeds.dockerfiles),
    "sound": Target(_sound, seeds.sounds, (ValueError,)),
}
assert all(issubclass(e, (DoctorError, ValueError)) for t in TARGETS.values() for e in t.errors)

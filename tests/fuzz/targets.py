"""What reads strangers' bytes, each with real seeds and the only errors that it may raise.

A target is called with bytes; it decodes them as its callers do.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tts_doctor.effects.changes import from_json
from tts_doctor.effects.journal import Journal
from tts_doctor.effects.receipts import receipt_of
from tts_doctor.effects.recover import roots_in
from tts_doctor.errors import DoctorError, PlaybookError, TransactionError, UsageError
from tts_doctor.model.facts import Interpreter
from tts_doctor.parse.context import read_context
from tts_doctor.parse.elf import ElfError, file_format, parse_elf, sections
from tts_doctor.parse.elf_symbols import dynamic_symbols, static_tls, x86_level
from tts_doctor.parse.environment_folder import parse_pth, parse_pyvenv
from tts_doctor.parse.loader_cache import parse_loader_cache
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
from tts_doctor.parse.playbook import read_playbook, read_yaml
from tts_doctor.parse.project_file import read_project
from tts_doctor.parse.requirements_file import read_requirements
from tts_doctor.parse.requires import wanted_by
from tts_doctor.parse.simple_page import read_page
from tts_doctor.parse.symptom import read_symptom

ROOT = Path(__file__).parents[2]
LARGEST_SEED = 48 << 10


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
    read_playbook(read_yaml(text(data), "p.yaml"), "p.yaml", {})


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


@cache
def _binaries() -> list[bytes]:
    folder = Path(json.__file__).parents[1] / "lib-dynload"
    files = sorted(folder.glob("*.so"), key=lambda p: p.stat().st_size)[:4]
    return [p.read_bytes() for p in files] or [b"\x7fELF\x02\x01\x01" + bytes(57)]


def _playbooks() -> list[bytes]:
    return [p.read_bytes() for p in sorted((ROOT / "playbooks").glob("*.yaml"))[:40]]


def _logs() -> list[bytes]:
    folder = ROOT / "tests/toolkit/specimens"
    return [json.loads(p.read_text()).get("text", "").encode() for p in sorted(folder.glob("*.json"))[:40]]


def _sources() -> list[bytes]:
    folder = ROOT / "toolkit/tts_doctor"
    own = [p.read_bytes() for p in sorted(folder.glob("parse/*.py"))[:10]]
    return [*own, SOURCE]


METADATA = b"""Metadata-Version: 2.1
Name: a-b
Version: 1.0rc1.post2+cpu
Requires-Python: >=3.8,<4
Requires-Dist: numpy (>=1.2,!=1.5.*) ; python_version < "3.9" and (extra == 'x' or sys_platform != "win32")
Requires-Dist: b[c,d] @ https://pypi.org/b.whl ; implementation_name == "cpython"
Provides-Extra: x

text
"""
SOURCE = b"try:\n    import a\nexcept ImportError:\n    a = None\nfrom .b import (c,\n  d as e)\n__all__ = ['x'] + b\n"
RECORD = b"""a/__init__.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0
"a,b.py",,
../../bin/a,,12
a-1.dist-info/RECORD,,
"""
LIST = b"""-r other.txt
--index-url https://pypi.org/simple
numpy==1.23.5 \\
    --hash=sha256:abc  # why
b[c]>=1,<2; python_version < "3.9"
-e ./x
pip install torch==2.0 "x<3"
* scipy 1.2
"""
PROJECT = b"""[project]
name = "a"
requires-python = ">=3.8"
dependencies = ["b>=1", "c; extra == 'd'"]
[project.optional-dependencies]
d = ["e"]
"""
PAGE = b"""{"name": "a", "files": [{"filename": "a-1-py3-none-any.whl", "url": "../a.whl", "hashes": {"sha256": "ab"},
"size": 3, "upload-time": "2024-01-01T00:00:00Z", "yanked": false, "requires-python": ">=3.8", "core-metadata": true}]}
"""
HTML = b"""<!DOCTYPE html>
<a href="../a-1.tar.gz#sha256=ab" data-requires-python="&gt;=3" data-yanked="no">a-1.tar.gz</a><br>"""
NODE = '{"kind": "file", "mode": 420, "mtime": 1, "content": "ab"}'
BEGIN = b'{"version": 1, "id": "ab", "patient": "/v/bin/python", "time": "2024", "roots": [{"path": "/v", "inode": 3}]}'
CHANGES = f'[{{"path": "a", "before": {NODE}, "after": null}}]'.encode()
RECEIPT = b"""{"id": "ab", "time": "2024", "patient": "/v", "command": ["a"],
"actions": [{"action": "pin", "target": "a",
"spec": null, "value": null, "why": "", "applied": true}], "changed": [{"name": "a", "before": null, "after": "1"}],
"files": 1, "system": [], "verification": {"exit_before": 1, "exit_after": 0, "seconds": 1.0}, "outcome": "repaired",
"undo": "x", "undoes": ""}"""
CONTEXT = b'{"python": "3.10", "os": "Debian 12", "packages": {"numpy": "2.0.1"}, "environment": {"A": "b"}}'

TARGETS = {
    "elf": Target(_elf, _binaries),
    "loader cache": Target(lambda d, _: parse_loader_cache(d, "x86_64"), lambda: [_read("/etc/ld.so.cache")]),
    "metadata": Target(_metadata, lambda: [METADATA]),
    "record": Target(_record, lambda: [RECORD]),
    "log": Target(lambda d, _: read_symptom(text(d)), _logs),
    "playbook": Target(_playbook, _playbooks, (PlaybookError,)),
    "requirements": Target(_requirements, lambda: [LIST], (UsageError,)),
    "project": Target(lambda d, _: read_project(text(d), "pyproject.toml"), lambda: [PROJECT], (UsageError,)),
    "page": Target(_page, lambda: [PAGE, HTML], (ValueError,)),
    "module": Target(_module, _sources),
    "journal": Target(_journal, lambda: [BEGIN, RECEIPT, CHANGES], (TransactionError,)),
    "context": Target(lambda d, _: read_context(text(d)), lambda: [CONTEXT], (UsageError,)),
}
assert all(issubclass(e, (DoctorError, ValueError)) for t in TARGETS.values() for e in t.errors)


def _read(path: str) -> bytes:
    return Path(path).read_bytes()[:LARGEST_SEED] if Path(path).is_file() else b""


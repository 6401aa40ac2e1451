"""The small readers of metadata, RECORD, .pth files and the loader's cache."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tts_doctor.model.facts import RecordEntry
from tts_doctor.parse.environment_folder import parse_pth, version_of_library
from tts_doctor.parse.loader_cache import parse_loader_cache
from tts_doctor.parse.metadata import (
    parse_egg_requires,
    parse_headers,
    parse_record,
    split_folder_name,
    top_level_names,
)


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["numpy/__init__.py", "numpy/core/_x.so", "numpy.libs/libopenblas.so"], ("numpy",)),
        (["six.py", "six-1.16.0.dist-info/METADATA"], ("six",)),
        (["_cffi_backend.cpython-311-x86_64-linux-gnu.so", "cffi/__init__.py"], ("_cffi_backend", "cffi")),
        (["google/cloud/client/__init__.py", "google/cloud/x.py"],
         ("google", "google.cloud", "google.cloud.client", "google.cloud.x")),
        (["requests-stubs/__init__.pyi", "../../bin/tool", "share/data.txt"], ()),
    ],
)  # fmt: skip
def test_top_level_names(paths: list[str], expected: tuple[str, ...]) -> None:
    assert top_level_names(paths) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a/b.py,sha256=xy,12\n", (RecordEntry("a/b.py", "sha256=xy", 12),)),
        ("a/RECORD,,\r\n", (RecordEntry("a/RECORD"),)),
        ('"a,b.py",sha256=xy,12\n', (RecordEntry("a,b.py", "sha256=xy", 12),)),
        ("alone\n\n,,\n", (RecordEntry("alone"),)),
        ("a.py,sha256=x,99999999999999999999999\n", (RecordEntry("a.py", "sha256=x"),)),
    ],
)
def test_record_lines(text: str, expected: tuple[RecordEntry, ...]) -> None:
    assert parse_record(text) == expected


@given(st.text())
def test_no_text_breaks_the_readers(text: str) -> None:
    parse_record(text)
    parse_headers(text)
    parse_pth(text)
    parse_egg_requires(text)
    split_folder_name(text)


def test_headers_fold_and_end_at_the_description() -> None:
    found = parse_headers("Name: a\nSummary: one\n  two\nRequires-Dist: b\nRequires-Dist: c\n\nName: no\n")
    assert found == {"name": ["a"], "summary": ["one\ntwo"], "requires-dist": ["b", "c"]}


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("numpy-1.24.4.dist-info", ("numpy", "1.24.4")),
        ("google_cloud_core-2.4.1.dist-info", ("google_cloud_core", "2.4.1")),
        ("foo-1.0-py3.8.egg-info", ("foo", "1.0")),
        ("perf.egg-info", ("perf", "")),
    ],
)
def test_folder_names(folder: str, expected: tuple[str, str]) -> None:
    assert split_folder_name(folder) == expected


def test_egg_requirements_carry_their_section() -> None:
    text = "six\n\n[:python_version<'3']\nenum34\n\n[dev]\npytest\n"
    expected = ("six", "enum34 ; (python_version<'3')", 'pytest ; extra == "dev"')
    assert parse_egg_requires(text) == expected


def test_pth_lines_are_read_not_executed() -> None:
    found = parse_pth("/srv/app\nimport os; os.abort()\n# note\n\nimport __editable___a_finder; x\n")
    assert found.folders == ("/srv/app",)
    assert (len(found.code), found.finders) == (2, ("__editable___a_finder",))


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/v/lib/python3.10/site-packages", "3.10"), ("/opt/python/lib/python3.13t/x", "3.13"), ("/srv/app", "")],
)
def test_version_of_library(path: str, expected: str) -> None:
    assert version_of_library(path) == expected


def test_loader_cache_agrees_with_ldconfig() -> None:
    ldconfig = shutil.which("ldconfig", path="/sbin:/usr/sbin:/usr/bin")
    cache = Path("/etc/ld.so.cache")
    if not ldconfig or not cache.exists():
        pytest.skip("no ldconfig or no cache on this machine")
    said = subprocess.run([ldconfig, "-p"], capture_output=True, text=True).stdout
    expected: dict[str, str] = {}
    for line in said.splitlines()[1:]:
        name, _, path = line.strip().partition(" => ")
        if path and "x86-64" in name:
            expected.setdefault(name.split(" ", 1)[0], path)
    if not expected:
        pytest.skip("no x86-64 libraries in the cache")
    assert expected == parse_loader_cache(cache.read_bytes(), "x86_64")


@given(st.binary(max_size=400))
def test_a_damaged_loader_cache_gives_fewer_entries(data: bytes) -> None:
    parse_loader_cache(b"glibc-ld.so.cache1.1" + data, "x86_64")

"""What the loader says is found wherever it stands, and a hostile text is read once."""

from __future__ import annotations

import pytest
from tests.guards import ends_within

from tts_doctor.parse.loader_words import LoaderError, loader_errors

SAID = [
    (
        "ImportError: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found (required by /v/a.so)",
        LoaderError("version", "/v/a.so", "GLIBC_2.34", "/lib/x86_64-linux-gnu/libc.so.6"),
    ),
    (
        "OSError: libcudart.so.11.0: cannot open shared object file: No such file or directory",
        LoaderError("soname", "libcudart.so.11.0", "libcudart.so.11.0"),
    ),
    (
        "ValueError: libnvrtc.so.*[0-9] not found in the system path ['/a']",
        LoaderError("soname", "libnvrtc.so.*[0-9]", "libnvrtc.so.*[0-9]"),
    ),
    ("RuntimeError: cannot load library 'libsndfile.so': x", LoaderError("soname", "libsndfile.so", "libsndfile.so")),
    ("error: /v/a.so: CPU ISA level is lower than required", LoaderError("isa", "/v/a.so")),
]
HOSTILE = ("/", "/a.so: ", "libx.so.", "lib-", "lib", "a.so.", ": version `a", "Cannot load lib", "a")


@pytest.mark.parametrize(("text", "expected"), SAID, ids=[row[1].kind + str(n) for n, row in enumerate(SAID)])
def test_what_the_loader_said(text: str, expected: LoaderError) -> None:
    assert list(loader_errors(text)) == [expected]


@pytest.mark.parametrize("part", HOSTILE)
def test_a_hostile_text_is_read_once(part: str) -> None:
    with ends_within():
        list(loader_errors(part * (250_000 // len(part))))

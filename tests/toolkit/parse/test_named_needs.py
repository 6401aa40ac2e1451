"""What source asks the system for by name, and whether it goes on without it."""

from __future__ import annotations

import pytest

from tts_doctor.parse.named_needs import named_needs


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from ctypes.util import find_library\n_lib = find_library('sndfile')\n", [("library", "sndfile", False)]),
        ("ctypes.cdll.LoadLibrary('libespeak.so.1')", [("library", "libespeak.so.1", False)]),
        ("lib = ffi.dlopen('libportaudio.so.2')", [("library", "libportaudio.so.2", False)]),
        ("subprocess.run(['ffmpeg', '-i', path])", [("program", "ffmpeg", False)]),
        ("subprocess.check_output('sox --version', shell=True)", [("program", "sox", False)]),
        ("try:\n    CDLL('libx.so.1')\nexcept OSError:\n    pass\n", [("library", "libx.so.1", True)]),
        ("try:\n    CDLL('libx.so.1')\nexcept OSError:\n    raise ImportError\n", [("library", "libx.so.1", False)]),
        ("a = find_library('b') or find_library('c')", [("library", "b", True), ("library", "c", True)]),
        ("if x:\n    os.system('lame a')", [("program", "lame", True)]),
        ("subprocess.run([sys.executable, '-V'])", []),
        ("CDLL(name)", []),
        ("subprocess.run(", []),
        ("windll.LoadLibrary('user32.dll')", []),
    ],
)
def test_what_is_named(source: str, found: list[tuple[str, str, bool]]) -> None:
    assert [(n.kind, n.name, n.optional) for n in named_needs(source.encode())] == found


def test_deep_nesting_is_no_crash() -> None:
    """A stranger's source may be anything."""
    assert named_needs(b"CDLL(" * 5000 + b"'a'" + b")" * 5000) in ((),)

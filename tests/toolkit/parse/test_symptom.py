"""Errors of every shape that Python and its tools print, read as a chain."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.guards import ends_within
from tests.pythons import python_or_skip

from tts_doctor.parse.symptom import read_symptom

CHAINED = """Traceback (most recent call last):
  File "a.py", line 2, in f
    import first
ModuleNotFoundError: No module named 'first'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "a.py", line 9, in <module>
    f()
  File "a.py", line 4, in f
    raise RuntimeError("second") from e
RuntimeError: second

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "a.py", line 11, in <module>
    raise KeyError(3)
pkg.errors.Third: three
with a second line
"""
GROUP = """  + Exception Group Traceback (most recent call last):
  |   File "g.py", line 1, in <module>
  |     raise ExceptionGroup("several", [ValueError("one")])
  | ExceptionGroup: several (1 sub-exception)
  +-+---------------- 1 ----------------
    | ValueError: one
    +------------------------------------
"""
RICH = """╭──────────────── Traceback (most recent call last) ─────────────────╮
│ /opt/site-packages/gradio/oauth.py:13 in <module>                  │
│                                                                    │
│ ❱ 13 from huggingface_hub import HfFolder, whoami                  │
╰────────────────────────────────────────────────────────────────────╯
ImportError: cannot import name 'HfFolder' from 'huggingface_hub' (unknown location)
"""
IPYTHON = """---------------------------------------------------------------------------
ModuleNotFoundError                       Traceback (most recent call last)
Cell In[1], line 1
----> 1 import soundfile

File /opt/site-packages/soundfile.py:17, in load(path)
     16 import sys
---> 17 from _soundfile import ffi

ModuleNotFoundError: No module named '_soundfile'
"""
PIP = """  × python setup.py egg_info did not run successfully.
  │ exit code: 1
  ╰─> [6 lines of output]
      Traceback (most recent call last):
        File "<string>", line 2, in <module>
        File "/tmp/pip-install-x/setup.py", line 5, in <module>
          import numpy
      ModuleNotFoundError: No module named 'numpy'
      [end of output]

  note: This error originates from a subprocess, and is likely not a problem with pip.
"""
FATAL = """Fatal Python error: Segmentation fault

Current thread 0x00007f (most recent call first):
  File "/opt/site-packages/pkg/native.py", line 8 in call
  File "main.py", line 3 in <module>
"""
SHAPES = {
    "chain": (CHAINED, [("ModuleNotFoundError", "cause"), ("RuntimeError", "context"), ("pkg.errors.Third", "")]),
    "group": (GROUP, [("ExceptionGroup", ""), ("ValueError", "")]),
    "rich": (RICH, [("ImportError", "")]),
    "ipython": (IPYTHON, [("ModuleNotFoundError", "")]),
    "pip": (PIP, [("ModuleNotFoundError", "")]),
    "faulthandler": (FATAL, [("Fatal Python error", "")]),
    "alone": ("ModuleNotFoundError: No module named 'yaml'", [("ModuleNotFoundError", "")]),
    "in a log line": ("[ERROR] worker: ImportError: libGL.so.1: cannot open", [("ImportError", "")]),
    "pytest": (
        "pkg/a.py:3: in <module>\n    import numpy\nE   ModuleNotFoundError: No module named 'numpy'",
        [("ModuleNotFoundError", "")],
    ),
    "one line": (
        'Traceback (most recent call last):  File "a.py", line 2, in <module>\n    f()\nValueError: x',
        [("ValueError", "")],
    ),
    "warning": ("a.py:3: DeprecationWarning: old\n  import imp", []),
    "nothing": ("all is well", []),
}


@pytest.mark.parametrize(("text", "expected"), SHAPES.values(), ids=SHAPES.keys())
def test_types_and_links_are_read_in_the_order_of_printing(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(e.type, e.link) for e in read_symptom(text).errors] == expected


def test_messages_keep_their_lines() -> None:
    assert read_symptom(CHAINED).errors[-1].message == "three\nwith a second line"


def test_frames_carry_file_line_function_and_code() -> None:
    frame = read_symptom(CHAINED).errors[1].frames[-1]
    assert (frame.file, frame.line, frame.function) == ("a.py", 4, "f")
    assert frame.code == 'raise RuntimeError("second") from e'


@pytest.mark.parametrize(
    ("text", "file"),
    [(RICH, "gradio/oauth.py"), (IPYTHON, "soundfile.py"), (FATAL, "pkg/native.py")],
    ids=["rich", "ipython", "faulthandler"],
)  # fmt: skip
def test_the_innermost_frame_is_last_in_every_style(text: str, file: str) -> None:
    assert read_symptom(text).errors[0].frames[-1].file == f"/opt/site-packages/{file}"


SCRIPT = """
def inner(n):
    if n: return inner(n - 1)
    import json.nothing_of_this_name
try:
    inner(4)
except ImportError as error:
    raise RuntimeError("outer\\nsecond line") from error
"""


@pytest.mark.parametrize("version", ["3.6", "3.8", "3.10", "3.11", "3.12", "3.13", "3.14"])
def test_a_real_interpreter_s_traceback_is_read(version: str, tmp_path: Path) -> None:
    python = python_or_skip(version)
    (tmp_path / "script.py").write_text(SCRIPT)
    done = subprocess.run(
        [python, "script.py"], cwd=tmp_path, capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1"}
    )
    first, second = read_symptom(done.stderr, exit_code=done.returncode).errors
    assert (first.link, first.message) == ("cause", "No module named 'json.nothing_of_this_name'")
    assert (second.type, second.message) == ("RuntimeError", "outer\nsecond line")
    assert first.frames[-1].function == "inner"


@pytest.mark.parametrize("name", ["error-lines", "dots", "tracebacks"])
def test_reading_is_linear(name: str) -> None:
    text = {
        "error-lines": "ValueError: x\n" * 60_000,
        "dots": "a." * 300_000 + "Error",
        "tracebacks": 'Traceback (most recent call last):\n  File "a", line 1, in b\nValueError: x\n' * 20_000,
    }[name]
    with ends_within():
        read_symptom(text)


LINES = st.sampled_from(
    [*CHAINED.split("\n"), *GROUP.split("\n"), *RICH.split("\n"), *PIP.split("\n"), *IPYTHON.split("\n"), "", "\r", "│"]
)


@settings(max_examples=300, deadline=20_000)
@given(st.lists(st.one_of(LINES, st.text(max_size=60)), max_size=40))
def test_shuffled_tracebacks_never_crash_the_reader(lines: list[str]) -> None:
    symptom = read_symptom("\n".join(lines))
    assert isinstance(symptom.signature[0], str)

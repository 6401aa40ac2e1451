"""A child process that helps: what it says arrives whole and in order, and nothing waits for one that has died.

There is none beside threads, but a spinner's, and the tests may have left some: each program has its own interpreter.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

IMPORTS = """
import os, threading, time
from tts_doctor.effects.beside import beside
from tts_doctor.effects.read_ahead import Ahead, Marks
"""

WHOLE_AND_IN_ORDER = """
sent = [("first", 1), b"x" * 5_000_000, frozenset({"last"})]  # the second is larger than any pipe
with beside(lambda send: [send(item) for item in sent] and None) as helper:
    heard = []
    while messages := list(helper.wait()):
        heard += messages
assert heard == sent
"""

LISTENING_NEVER_WAITS = """
with beside(lambda send: time.sleep(60)) as helper:
    assert list(helper.ready()) == []
"""

GONE_WITH_THE_BLOCK = """
with beside(lambda send: time.sleep(60)) as helper:
    process = helper.process
try:
    os.kill(process, 0)
except ProcessLookupError:
    pass
else:
    raise AssertionError(process)
"""

DEAD_LEAVES_THE_WORK = """
def dies(send):
    send([("table", "key", "value")])
    raise ValueError

with beside(dies) as helper:
    ahead = Ahead(helper, Marks())
    ahead.tables = {"table": {}}
    assert ahead.answer("files") is None
    assert ahead.tables["table"] == {"key": "value"}
with beside(lambda send: os._exit(1)) as helper:
    assert Ahead(helper, Marks()).answer("files") is None
"""

A_SPINNER_DOES_NOT_MATTER = """
import sys
from tts_doctor.ports import SPINNER
held = threading.Event()
def draw():
    while not held.wait(0.0001):
        sys.stderr.write(".")
threading.Thread(target=draw, name=SPINNER).start()
for number in range(50):
    with beside(lambda send: [print("to nobody", file=sys.stderr), send(number)] and None) as helper:
        assert list(helper.wait()) == [number]
held.set()
"""

NO_CHILD_ON_ONE_PROCESSOR = """
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
with beside(lambda send: None) as helper:
    assert helper is None
"""

NO_CHILD_BESIDE_THREADS = """
held = threading.Event()
threading.Thread(target=held.wait).start()
with beside(lambda send: None) as helper:
    held.set()
    assert helper is None
"""

CHILDREN = {
    "messages arrive whole and in order": WHOLE_AND_IN_ORDER,
    "listening never waits": LISTENING_NEVER_WAITS,
    "the child is gone with the block": GONE_WITH_THE_BLOCK,
    "a child that dies leaves the work to its parent": DEAD_LEAVES_THE_WORK,
    "a spinner's locks are not waited for": A_SPINNER_DOES_NOT_MATTER,
}
NONE = {
    "one processor has no child": NO_CHILD_ON_ONE_PROCESSOR,
    "a process with threads has no child": NO_CHILD_BESIDE_THREADS,
}


def runs(program: str) -> None:
    done = subprocess.run([sys.executable, "-c", IMPORTS + program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one processor: there is no child")
@pytest.mark.parametrize("program", CHILDREN.values(), ids=CHILDREN)
def test_a_child(program: str) -> None:
    runs(program)


@pytest.mark.parametrize("program", NONE.values(), ids=NONE)
def test_no_child(program: str) -> None:
    runs(program)

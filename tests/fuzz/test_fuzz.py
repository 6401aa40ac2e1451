"""Whatever a file holds, its reader gives a value or a documented error.

`make fuzz` and FUZZ=1000000 say how many inputs; of one commit the same number makes the same inputs. What once
failed lies in `found/TARGET/` and is tested every day.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import time
import traceback
from pathlib import Path

import pytest
from tests.fuzz.mutate import mutate
from tests.fuzz.targets import TARGETS
from tests.guards import ends_within

COUNT = int(os.environ.get("FUZZ", "10000"))
FOUND = Path(__file__).parent / "found"
CASES = sorted(path for path in FOUND.glob("*/*"))
SECONDS = float(os.environ.get("FUZZ_SECONDS", "1"))


def feed(name: str, data: bytes, scratch: Path, seconds: float = 10) -> None:
    target = TARGETS[name]
    with ends_within(seconds), contextlib.suppress(*target.errors):
        target.read(data, scratch)


@pytest.mark.parametrize("path", CASES, ids=[f"{p.parent.name}-{p.name}" for p in CASES])
def test_what_once_failed(path: Path, tmp_path: Path) -> None:
    feed(path.parent.name.replace("-", " "), path.read_bytes(), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_no_input_crashes_or_hangs_a_reader(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Goes on behind a failure, and tells each place that fails once."""
    seeds = [seed for seed in TARGETS[name].seeds() if seed]
    failures: dict[str, str] = {}
    begun, slowest = time.process_time(), 0.0
    for number in range(COUNT):
        data = mutate(random.Random(f"{name}:{number}"), seeds)
        start = time.process_time()
        try:
            feed(name, data, tmp_path, SECONDS)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            if _place(error) not in failures:
                failures[_place(error)] = f"input {number} ({len(data)} bytes): {type(error).__name__}: {error}"[:200]
                _keep(name, data)
        slowest = max(slowest, time.process_time() - start)
    spent = time.process_time() - begun
    with capsys.disabled():
        print(f"\n{name}: {COUNT} inputs, {spent:.0f} s of processor time, the slowest {slowest * 1000:.0f} ms")
    assert failures == {}


def _place(error: BaseException) -> str:
    """The innermost line of ours; what hangs may hang anywhere."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "tts_doctor" in frame.filename] or frames
    return f"{ours[-1].filename}:{ours[-1].lineno}"


def _keep(name: str, data: bytes) -> None:
    """Where FUZZ_FOUND names a folder, the input lies there afterwards."""
    folder = os.environ.get("FUZZ_FOUND")
    if folder:
        target = Path(folder, name.replace(" ", "-"))
        target.mkdir(parents=True, exist_ok=True)
        (target / hashlib.sha256(data).hexdigest()[:12]).write_bytes(data)

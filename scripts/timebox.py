"""A pytest plugin: after the time that TTS_DOCTOR_UNTIL names (seconds since the epoch), reproductions are skipped.

A test that has begun is never cut short; what was skipped is counted and named, so that a short box cannot pass for a
whole run. Without the variable it does nothing.
"""

from __future__ import annotations

import os
import time

import pytest

UNTIL = float(os.environ.get("TTS_DOCTOR_UNTIL", "inf"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    if time.time() > UNTIL and item.get_closest_marker("reproduction"):
        pytest.skip("out of this run's time box")

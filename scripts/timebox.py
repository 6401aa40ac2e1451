"""A pytest plugin: after the time that TTS_DOCTOR_UNTIL names (seconds since the epoch), long tests are skipped.

Long are those marked slow, network or reproduction. A test that has begun is never cut short; what was skipped is
counted and named, so that a short box cannot pass for a whole run. TTS_DOCTOR_TURN, a number, says with which test
module to begin, so that boxes of different turns reach different tests. Without the variables it does nothing.
"""

from __future__ import annotations

import os
import time

import pytest

UNTIL = float(os.environ.get("TTS_DOCTOR_UNTIL", "inf"))
TURN = int(os.environ.get("TTS_DOCTOR_TURN", "0"))
LONG = ("slow", "network", "reproduction")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    modules = list(dict.fromkeys(item.path for item in items))
    if modules:
        first = TURN % len(modules)
        place = {module: (index - first) % len(modules) for index, module in enumerate(modules)}
        items.sort(key=lambda item: place[item.path])


def pytest_runtest_setup(item: pytest.Item) -> None:
    if time.time() > UNTIL and any(map(item.get_closest_marker, LONG)):
        pytest.skip("out of this run's time box")

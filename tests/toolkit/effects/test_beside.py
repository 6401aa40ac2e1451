"""A child process that helps: what it says arrives whole and in order, and nothing waits for one that has died."""

from __future__ import annotations

import contextlib
import os
import time

import pytest

from tts_doctor.effects.beside import Helper, Send, beside
from tts_doctor.effects.read_ahead import Ahead, Marks

pytestmark = pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one processor: there is no child")


def heard(helper: Helper | None) -> list[object]:
    assert helper is not None
    found: list[object] = []
    while messages := list(helper.wait()):
        found += messages
    return found


def test_messages_arrive_whole_and_in_order() -> None:
    """The second is larger than any pipe."""
    sent = [("first", 1), b"x" * 5_000_000, frozenset({"last"})]
    with beside(lambda send: [send(item) for item in sent] and None) as helper:
        assert heard(helper) == sent


def test_listening_never_waits() -> None:
    with beside(lambda send: time.sleep(60)) as helper:
        assert helper is not None and list(helper.ready()) == []


def test_the_child_is_gone_with_the_block() -> None:
    with beside(lambda send: time.sleep(60)) as helper:
        assert helper is not None
    with pytest.raises(ProcessLookupError):
        os.kill(helper.process, 0)


def test_a_child_that_dies_leaves_the_work_to_its_parent() -> None:
    def dies(send: Send) -> None:
        send([("table", "key", "value")])
        raise ValueError

    with beside(dies) as helper:
        ahead = Ahead(helper, Marks())
        ahead.tables = {"table": {}}
        assert ahead.answer("files") is None
        assert ahead.tables["table"] == {"key": "value"}
    with beside(lambda send: os._exit(1)) as helper:
        assert Ahead(helper, Marks()).answer("files") is None


def test_one_processor_has_no_child() -> None:
    had = os.sched_getaffinity(0)
    with contextlib.ExitStack() as stack:
        stack.callback(os.sched_setaffinity, 0, had)
        os.sched_setaffinity(0, {min(had)})
        with beside(lambda send: None) as helper:
            assert helper is None

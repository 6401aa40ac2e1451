"""Receipts stay as long as they can be undone, and not for ever afterwards."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest
from tests.toolkit.effects.conftest import Ward
from tests.toolkit.effects.test_faults import treat_quickly

from tts_doctor.effects import receipts
from tts_doctor.effects.receipts import prune
from tts_doctor.effects.undo import history, undo

LONG_AGO = time.time() - 2 * receipts.KEPT_SECONDS


@pytest.fixture
def treated(ward: Ward) -> Ward:
    (ward.folder / "mine.py").write_text("")
    facts = ward.facts()
    object.__setattr__(ward, "facts", lambda: facts)
    treat_quickly(ward)
    return ward


def age(ward: Ward) -> None:
    for folder in Path(ward.env["TTS_DOCTOR_STATE"], "transactions").iterdir():
        os.utime(folder, (LONG_AGO, LONG_AGO))


def kept(ward: Ward) -> list[bool]:
    """Of each receipt that is left, whether it is an undoing."""
    prune(ward.env["TTS_DOCTOR_STATE"])
    return [bool(receipt.undoes) for receipt in history(ward.env)]


def test_what_can_be_undone_stays_however_old(treated: Ward) -> None:
    age(treated)
    assert kept(treated) == [False]
    undo(treated.env)


def test_what_was_undone_goes_when_it_is_old_and_its_undoing_stays(treated: Ward) -> None:
    undo(treated.env)
    assert kept(treated) == [False, True]
    age(treated)
    assert kept(treated) == [True]
    undo(treated.env, history(treated.env)[0].id)


def test_of_what_was_undone_only_the_newest_stay(treated: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    """Doing and undoing all day fills no disk."""
    monkeypatch.setattr(receipts, "KEPT_UNDONE", 1)
    for _ in range(3):
        undo(treated.env, history(treated.env)[-1].id)
    assert kept(treated) == [True, True, True]


def test_an_environment_that_is_gone_keeps_its_receipts_for_a_while(treated: Ward) -> None:
    shutil.rmtree(treated.venv)
    assert kept(treated) == [False]
    age(treated)
    assert kept(treated) == []

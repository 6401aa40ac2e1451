"""A pair that is known to break counts only where the failure speaks of it."""

from __future__ import annotations

import pytest
from tests.toolkit.signs.cases import case, dist, traceback

from tts_doctor.signs.known_bound import find

LIBROSA = dist("librosa", "0.10.1")
SCIPY = dist("scipy", "1.13.1")
GONE = "AttributeError: module 'scipy.signal' has no attribute 'hann'"


def test_the_missing_name_in_the_consumers_file() -> None:
    (finding,) = find(case(LIBROSA, SCIPY, text=traceback("librosa/beat.py", GONE)))
    assert ("scipy", "librosa") == tuple(culprit.name for culprit in finding.culprits)
    action = finding.treatment.actions[0]
    assert ("pin", "scipy", "<1.13") == (action.action, action.target, action.spec)


@pytest.mark.parametrize(
    ("dists", "text"),
    [
        ((LIBROSA, SCIPY), ""),
        ((LIBROSA, SCIPY), traceback("librosa/beat.py", "ValueError: empty signal")),
        ((LIBROSA, SCIPY), traceback("other/beat.py", GONE)),
        ((LIBROSA, dist("scipy", "1.12.0")), traceback("librosa/beat.py", GONE)),
        ((dist("librosa", "0.10.2"), SCIPY), traceback("librosa/beat.py", GONE)),
        ((LIBROSA,), traceback("librosa/beat.py", GONE)),
        ((LIBROSA, dist("scipy", "unknown")), traceback("librosa/beat.py", GONE)),
    ],
    ids=["no-failure", "another-failure", "another-consumer", "provider-within", "consumer-beyond", "absent", "unread"],
)
def test_nothing_is_said(dists: tuple[object, ...], text: str) -> None:
    assert list(find(case(*dists, text=text))) == []  # type: ignore[arg-type]


def test_a_change_that_is_none_of_a_name() -> None:
    """The failure runs through the consumer and names the provider."""
    said = "TypeError: 'numpy._DTypeMeta' object is not subscriptable"
    dists = dist("soundfile", "0.14.0"), dist("numpy", "1.21.6")
    (finding,) = find(case(*dists, text=traceback("soundfile/__init__.py", said)))
    assert ("numpy", ">=1.22") == (finding.treatment.actions[0].target, finding.treatment.actions[0].spec)
    assert list(find(case(*dists, text=traceback("soundfile/__init__.py", "TypeError: not subscriptable")))) == []

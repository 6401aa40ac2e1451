"""What is named where no sign knows the cause."""

from __future__ import annotations

import pytest
from tests.toolkit.signs.cases import SITE, case, dist

from tts_doctor.model.finding import Verdict
from tts_doctor.signs import unexplained

OWN = '  File "/srv/app/serve.py", line 33, in speak\n    work()\n'
STANDARD = '  File "/usr/lib/python3.11/asyncio/runners.py", line 33, in run\n    raise RuntimeError(\n'
FOREIGN = f'  File "{SITE}/kombu/connection.py", line 7, in connect\n    raise\n'


@pytest.mark.parametrize(
    ("frames", "culprits", "steps"),
    [
        (OWN, ["/srv/app/serve.py"], ["code-change"]),
        (OWN + STANDARD, ["/srv/app/serve.py"], ["code-change"]),
        (OWN + FOREIGN, ["kombu"], []),
        (OWN + FOREIGN + STANDARD, ["kombu"], []),
        (FOREIGN + OWN, ["/srv/app/serve.py", "kombu"], ["code-change"]),
    ],
    ids=["own", "own-and-standard", "foreign", "foreign-and-standard", "called-back"],
)
def test_the_users_own_line_is_named_where_nothing_but_the_standard_library_is_below_it(
    frames: str, culprits: list[str], steps: list[str]
) -> None:
    looked = case(dist("kombu"), text=f"Traceback (most recent call last):\n{frames}RuntimeError: this went wrong\n")
    (only,) = unexplained.find(looked)
    assert (culprits, steps) == ([c.name for c in only.culprits], [a.action for a in only.treatment.actions])


def test_an_import_fails_for_what_is_imported_not_for_the_line_that_asks() -> None:
    (only,) = unexplained.find(case(text=f"Traceback (most recent call last):\n{OWN}ImportError: no luck\n"))
    assert ((), ()) == (only.culprits, only.treatment.actions)


def test_a_command_that_succeeds_needs_no_explanation() -> None:
    assert list(unexplained.find(case(dist("kombu")))) == []


def test_of_a_pasted_text_the_line_that_asked_for_it_is_the_next_thing_to_look_at() -> None:
    text = f"Traceback (most recent call last):\n{OWN}{FOREIGN}kombu.exceptions.OperationalError: this went wrong\n"
    (only,) = unexplained.find(case(dist("kombu"), text=text, from_text=True))
    assert only.verdict is Verdict.UNKNOWN
    assert ["kombu", "/srv/app/serve.py"] == [c.name for c in only.culprits]
    assert ["/srv/app/serve.py"] == [a.target for a in only.treatment.actions]


def test_the_module_of_an_error_that_stands_alone_tells_whose_it_is() -> None:
    (only,) = unexplained.find(case(dist("kombu"), text="kombu.exceptions.OperationalError: no luck\n", from_text=True))
    assert ["kombu"] == [c.name for c in only.culprits]


def test_of_a_pasted_text_what_it_names_of_its_context_is_named_beside_the_users_own_line() -> None:
    text = f"loading kombu ...\nTraceback (most recent call last):\n{OWN}AttributeError: 'Bus' has no 'send'\n"
    (only,) = unexplained.find(case(dist("kombu"), dist("requests"), text=text, from_text=True))
    assert ["/srv/app/serve.py", "kombu"] == [c.name for c in only.culprits]

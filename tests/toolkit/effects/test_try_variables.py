"""Which variable is at fault, learnt by running again without it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from itertools import count
from pathlib import Path

import pytest

from tts_doctor.effects.examine import gather
from tts_doctor.effects.try_variables import try_variables
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Action
from tts_doctor.model.request import ExamineRequest
from tts_doctor.model.symptom import Error, Symptom
from tts_doctor.model.text import Text
from tts_doctor.plan_repairs import idle

FAILED = Symptom("", (Error("ImportError", "no"),), exit_code=1)
WELL = Symptom("", exit_code=0)


class Silent:
    """Hears nothing and asks nobody."""

    def step(self, text: Text) -> None: ...

    def note(self, text: Text) -> None: ...

    def confirm(self, question: Text) -> bool:
        return False


def runs(bad: str, log: list[Mapping[str, str]]):  # type: ignore[no-untyped-def]
    def run(environ: Mapping[str, str]) -> Symptom:
        log.append(environ)
        return FAILED if bad in environ else WELL

    return run


def test_the_guilty_variable_is_found_among_several() -> None:
    environ = {"PYTHONPATH": "/x", "LD_LIBRARY_PATH": "/y", "PATH": "/bin"}
    found = try_variables(Examination(Facts(), FAILED), environ, runs("LD_LIBRARY_PATH", []))
    assert [(c.variable, c.before, c.value, c.succeeded) for c in found] == [("LD_LIBRARY_PATH", "/y", None, True)]


def test_innocent_variables_cost_one_run() -> None:
    log: list[Mapping[str, str]] = []
    environ = {"PYTHONPATH": "/x", "NUMBA_X": "1", "A": ""}
    assert try_variables(Examination(Facts(), FAILED), environ, runs("A", log)) == ()
    assert log == [{"A": ""}]


@pytest.mark.parametrize(
    ("message", "value", "expected"),
    [
        ("Can't load plugin: sqlalchemy.dialects:postgres", "postgres://u@h/db", "postgresql://u@h/db"),
        ("Unknown scheme for proxy URL URL('socks://h:1/')", "socks://h:1/", "socks5://h:1/"),
        ("Can't load plugin: sqlalchemy.dialects:postgresqlx", "postgres://u@h/db", None),
        ("no such table: voices", "postgres://u@h/db", None),
    ],
)
def test_a_url_is_tried_under_todays_name_of_its_scheme(message: str, value: str, expected: str | None) -> None:
    failed = Symptom(message, (Error("ValueError", message),), exit_code=1)

    def run(environ: Mapping[str, str]) -> Symptom:
        return failed if environ.get("SERVICE_URL", value) == value else WELL

    found = try_variables(Examination(Facts(), failed), {"SERVICE_URL": value}, run)
    assert [c.value for c in found] == ([expected] if expected else [])


@pytest.mark.parametrize("environ", [{}, {"LANG": "en_US.UTF-8", "OMP_NUM_THREADS": "2", "HOME": "/root"}])
def test_nothing_is_run_where_no_variable_is_suspicious(environ: dict[str, str]) -> None:
    log: list[Mapping[str, str]] = []
    assert (try_variables(Examination(Facts(), FAILED), environ, runs("HOME", log)), log) == ((), [])


def test_a_command_that_succeeds_is_not_run_again() -> None:
    log: list[Mapping[str, str]] = []
    assert (try_variables(Examination(Facts(), WELL), {"PYTHONPATH": "/x"}, runs("", log)), log) == ((), [])


@pytest.mark.parametrize(
    ("name", "value", "message", "expected"),
    [
        ("GEO_DATA", "./opt/geo", "opt/geo/geo.db lacks a version", ["GEO_DATA"]),
        ("GEO_DATA", "/a:/opt/geo/", "in /opt/geo/geo.db", ["GEO_DATA"]),
        ("GEO_DATA", "x", "GEO_DATA is not a folder", ["GEO_DATA"]),
        ("GEO_DATA", "/opt/geo", "no such file", []),
        ("GEO_DATA", "yes", "yes, it failed", []),
        ("HOME", "/root", "in /root/x", []),
    ],
)
def test_a_variable_that_the_output_quotes_is_suspicious(
    name: str, value: str, message: str, expected: list[str]
) -> None:
    failed = Symptom(message, (Error("Error", message),), exit_code=1)
    found = try_variables(Examination(Facts(), failed), {name: value}, runs(name, []))
    assert expected == [c.variable for c in found]


def test_an_application_s_own_setting_is_at_fault_only_where_it_succeeds_without() -> None:
    failed = Symptom("cannot use DATABASE_URL", (Error("Error", "cannot use DATABASE_URL"),), exit_code=1)
    otherwise = Symptom("", (Error("KeyError", "'DATABASE_URL'"),), exit_code=1)
    found = try_variables(Examination(Facts(), failed), {"DATABASE_URL": "postgres://"}, lambda _: otherwise)
    assert () == found


def test_a_command_that_never_fails_twice_alike_accuses_no_variable() -> None:
    numbers = count()
    found = try_variables(
        Examination(Facts(), FAILED),
        {"PYTHONPATH": "/x", "NUMBA_X": "1"},
        lambda _: Symptom("", (Error("OSError", f"port {next(numbers)} in use"),), exit_code=1),
    )
    assert () == found


def test_unsetting_a_variable_that_proved_to_matter_is_a_change(tmp_path: Path) -> None:
    """Also where it is none of those that are read for every patient: else its repair would pass for idle."""
    code = "import os, sys; sys.exit('PYTEST_ODD' in os.environ and 'PYTEST_ODD is set')"
    request = ExamineRequest(
        python=sys.executable,
        command=(sys.executable, "-c", code),
        cwd=str(tmp_path),
        environment=(("PATH", os.defpath), ("PYTEST_ODD", "1")),
    )
    case = gather(request, Silent())
    assert [c.variable for c in case.counterfactuals] == ["PYTEST_ODD"]
    assert not idle((Action("env-var", "PYTEST_ODD"),), case.facts)

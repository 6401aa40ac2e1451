"""What is said of an image's settings and of how a container of it fared."""

from __future__ import annotations

import pytest

from tts_doctor.judge_image import judge_course, judge_setup, judge_structure
from tts_doctor.model.container import Course, Setup, StructureResult
from tts_doctor.model.smoke import State

PASSED, FAILED, ABSENT, UNKNOWN = State.PASSED, State.FAILED, State.ABSENT, State.UNKNOWN
GOOD = Setup(user="10001:10001", command=("app",), health=("CMD", "true"), ports=(8000,))
JOB = Setup(user="10001", command=("job",), batch=True)

SETUPS = {
    "all is well": (GOOD, "passed passed passed passed"),
    "no user": (Setup(command=("a",), health=("CMD", "x")), "failed passed passed passed"),
    "root by name": (Setup("root", ("a",), ("CMD", "x")), "failed passed passed passed"),
    "root by number": (Setup("0:0", ("a",), ("CMD", "x")), "failed passed passed passed"),
    "a name": (Setup("app", ("a",), ("CMD", "x")), "passed passed passed passed"),
    "a shell": (Setup("1", ("/bin/sh", "-c", "gunicorn app"), ("CMD", "x")), "passed failed passed passed"),
    "a shell that gives way": (Setup("1", ("sh", "-c", "exec app"), ("CMD", "x")), "passed passed passed passed"),
    "nothing to run": (Setup("1", (), ("CMD", "x")), "passed failed passed passed"),
    "no health check": (Setup("1", ("a",)), "passed passed failed passed"),
    "a health check switched off": (Setup("1", ("a",), ("NONE",)), "passed passed failed passed"),
    "a job": (JOB, "passed passed absent passed"),
    "a secret": (Setup("1", ("a",), ("CMD",), variables=(("HF_TOKEN", "x"),)), "passed passed passed failed"),
    "an empty secret": (Setup("1", ("a",), ("CMD",), variables=(("HF_TOKEN", ""),)), "passed passed passed passed"),
}


@pytest.mark.parametrize("setup, expected", SETUPS.values(), ids=SETUPS)
def test_settings(setup: Setup, expected: str) -> None:
    """In order: user, command, health, secrets. The value of a secret is never told."""
    checks = judge_setup(setup)
    assert " ".join(check.state.value for check in checks) == expected
    assert not any("x" in check.found.en for check in checks if check.id == "image.secrets")


COURSES = {
    "well": (GOOD, Course(health="healthy", seconds=2, users=("10001",), stopped=0, stopping=1),
             {"start": PASSED, "health": PASSED, "user": PASSED, "stop": PASSED}),
    "not started": (GOOD, Course(refused="exec: no such file"), {"start": FAILED}),
    "ended at once": (GOOD, Course(ended=1, seconds=0.3), {"start": PASSED, "health": FAILED}),
    "out of memory": (GOOD, Course(ended=137, out_of_memory=True),
                      {"start": PASSED, "health": FAILED, "memory": FAILED}),
    "unhealthy": (GOOD, Course(health="unhealthy", health_said="503", stopped=0),
                  {"start": PASSED, "health": FAILED, "stop": PASSED}),
    "nothing to ask": (Setup("1", ("a",)), Course(stopped=0), {"start": PASSED, "health": UNKNOWN, "stop": PASSED}),
    "a process of root's": (GOOD, Course(health="healthy", users=("0", "10001"), stopped=0),
                            {"start": PASSED, "health": PASSED, "user": FAILED, "stop": PASSED}),
    "deaf": (GOOD, Course(health="healthy", stopped=137, stopping=20),
             {"start": PASSED, "health": PASSED, "stop": FAILED}),
    "ended by the signal": (GOOD, Course(health="healthy", stopped=143),
                            {"start": PASSED, "health": PASSED, "stop": FAILED}),
    "a job that is done": (JOB, Course(ended=0), {"start": PASSED, "end": PASSED}),
    "a job that failed": (JOB, Course(ended=3), {"start": PASSED, "end": FAILED}),
    "a job without end": (JOB, Course(stopped=0), {"start": PASSED, "end": FAILED, "stop": PASSED}),
}  # fmt: skip


@pytest.mark.parametrize("setup, course, expected", COURSES.values(), ids=COURSES)
def test_courses(setup: Setup, course: Course, expected: dict[str, State]) -> None:
    assert {c.id.removeprefix("container."): c.state for c in judge_course(setup, course)} == expected


def test_both_languages_are_spoken() -> None:
    checks = [c for setup, course, _ in COURSES.values() for c in (*judge_setup(setup), *judge_course(setup, course))]
    assert all(bool(c.found.zh) == bool(c.found.en) and c.title.zh for c in checks)


def test_structure() -> None:
    rows = [StructureResult("Command Test: python", True), StructureResult("File: /app", False, "no such file")]
    assert [(c.area, c.state, c.found.en) for c in judge_structure(rows)] == [
        ("structure", PASSED, ""), ("structure", FAILED, "no such file"),
    ]  # fmt: skip

"""Whatever the user gives: a clear message, the documented exit status, nothing on standard output, no traceback."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.toolkit.cli.conftest import Doctor

USAGE = [
    ((), "a verb is missing"),
    (("operate",), "there is no verb operate"),
    (("diagnose", "--bogus"), "--bogus"),
    (("diagnose", "--timeout", "soon"), "seconds"),
    (("diagnose", "--timeout", "-1"), "seconds"),
    (("diagnose", "--timeout", "nan"), "seconds"),
    (("diagnose", "--up", "3"), "--up needs a command"),
    (("diagnose", "--"), "no command"),
    (("diagnose", "--log", "run.log", "--", "true"), "--log"),
    (("diagnose", "--context", "x.json"), "--context"),
    (("diagnose", "--python", "a", "--site", "b"), "--site"),
    (("diagnose", "--python", "/nonexistent/python"), "/nonexistent/python does not exist"),
    (("diagnose", "--python", "no-such-python"), "not on PATH"),
    (("diagnose", "--python", "."), "folder without bin/python"),
    (("diagnose", "--site", "/nonexistent"), "/nonexistent does not exist"),
    (("diagnose", "--site", "run.log"), "is not a folder"),
    (("diagnose", "--log", "/nonexistent.log"), "No such file"),
    (("diagnose", "--log", "."), "directory"),
    (("diagnose", "--log", "run.log", "--context", "/nonexistent.json"), "No such file"),
    (("diagnose", "--log", "run.log", "--context", "run.log"), "not JSON"),
    (("diagnose", "--log", "binary"), "binary"),
    (("treat", "--yes"), "failing command"),
    (("treat", "--allow", "everything", "--", "true"), "everything"),
    (("treat", "--requirements", "/nonexistent.txt", "--python", "/bin/sh", "--", "true"), "/nonexistent.txt"),
    (("history", "--", "true"), "takes no command"),
    (("playbook",), "ACTION"),
]


@pytest.mark.parametrize(("words", "said"), USAGE, ids=[" ".join(row[0])[:60] for row in USAGE])
def test_usage_errors(words: tuple[str, ...], said: str, doctor: Doctor, log: Path, tmp_path: Path) -> None:
    """Exit 2, the culprit named."""
    (tmp_path / "binary").write_bytes(bytes(range(256)) * 40)
    ran = doctor(*words)

    assert (2, "") == (ran.returncode, ran.stdout), ran.stderr
    assert ran.stderr.startswith("error: ")
    assert said in ran.stderr


WRONG = [row[0] for row in USAGE] + [
    ("diagnose", "--site", "run.log", "--format", "xml"),
    ("diagnose", "--explain", "7", "--log", "run.log"),
    ("undo", "run.log"),
    ("undo", "nosuchreceipt"),
    ("playbook", "show", "nosuch"),
    ("playbook", "ruhn"),
    ("playbook", "check", "nosuch.yaml"),
    ("playbook", "new", "Bad Id"),
    ("playbook", "run", "x", "--tarrget", "y"),
    ("completion", "tcsh"),
    ("lock",),
    ("lock", "nosuch.txt"),
    ("lock", "--wat"),
    ("dockerfile",),
    ("dockerfile", "--lock", "nosuch.lock"),
    ("dockerfile", "--repair", "nosuch"),
    ("image",),
    ("image", "diff", "one"),
    ("image", "check", "--memory", "much", "x"),
    ("smoke",),
    ("smoke", "ftp://x"),
    ("matrix", "nosuch.txt"),
    ("matrix", "run.log", "--jobs", "z"),
]
NAMED = re.compile(r"""(['"`]).*?\1|/\S+|--?[a-z-]+|\btts-doctor( [a-z-]+)*|\S+\.(txt|lock|log|yaml)|\([^)]*\)""")
"""What keeps its own name in every language: quotations, paths, options, commands."""


@pytest.mark.parametrize("words", WRONG, ids=[" ".join(words)[:60] for words in WRONG])
def test_what_is_wrong_and_what_next_in_chinese(
    words: tuple[str, ...], doctor: Doctor, log: Path, tmp_path: Path
) -> None:
    """What happened, where, what to do: no English sentence is left in it."""
    (tmp_path / "binary").write_bytes(bytes(range(256)) * 40)
    ran = doctor(*words, env={"LANG": "zh_CN.UTF-8", "LC_ALL": None})
    said = [line for line in ran.stderr.splitlines() if line and not line.endswith(" ...")]

    assert (2, "") == (ran.returncode, ran.stdout), ran.stderr
    assert said[0].startswith("错误：")
    assert any(line.startswith("提示：") for line in said), said
    assert [] == [line for line in said if re.search(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}", NAMED.sub("", line))]


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("diagnoze",), "diagnose"),
        (("diagnose", "--loog", "x"), "--log"),
        (("playbook", "run", "x", "--tarrget", "y"), "--target"),
    ],
)
def test_what_was_probably_meant(words: tuple[str, ...], meant: str, doctor: Doctor) -> None:
    assert f"did you mean {meant}?" in doctor(*words).stderr


def test_an_empty_log_is_said_to_be_empty(doctor: Doctor, tmp_path: Path) -> None:
    """Unknown, and why."""
    (tmp_path / "empty.log").touch()
    ran = doctor("diagnose", "--log", "empty.log")

    assert (3, True) == (ran.returncode, "log: it is empty" in ran.stdout)


def test_a_folder_is_named_as_what_was_examined(doctor: Doctor, tmp_path: Path) -> None:
    ran = doctor("diagnose", "--site", str(tmp_path), "--format", "json")

    assert str(tmp_path) == json.loads(ran.stdout)["target"]


@pytest.mark.parametrize("words", [("operate",), ("diagnose", "--log", "/nonexistent.log"), ("treat", "--yes")])
def test_errors_are_told_in_the_callers_language(words: tuple[str, ...], doctor: Doctor) -> None:
    """From LANG, and from --lang against it."""
    chinese = {"LANG": "zh_CN.UTF-8", "LC_ALL": None}

    assert doctor(*words, env=chinese).stderr.startswith("错误：")
    assert doctor(*words, "--lang", "en", env=chinese).stderr.startswith("error: ")


@pytest.mark.parametrize("python", ["/bin/true", "/bin/cat", "run.log", "script"])
def test_what_is_no_python(python: str, doctor: Doctor, log: Path, tmp_path: Path) -> None:
    """Something exists but is no interpreter: unknown, said clearly."""
    (tmp_path / "script").write_text("#!/bin/sh\necho hello; exit 7\n")
    (tmp_path / "script").chmod(0o755)
    ran = doctor("diagnose", "--python", python if "/" in python else f"./{python}")

    assert 3 == ran.returncode, ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr and "internal error" not in ran.stderr


CONTEXTS = [
    ("[]", "context must be an object"),
    ('{"packages": 3}', "context.packages"),
    ('{"python": ["3.10"]}', "context.python"),
    ('{"packages": {"numpy": {}}}', "context.packages.numpy"),
    ("[" * 100_000, "not JSON"),
]


@pytest.mark.parametrize(("text", "said"), CONTEXTS, ids=[row[1] for row in CONTEXTS])
def test_wrong_contexts(text: str, said: str, doctor: Doctor, log: Path, tmp_path: Path) -> None:
    """The key that is wrong is named."""
    (tmp_path / "context.json").write_text(text)
    ran = doctor("diagnose", "--log", str(log), "--context", "context.json")

    assert 2 == ran.returncode, ran.stderr
    assert said in ran.stderr


def test_a_log_of_100_megabytes(doctor: Doctor, tmp_path: Path, log: Path) -> None:
    """Bounded time and memory; the end, where the error is, was read, and the gap is reported."""
    big = tmp_path / "big.log"
    with big.open("wb") as file:
        for _ in range(100):
            file.write(b"2026-01-01 INFO nothing to see here, step 12345\n" * 21_845)
        file.write(log.read_bytes())
    began = time.monotonic()
    line = 'ulimit -v 1500000; exec "$0" diagnose --log big.log --format json'
    launcher = doctor("--version").args[0]
    ran = doctor(launcher, command=("sh", "-c", line), timeout=60)

    assert ran.returncode in (1, 3), ran.stderr
    assert time.monotonic() - began < 30
    assert any(gap["what"] == "log" for gap in json.loads(ran.stdout)["gaps"])


def test_a_log_from_standard_input(doctor: Doctor, log: Path) -> None:
    """`--log -` reads what is piped in."""
    ran = doctor("diagnose", "--log", "-", "--format", "json", input=log.read_text())

    assert ran.returncode in (1, 3)
    assert "log" == json.loads(ran.stdout)["target"]


def test_interrupting_leaves_with_130(doctor: Doctor, base_environment: dict[str, str], tmp_path: Path) -> None:
    """A clean message; the command that was running is gone as well."""
    launcher = doctor("--version").args[0]
    marker = tmp_path / "pid"
    code = f"import os, time; open({str(marker)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    words = [launcher, "diagnose", "--python", sys.executable, "--", sys.executable, "-c", code]
    process = subprocess.Popen(
        words, env=base_environment, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 20
    while not (marker.exists() and marker.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)

    assert (130, "") == (process.returncode, out), err
    assert "interrupted" in err and "Traceback" not in err
    time.sleep(0.2)
    with pytest.raises(ProcessLookupError):
        os.kill(int(marker.read_text()), 0)


def test_an_unexpected_error_is_one_line(doctor: Doctor, tmp_path: Path) -> None:
    """A bug says so in one line; the traceback comes only with TTS_DOCTOR_DEBUG."""
    code = (
        "import sys; from tts_doctor.cli import main, verbs; "
        "verbs.VERBS = {'history': lambda *a: 1 / 0}; sys.exit(main.main(['history']))"
    )
    plain = doctor("-c", code, command=(sys.executable,))
    debug = doctor("-c", code, command=(sys.executable,), env={"TTS_DOCTOR_DEBUG": "1"})

    assert (3, 1) == (plain.returncode, len(plain.stderr.splitlines()))
    assert "ZeroDivisionError" in plain.stderr
    assert "Traceback" in debug.stderr

"""Commands run bounded in time and output, end with everything they started, and see private mounts."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

import pytest

from tts_doctor.effects.run_command import namespaces_available, run

PYTHON = sys.executable
ENV = {"PATH": os.environ["PATH"]}


def alive(marker: str) -> bool:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if marker.encode() in (entry / "cmdline").read_bytes():
                    return True
            except OSError:
                continue
    return False


@pytest.mark.parametrize(
    ("argv", "code", "text"),
    [
        (["sh", "-c", "echo out; echo err >&2; exit 3"], 3, "out\nerr\n"),
        (["sh", "-c", "kill -9 $$"], -9, ""),
        (["sh", "-c", "read x || echo closed"], 0, "closed\n"),
        (["sh", "-c", "printf '\\377x'"], 0, "\ufffdx"),
        (["sh", "-c", "echo $A-$PATH"], 0, f"-{ENV['PATH']}\n"),
        (["sh", "-c", "pwd"], 0, "/\n"),
    ],
)
def test_exit_code_and_output(argv: list[str], code: int, text: str) -> None:
    result = run(argv, ENV, "/", 20)
    assert (code, text, False) == (result.exit_code, result.output, result.timed_out)


@pytest.mark.parametrize(("program", "code"), [("no-such-program", 127), ("/etc/passwd", 126), ("/", 126)])
def test_a_command_that_cannot_start_answers_as_a_shell_does(program: str, code: int) -> None:
    result = run([program], ENV, "/", 20)
    assert code == result.exit_code
    assert "cannot run" in result.output


def test_the_deadline_ends_detached_children_too() -> None:
    marker = f"tts-doctor-test-{os.getpid()}-{time.monotonic_ns()}"
    detached = f"import os,time; os.fork() or (os.setsid(), os.fork() or time.sleep(60)); time.sleep(60) # {marker}"
    result = run([PYTHON, "-c", detached], ENV, "/", 1)
    assert (result.exit_code, result.timed_out) == (124, True)
    assert result.seconds < 10
    assert not alive(marker)


def test_what_a_finished_command_left_running_is_ended() -> None:
    marker = f"tts-doctor-test-{os.getpid()}-{time.monotonic_ns()}"
    result = run(["sh", "-c", f"setsid {PYTHON} -c 'import time; time.sleep(60) # {marker}' & exit 0"], ENV, "/", 20)
    assert result.exit_code == 0
    assert result.seconds < 10
    assert not alive(marker)


def test_long_output_keeps_head_and_tail() -> None:
    script = "print('first'); print('x' * 500000); print('last')"
    result = run([PYTHON, "-c", script], ENV, "/", 20, output_limit=1000)
    assert result.output.startswith("first\n")
    assert result.output.endswith("last\n")
    assert "bytes left out" in result.output
    assert len(result.output) < 1100


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("import time; print('ready', flush=True); time.sleep(60)", 0),
        ("import signal,time; signal.signal(signal.SIGTERM, lambda *a: exit(7)); time.sleep(60)", 0),
        ("import time,traceback\ntry: 1/0\nexcept Exception: traceback.print_exc()\ntime.sleep(60)", 1),
        ("raise SystemExit(5)", 5),
    ],
)
def test_a_server_that_stays_up_is_a_success(script: str, code: int) -> None:
    result = run([PYTHON, "-u", "-c", script], ENV, "/", 30, up=1)
    assert code == result.exit_code
    assert result.seconds < 5


@pytest.fixture
def binds(tmp_path: Path) -> tuple[tuple[str, str], ...]:
    if not namespaces_available():
        pytest.skip("this kernel or container allows no private mount namespace")
    for name in "clone", "patient":
        (tmp_path / name).mkdir()
        (tmp_path / name / "who").write_text(name)
    return ((str(tmp_path / "clone"), str(tmp_path / "patient")),)


def test_binds_are_seen_by_the_command_alone(binds: tuple[tuple[str, str], ...]) -> None:
    target = binds[0][1]
    result = run(["sh", "-c", "cat who; echo new > made"], ENV, target, 20, binds=binds)
    assert (result.exit_code, result.output) == (0, "clone")
    assert Path(binds[0][0], "made").read_text() == "new\n"
    assert Path(target, "who").read_text() == "patient"
    assert not Path(target, "made").exists()


@pytest.mark.parametrize("flags", ["-m", "-rm"])
def test_namespaces_nest(binds: tuple[tuple[str, str], ...], flags: str) -> None:
    if shutil.which("unshare") is None:
        pytest.skip("no unshare program")
    if flags == "-m" and os.geteuid() != 0:
        pytest.skip("unshare -m needs root")
    result = run(["unshare", flags, "cat", "who"], ENV, binds[0][1], 20, binds=binds)
    assert (result.exit_code, result.output) == (0, "clone")


def test_an_unprivileged_user_has_binds_too(binds: tuple[tuple[str, str], ...]) -> None:
    system = "/usr/bin/python3"
    if os.geteuid() != 0 or shutil.which("setpriv") is None or not os.path.exists(system):
        pytest.skip("needs root and setpriv to become somebody else")
    folder = Path(binds[0][0]).parent
    for path in (folder, *folder.parents):
        if not path.stat().st_mode & 0o001:
            path.chmod(path.stat().st_mode | 0o011)
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from tts_doctor.effects.run_command import run, namespaces_available\n"
        "if not namespaces_available(): print('none'); raise SystemExit\n"
        "r = run(['cat', 'who'], {'PATH': '/bin:/usr/bin'}, sys.argv[3], 20, binds=((sys.argv[2], sys.argv[3]),))\n"
        "print(r.output)"
    )
    package = str(Path(sys.modules["tts_doctor"].__file__ or "").parents[1])
    argv = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", system, "-c", code, package, *binds[0]]
    result = run(argv, {**ENV, "PYTHONDONTWRITEBYTECODE": "1"}, "/", 30)
    if any(words in result.output for words in ("Permission denied", "No module named 'tts_doctor'", "none")):
        pytest.skip(f"not possible for nobody here: {result.output[-200:]}")
    assert result.output.strip() == "clone"


def test_a_server_whose_workers_are_killed_is_not_up(tmp_path: Path) -> None:
    """gunicorn itself goes on for ever, without a traceback."""
    pytest.importorskip("gunicorn")
    (tmp_path / "service.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
    command = [PYTHON, "-m", "gunicorn", "-b", "127.0.0.1:0", "service:app"]
    ran = run(command, ENV, str(tmp_path), 30, up=2)
    assert (1, False) == (ran.exit_code, ran.timed_out), ran.output
    assert "SIGKILL" in ran.output and "Traceback" not in ran.output

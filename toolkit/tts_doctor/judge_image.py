"""An image's settings and a container's course in, checks out. Runs nothing.

What is asked of an image: no root, a health check that passes, a command that signals reach, no secret among its
variables, and an end with status 0 when it is asked to stop.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tts_doctor.model.container import Course, Setup, StructureResult
from tts_doctor.model.smoke import Check, State
from tts_doctor.model.text import Text

TITLES = {
    "image.user": Text("runs without root", "不以 root 运行"),
    "image.command": Text("its command hears signals", "启动命令能收到信号"),
    "image.health": Text("says how its health is asked", "声明了健康检查"),
    "image.secrets": Text("no secret among its variables", "变量中没有密钥"),
    "container.start": Text("starts read-only, without rights", "以只读、无特权方式启动"),
    "container.health": Text("becomes healthy", "变为健康状态"),
    "container.end": Text("ends by itself with status 0", "自行结束且状态为 0"),
    "container.user": Text("no process of root's", "没有 root 进程"),
    "container.memory": Text("stays below the memory limit", "未超出内存上限"),
    "container.stop": Text("stops when it is asked, with status 0", "收到请求后停止且状态为 0"),
}
SECRETS = ("TOKEN", "PASSWORD", "PASSWD", "SECRET", "CREDENTIAL", "API_KEY", "ACCESS_KEY", "PRIVATE_KEY")
SHELLS = ("sh", "bash", "dash", "ash")
PATIENCE = 10.0
"""Seconds after which an engine kills what has not stopped."""
KILLED = 137
ODD = re.compile(r"[^a-z0-9]+")
PASSED, FAILED = State.PASSED, State.FAILED


def judge_setup(setup: Setup) -> list[Check]:
    """What the configuration alone tells."""
    return [_user(setup), _command(setup), _health(setup), _secrets(setup)]


def judge_course(setup: Setup, course: Course) -> list[Check]:
    """How it fared; what it did not come to is not told."""
    checks = [_start(course)]
    if course.refused:
        return checks
    checks.append(_end(course) if setup.batch else _healthy(setup, course))
    if course.users is not None:
        checks.append(_users(course))
    if course.out_of_memory:
        checks.append(_check("container.memory", FAILED, "the kernel ended it for its memory", "因超出内存被内核结束"))
    if course.stopped is not None:
        checks.append(_stop(course))
    return checks


def judge_structure(results: Sequence[StructureResult]) -> Iterator[Check]:
    """A check of each test of container-structure-test."""
    for result in results:
        name = "structure." + ODD.sub("-", result.name.lower()).strip("-")
        yield Check(name, PASSED if result.passed else FAILED, Text(result.name), Text(_shown(result.said)))


def _check(name: str, state: State, en: str = "", zh: str = "", seconds: float = 0.0) -> Check:
    return Check(name, state, TITLES[name], Text(_shown(en), _shown(zh)), seconds)


def _shown(text: str) -> str:
    """On one line, without what could steer a terminal."""
    return "".join(c if c.isprintable() else " " for c in text)[:300]


def _user(setup: Setup) -> Check:
    name = setup.user.partition(":")[0]
    if name in ("", "0", "root"):
        return _check("image.user", FAILED, "USER is root or missing", "USER 为 root 或未设置")
    if not name.isdigit():
        words = (f"{name}; a number lets runAsNonRoot be enforced", f"{name}；用数字才能强制 runAsNonRoot")
        return _check("image.user", PASSED, *words)
    return _check("image.user", PASSED, name, name)


def _command(setup: Setup) -> Check:
    words = setup.command
    if not words:
        return _check("image.command", FAILED, "it has no command", "没有启动命令")
    shell = len(words) > 2 and words[0].rpartition("/")[2] in SHELLS and words[1] == "-c"
    if shell and not words[2].lstrip().startswith("exec "):
        told = ("a shell stands before it: use the exec form", "前面有 shell，请用 exec 形式")
        return _check("image.command", FAILED, *told)
    return _check("image.command", PASSED, " ".join(words), " ".join(words))


def _health(setup: Setup) -> Check:
    if setup.health and setup.health[0] != "NONE":
        return _check("image.health", PASSED)
    if setup.batch:
        return _check("image.health", State.ABSENT, "a job needs none", "任务不需要")
    return _check("image.health", FAILED, "it has no HEALTHCHECK", "没有 HEALTHCHECK")


def _secrets(setup: Setup) -> Check:
    named = sorted(n for n, value in setup.variables if value and any(word in n.upper() for word in SECRETS))
    if named:
        rows = ", ".join(named)
        return _check("image.secrets", FAILED, f"{rows}: whoever has the image can read it", f"{rows}：任何人都能读到")
    return _check("image.secrets", PASSED)


def _start(course: Course) -> Check:
    if course.refused:
        return _check("container.start", FAILED, course.refused, course.refused)
    return _check("container.start", PASSED)


def _healthy(setup: Setup, course: Course) -> Check:
    seconds, code = course.seconds, course.ended
    if code is not None:
        words = (f"it ended with status {code} after {seconds:.1f} s", f"{seconds:.1f} 秒后以状态 {code} 结束")
        return _check("container.health", FAILED, *words, seconds)
    if course.health == "healthy":
        return _check("container.health", PASSED, f"after {seconds:.1f} s", f"{seconds:.1f} 秒后", seconds)
    if not setup.health:
        return _check("container.health", State.UNKNOWN, "there is nothing to ask", "没有可询问的健康检查", seconds)
    said = f": {course.health_said}" if course.health_said else ""
    words = (f"{course.health} after {seconds:.0f} s{said}", f"{seconds:.0f} 秒后仍为 {course.health}{said}")
    return _check("container.health", FAILED, *words, seconds)


def _end(course: Course) -> Check:
    seconds = course.seconds
    if course.ended is None:
        words = (f"it still runs after {seconds:.0f} s", f"{seconds:.0f} 秒后仍在运行")
        return _check("container.end", FAILED, *words, seconds)
    state = FAILED if course.ended else PASSED
    return _check("container.end", state, f"status {course.ended}", f"状态 {course.ended}", seconds)


def _users(course: Course) -> Check:
    users = ", ".join(course.users or ())
    return _check("container.user", FAILED if {"0", "root"} & set(course.users or ()) else PASSED, users, users)


def _stop(course: Course) -> Check:
    seconds, code = course.stopping, course.stopped
    if code == KILLED:
        words = (f"it did not, and was killed after {seconds:.0f} s", f"未停止，{seconds:.0f} 秒后被强制结束")
        return _check("container.stop", FAILED, *words, seconds)
    words = (f"status {code} after {seconds:.1f} s", f"{seconds:.1f} 秒后，状态 {code}")
    return _check("container.stop", PASSED if code == 0 else FAILED, *words, seconds)

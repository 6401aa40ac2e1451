"""A smoke test of an image: one container of it, with as few rights as can be, asked as its clients would, removed.

What the image's settings are worth is the business of `image check`; this module asks the service alone.
"""

from __future__ import annotations

from dataclasses import replace

from tts_doctor.effects.engine import connect
from tts_doctor.effects.run_image import port_of, read_setup, running, stopped
from tts_doctor.effects.smoke import diagnose_words, smoke
from tts_doctor.model.container import Course, Limits
from tts_doctor.model.smoke import Check, SmokeReport, SmokeRequest, State
from tts_doctor.model.text import Text
from tts_doctor.parse.container import kills
from tts_doctor.ports import Reporter
from tts_doctor.smoke.words import check


def smoke_image(name: str, request: SmokeRequest, say: Reporter) -> SmokeReport:
    """Raises DoctorError where there is no engine, UsageError where it has no such image."""
    client = connect(dict(request.environment))
    setup = read_setup(client, name)
    limits = Limits(seconds=request.timeout)
    say.step(Text("starting it without rights", "正在以最小权限启动"))
    spoken = SmokeReport("", "")
    with running(client, name, setup, limits) as run:
        port = port_of(setup, limits)
        up = not run.course.refused and run.course.ended is None and bool(run.address and port)
        if up:
            asked = replace(request, url=f"http://{run.address}:{port}", timeout=request.timeout / 2)
            spoken = smoke(asked, say)
        course = stopped(run)
    checks = [_start(course, port), *spoken.checks]
    if ended := kills(course.output):
        words = (f"{ended} ended and were replaced", f"{ended} 个退出后被重启")
        checks = [one for one in checks if one.id != "state.restarts"]
        checks.append(check("state.restarts", State.FAILED, *words))
    report = replace(spoken, target=name, profile="full" if request.full else "quick", checks=tuple(checks))
    failed = any(one.state is State.FAILED for one in checks)
    if not failed or report.diagnosis is not None:
        return report
    environ = dict(request.environment)
    return replace(report, diagnosis=diagnose_words(course.output, "", request.cwd, environ, say))


def _start(course: Course, port: int) -> Check:
    if course.refused:
        return check("start.server", State.FAILED, course.refused)
    if course.ended is not None:
        return check("start.server", State.FAILED, f"it ended with {course.ended}", f"已退出（{course.ended}）")
    if not port:
        return check("start.server", State.UNKNOWN, "the image exposes no port", "镜像没有声明端口")
    seconds = course.seconds
    return check("start.server", State.PASSED, f"after {seconds:.1f} s", f"{seconds:.1f} 秒后", seconds)

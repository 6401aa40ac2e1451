"""Checks an image as it will be run: its settings, a container without rights, its service, how it stops.

Decides the order and when to stop; what is well is decided by `judge_image` and `smoke`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tts_doctor.effects.diagnose_image import diagnose_archive
from tts_doctor.effects.engine import connect
from tts_doctor.effects.run_image import port_of, read_setup, running, stopped
from tts_doctor.effects.scratch import scratch_folder
from tts_doctor.effects.smoke import smoke
from tts_doctor.effects.stored_image import open_image
from tts_doctor.errors import DoctorError
from tts_doctor.judge_image import judge_course, judge_setup, judge_structure
from tts_doctor.model.container import Course, Limits, Setup, StructureResult
from tts_doctor.model.finding import Diagnosis
from tts_doctor.model.request import ExamineRequest
from tts_doctor.model.smoke import Check, SmokeReport, SmokeRequest, State
from tts_doctor.model.text import Text
from tts_doctor.ports import Reporter

STRUCTURE = "container-structure-test"


def check_image(
    name: str, limits: Limits, structure: str, speaks: bool, request: SmokeRequest, say: Reporter
) -> SmokeReport:
    """Everything that was looked at. `request`: how the service is asked, its address left open; `structure`: a file of
    container-structure-test or empty. Raises DoctorError where there is no engine, UsageError where no such image.
    """
    begun = time.monotonic()
    environ = dict(request.environment)
    client = connect(environ)
    setup = read_setup(client, name)
    checks = judge_setup(setup)
    if structure:
        say.step(Text("running the structure tests", "正在运行结构测试"))
        checks += judge_structure(list(_structure(name, structure, environ)))
    say.step(Text("starting it without rights", "正在以最小权限启动"))
    spoken = None
    with running(client, name, setup, limits) as run:
        port = port_of(setup, limits)
        well = not run.course.refused and run.course.ended is None
        if speaks and well and port and run.address and not setup.batch:
            spoken = smoke(replace(request, url=f"http://{run.address}:{port}"), say)
        say.step(Text("stopping it", "正在停止"))
        course = stopped(run)
    checks += judge_course(setup, course) + [_with_way_out(check) for check in (spoken.checks if spoken else ())]
    diagnosis = _diagnose(name, setup, course, request, say) or (spoken.diagnosis if spoken else None)
    profile = "full" if request.full else "quick"
    return SmokeReport(name, profile, tuple(checks), time.monotonic() - begun, diagnosis)


def _with_way_out(check: Check) -> Check:
    """Most images hold no speech service: who forgot the option is told its name."""
    if check.id != "speech.endpoint" or check.state is not State.FAILED:
        return check
    hint = Text("none was found; --no-speech is for services of another kind", "没有找到；其他服务请加 --no-speech")
    return replace(check, found=hint)


def _diagnose(name: str, setup: Setup, course: Course, request: SmokeRequest, say: Reporter) -> Diagnosis | None:
    """Why it ended, from what it wrote and the image's own layers."""
    failed = course.ended if setup.batch else course.ended is not None
    if not failed or not course.output.strip():
        return None
    wanted = ExamineRequest(cwd=request.cwd, environment=request.environment, offline=True)
    with (
        scratch_folder() as scratch,
        open_image(name, "/", dict(request.environment), scratch, say) as archive,
    ):
        return diagnose_archive(archive, wanted, course.output, (), scratch, say)


def _structure(name: str, file: str, environ: dict[str, str]) -> Iterator[StructureResult]:
    own = os.path.join(os.path.dirname(sys.executable), STRUCTURE)
    program = own if os.path.exists(own) else shutil.which(STRUCTURE, path=environ.get("PATH", os.defpath))
    if not program:
        raise DoctorError(
            f"{STRUCTURE} is not installed",
            f"未安装 {STRUCTURE}",
            hint_en="uv tool install 'tts-doctor[images]'",
            hint_zh="uv tool install 'tts-doctor[images]'",
        )
    argv = [program, "test", "--image", name, "--config", file, "--output", "json", "--no-color"]
    done = subprocess.run(argv, env=environ, stdin=subprocess.DEVNULL, capture_output=True, timeout=300)
    try:
        found: Any = json.loads(done.stdout)
        rows = found["Results"] or []
    except (ValueError, KeyError, TypeError):
        said = done.stderr.decode("utf-8", "replace").strip().splitlines() or [f"exit status {done.returncode}"]
        raise DoctorError(f"{STRUCTURE}: {said[-1][:300]}") from None
    for row in rows:
        said = row.get("Errors") or []
        yield StructureResult(str(row.get("Name", "?")), bool(row.get("Pass")), "; ".join(map(str, said)))

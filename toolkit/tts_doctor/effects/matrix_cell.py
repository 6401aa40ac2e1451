"""Builds one cell's environment, imports, runs the command, and asks for the cause of what fails. Then it is removed.

Executed in a process of its own (`python -I -m tts_doctor.effects.matrix_cell`): the task as JSON on standard input,
the result as JSON on standard output. It ends with whoever started it, and its memory and files are bounded.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import resource
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from packaging.utils import canonicalize_name

from tts_doctor.effects.matrix_task import Task, read_task, to_plain
from tts_doctor.effects.run_command import RunResult, run
from tts_doctor.effects.scratch import scratch_folder
from tts_doctor.effects.uv import Deadline, call
from tts_doctor.effects.uv_compile import UvCompile
from tts_doctor.errors import DoctorError, InstallError
from tts_doctor.model.finding import Diagnosis, Finding, Kind, Severity, Verdict
from tts_doctor.model.matrix import Basis, Found, Limits, State
from tts_doctor.model.request import ExamineRequest, TreatRequest
from tts_doctor.model.text import Text

INSTALL_SECONDS = 900.0
MEBI = 1024 * 1024
TAIL = 1500
PR_SET_PDEATHSIG = 1
OUT_OF = re.compile(r"MemoryError|Cannot allocate memory|bad_alloc|No space left on device|File too large")
"""What the bounds of a cell, or the machine's own, look like from within; says nothing of the versions."""
NOT_IMPORTED = ("tests", "test", "docs", "examples")


class _Silent:
    """The Reporter of a process that nobody watches."""

    def step(self, text: Text) -> None:
        """Says nothing."""

    def note(self, text: Text) -> None:
        """Says nothing."""

    def confirm(self, question: Text) -> bool:
        """Nobody can be asked."""
        return False


def run_cell(task: Task, environ: dict[str, str]) -> Found:
    """What became of it; unknown where the machine is at fault. Raises DoctorError where there is no uv."""
    began = time.monotonic()
    with scratch_folder() as folder:
        free = shutil.disk_usage(folder).free // MEBI
        if free < task.limits.disk:
            found = _unknown(task, f"only {free} MiB are free in {folder}", f"{folder} 仅剩 {free} MiB")
        else:
            found = _build_and_check(task, folder, environ)
        # the folder is gone by now, and every cell has another one
        found = replace(found, output=found.output.replace(f"{folder}/", ""))
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    return replace(found, resolved=task.pins, seconds=round(time.monotonic() - began, 2), time=now)


def _build_and_check(task: Task, folder: str, environ: dict[str, str]) -> Found:
    venv = Path(folder, "venv")
    try:
        _install(task, venv, environ)
    except InstallError as error:
        if "no end after" in error.en:
            return _unknown(task, error.en, error.zh)
        why = Text(error.en, error.zh)
        return Found(task.key, State.BROKEN, Basis.RUN, why, "install", output=_tail(error.output))
    python = str(venv / "bin/python")
    env = environ | {"VIRTUAL_ENV": str(venv), "PATH": f"{venv}/bin:{environ.get('PATH', os.defpath)}"}
    site = next(venv.glob("lib/python3*/site-packages"))
    modules = task.imports or _modules(site, task.names)
    stages: list[tuple[str, tuple[str, ...], str]] = []
    if modules:
        stages.append(("import", (python, "-c", "\n".join(f"import {name}" for name in modules)), folder))
    if task.smoke:
        stages.append(("smoke", task.smoke, task.cwd))
    for stage, command, cwd in stages:
        ran = run(command, env, cwd, task.limits.seconds)
        beside = _no_verdict(stage, ran)
        if beside:
            return _unknown(task, beside.en, beside.zh)
        if ran.exit_code != 0:
            request = ExamineRequest(
                python=python, command=command, timeout=task.limits.seconds, cwd=cwd, environment=tuple(env.items()),
                offline=task.settings.offline,
            )  # fmt: skip
            return _explain(task, stage, ran, request, folder)
    return Found(task.key, State.WORKS, Basis.RUN)


def _install(task: Task, venv: Path, environ: dict[str, str]) -> None:
    """From the cache where it has everything: asking the index again takes longer than all else."""
    deadline = Deadline(INSTALL_SECONDS)
    with UvCompile(task.settings, environ, task.cwd) as uv:
        call([uv.uv, "venv", "-q", "--no-project", "--python", task.python, str(venv)], uv.env, "/", deadline)
        file = venv / "pins.txt"
        file.write_text("".join(f"{name}=={version}\n" for name, version in task.pins))
        argv = [uv.uv, "pip", "install", "-q", "--no-deps", "--python", str(venv / "bin/python"), "-r", str(file)]
        argv += uv.policy(dated=False)
        try:
            call([*argv, "--offline"], uv.env, task.cwd, deadline)
        except InstallError:
            if task.settings.offline:
                raise
            call(argv, uv.env, task.cwd, deadline)


def _modules(site: Path, names: Sequence[str]) -> tuple[str, ...]:
    """The import names of what was asked for, in that order; those that are spelt as the distribution come alone."""
    folders: dict[str, Path] = {}
    for path in site.glob("*.dist-info"):
        folders[canonicalize_name(path.name.split("-")[0])] = path
    found: list[str] = []
    for name in names:
        tops = _top_level(folders[name]) if name in folders else []
        found += [t for t in tops if canonicalize_name(t) == name] or tops
    return tuple(dict.fromkeys(found))


def _top_level(folder: Path) -> list[str]:
    listed = folder / "top_level.txt"
    if listed.is_file():
        tops = listed.read_text("utf-8", "replace").split()
    else:
        rows = (folder / "RECORD").read_text("utf-8", "replace").splitlines()
        paths = [row.split(",")[0] for row in rows]
        tops = sorted({path.split("/")[0].split(".")[0] for path in paths if path.endswith((".py", ".so"))})
    return [top for top in tops if top.isidentifier() and top[0] != "_" and top not in NOT_IMPORTED]


def _explain(task: Task, stage: str, ran: RunResult, request: ExamineRequest, folder: str) -> Found:
    """The diagnosis of what fails; a second run that succeeds makes it unknown."""
    from tts_doctor.effects.examine import examine

    broken = Found(task.key, State.BROKEN, Basis.RUN, _last_words(ran), stage, output=_tail(ran.output))
    try:
        diagnosis = examine(request, _Silent())
    except DoctorError as error:
        return replace(broken, why=Text(f"{broken.why.en} ({error.en})", f"{broken.why.en}（{error.zh}）"))
    if diagnosis.command_succeeded:
        return _unknown(task, f"{stage}: failed once and then succeeded", f"{stage}：先失败后成功")
    cause = _cause(diagnosis)
    if cause is not None:
        broken = replace(
            broken, why=cause.title, finding=cause.id, culprits=_parties(cause, dict(task.pins)), repair=_repair(cause)
        )
    return _tried(broken, request, folder) if task.treat else broken


def _cause(diagnosis: Diagnosis) -> Finding | None:
    """The first finding that breaks something."""
    present = (f for f in diagnosis.findings if f.verdict is Verdict.PRESENT and f.severity is Severity.ERROR)
    return next(present, None)


def _parties(finding: Finding, versions: dict[str, str]) -> tuple[tuple[str, str], ...]:
    names = [canonicalize_name(c.name) for c in finding.culprits if c.kind is Kind.DISTRIBUTION]
    return tuple((name, versions[name]) for name in dict.fromkeys(names) if name in versions)


def _repair(finding: Finding) -> str:
    from tts_doctor.effects.search_repair import spoken
    from tts_doctor.plan_repairs import CATEGORY

    ways = [way for way in finding.treatment.repairs if all(step.action in CATEGORY for step in way)]
    return spoken(ways[0]) if ways else ""


def _tried(broken: Found, request: ExamineRequest, folder: str) -> Found:
    """With what `treat` says after its trial in the cell."""
    from tts_doctor.effects.search_repair import spoken
    from tts_doctor.effects.treat import treat

    state = {"TTS_DOCTOR_STATE": str(Path(folder, "state"))}
    examined = replace(request, environment=tuple((request.environ | state).items()))
    try:
        receipt = treat(TreatRequest(examine=examined, dry_run=True, budget=request.timeout), _Silent())
    except DoctorError:
        return replace(broken, repaired="not-repaired")
    if receipt.outcome != "dry-run":
        return replace(broken, repaired="not-repaired")
    return replace(broken, repaired="repaired", repair=spoken(tuple(a.action for a in receipt.actions)))


def _unknown(task: Task, en: str, zh: str) -> Found:
    return Found(task.key, State.UNKNOWN, Basis.RUN, Text(en, zh))


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip()[:300] if lines else ""


def _no_verdict(stage: str, ran: RunResult) -> Text | None:
    """How a run ended that says nothing of the versions."""
    last, seconds = _last_line(ran.output), round(ran.seconds)
    if ran.timed_out:
        return Text(f"{stage}: no end after {seconds} s", f"{stage}：{seconds} 秒内未结束")
    if ran.exit_code == -signal.SIGKILL:
        return Text(f"{stage}: killed from outside (no memory left?)", f"{stage}：被外部终止（内存不足？）")
    if ran.exit_code != 0 and OUT_OF.search(last):
        return Text(f"{stage}: {last}", f"{stage}：{last}")
    return None


def _last_words(ran: RunResult) -> Text:
    status = ran.exit_code
    silent = Text(f"it ended with {status} and said nothing", f"以状态 {status} 结束，无输出")
    return Text(line) if (line := _last_line(ran.output)) else silent


def _tail(text: str) -> str:
    return text.strip()[-TAIL:]


def _bound_ourselves(limits: Limits, parent: int) -> None:
    """Die with the parent; take no more memory and write no bigger file than allowed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)
    for kind, most in ((resource.RLIMIT_DATA, limits.memory), (resource.RLIMIT_FSIZE, limits.disk)):
        hard = resource.getrlimit(kind)[1]
        wanted = most * MEBI
        resource.setrlimit(kind, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


def main() -> int:
    """Standard input -> standard output."""
    data = json.load(sys.stdin)
    task = read_task(data["task"])
    _bound_ourselves(task.limits, int(data["parent"]))
    sys.stdout.write(json.dumps(to_plain(run_cell(task, dict(os.environ)))))
    return 0


if __name__ == "__main__":
    sys.exit(main())

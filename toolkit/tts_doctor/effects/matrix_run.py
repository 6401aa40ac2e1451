"""Goes through a matrix: what follows from known cells is written down, the rest is resolved and run.

Every result is on disk before the next cell is handed out. What was known when a run was killed is not asked again;
what is unknown is.
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace
from datetime import datetime, timezone
from itertools import islice
from pathlib import Path

from tts_doctor.effects.lock_resolver import UvResolver
from tts_doctor.effects.matrix_cell import INSTALL_SECONDS
from tts_doctor.effects.matrix_engine import Engine
from tts_doctor.effects.matrix_store import FILE, Store, read_results
from tts_doctor.effects.matrix_task import Task, from_plain, write_task
from tts_doctor.effects.uv_compile import UvCompile
from tts_doctor.errors import IndexUnavailable, UsageError
from tts_doctor.matrix.plan import lines_of
from tts_doctor.matrix.prove import Proofs
from tts_doctor.model.lock import Core, Question, Resolution
from tts_doctor.model.matrix import Basis, Cell, Found, MatrixRequest, State
from tts_doctor.model.text import Text
from tts_doctor.nearest.explain import conflicts_in
from tts_doctor.ports import Reporter

AHEAD = 4
"""Cells that are resolved side by side."""
WAIT = 5.0
PAGES_SECONDS = 90.0
FETCH_SECONDS = 300.0
"""For a Python that uv has to fetch."""


def run_matrix(request: MatrixRequest, environ: Mapping[str, str], say: Reporter) -> dict[str, Found]:
    """Key -> result of every cell. Raises UsageError, DoctorError; KeyboardInterrupt leaves what is known on disk."""
    with Store(request.folder) as store:
        results = _known(request, store)
        with UvCompile(request.settings, environ, request.cwd) as uv:
            if not any(option.split()[0] == "--pre" for option in request.settings.options):
                uv.env["UV_PRERELEASE"] = "disallow"  # a series is its releases, even where only a beta would fit
            pythons = _interpreters(uv, {cell.python for cell in request.cells if cell.key not in results})
            with Engine(request.jobs, request.scheduler) as engine:
                _Run(request, store, results, uv, UvResolver(uv, environ), pythons, say).go(engine)
    return results


def _known(request: MatrixRequest, store: Store) -> dict[str, Found]:
    """What this folder and the merged ones hold of these cells."""
    cells = {cell.key: cell for cell in request.cells}
    own = {key: found for key, found in store.results().items() if key in cells and found.state is not State.UNKNOWN}
    if own and not request.resume:
        raise UsageError(
            f"{request.folder}/{FILE} holds results of these cells",
            f"{request.folder}/{FILE} 已有这些格子的结果",
            hint_en="go on with --resume, or name another folder with -o",
            hint_zh="用 --resume 继续，或用 -o 指定另一个文件夹",
        )
    for folder in request.merge:
        for key, found in read_results(folder).items():
            if key in cells and key not in own and found.state is not State.UNKNOWN:
                own[key] = found
                store.record(cells[key], found)
    return own


def _interpreters(uv: UvCompile, minors: set[str]) -> dict[str, str]:
    """Minor version -> path; those that uv neither finds nor fetches are missing."""
    found = {}
    env = {**uv.env, "UV_PYTHON_DOWNLOADS": "automatic", "PATH": _search_path(uv.env)}
    for minor in sorted(minors):
        argv = [uv.uv, "python", "find", "--no-project", minor]
        code, output, _ = uv.calls.run(argv, "", env, uv.cwd, FETCH_SECONDS)
        if code == 0 and output.strip():
            found[minor] = output.strip()
    return found


def _search_path(env: Mapping[str, str]) -> str:
    """PATH with pyenv's own interpreters in place of its shims, of which most end with an error."""
    root = Path(env.get("PYENV_ROOT") or Path(env.get("HOME", "/"), ".pyenv"))
    folders = [f for f in env.get("PATH", os.defpath).split(os.pathsep) if Path(f) != root / "shims"]
    return os.pathsep.join([*folders, *map(str, sorted(root.glob("versions/3.*/bin")))])


class _Run:
    def __init__(
        self, request: MatrixRequest, store: Store, results: dict[str, Found], uv: UvCompile, resolver: UvResolver,
        pythons: Mapping[str, str], say: Reporter,
    ) -> None:  # fmt: skip
        self.request = request
        self.store = store
        self.results = results
        self.uv = uv
        self.resolver = resolver
        self.pythons = pythons
        self.say = say
        self.proofs = Proofs()
        self.pending = deque(cell for cell in request.cells if cell.key not in results)
        for cell in request.cells:
            if cell.key in results:
                self.proofs.learn(cell, results[cell.key])

    def go(self, engine: Engine) -> None:
        """Until every cell has a result."""
        if self.pending:
            self._refresh()
        running: dict[Future[str], Cell] = {}
        try:
            while self.pending or running:
                while self.pending and len(running) < engine.places:
                    cell = self.pending.popleft()
                    task = self._settle(cell)
                    if task:
                        running[engine.submit(task, self._seconds)] = cell
                done, _ = wait(running, timeout=WAIT, return_when=FIRST_COMPLETED)
                if not done and engine.deserted:
                    self.say.step(Text("waiting for a worker", "正在等待工作进程"))
                for future in done:
                    cell = running.pop(future)
                    self._record(cell, from_plain(json.loads(engine.result(future, cell.key))))
        finally:
            for future in running:
                future.cancel()

    @property
    def _seconds(self) -> float:
        """The whole of one cell: twice installed from cache and index, twice run, diagnosed, tried."""
        return INSTALL_SECONDS + (8 if self.request.treat else 4) * self.request.limits.seconds

    def _refresh(self) -> None:
        """Ask the index once for the pages of all axes, so that what uv has cached of them is of today."""
        names = sorted({name for cell in self.pending for name in cell.names})
        self.say.step(Text(f"asking the index for {len(names)} projects", f"正在向软件源查询 {len(names)} 个项目"))
        if not self.request.settings.offline:
            self.uv.call(Question(self.pending[0].python, tuple(names)), ("--no-deps", "--no-header"), PAGES_SECONDS)

    def _settle(self, cell: Cell) -> str:
        """The task of a cell that has to be run; empty where its result follows, and is written."""
        found = self.proofs.unasked(cell) or self._resolve(cell)
        if not found.resolved or found.state is not State.RESOLVES:
            self._record(cell, found)
            return ""
        known = self.proofs.unrun(cell, found.resolved)
        if known or cell.resolve_only:
            self._record(cell, known or found)
            return ""
        if cell.python not in self.pythons:
            said = Text(f"no CPython {cell.python} on this machine", f"本机没有 CPython {cell.python}")
            self._record(cell, replace(found, state=State.UNKNOWN, basis=Basis.METADATA, why=said))
            return ""
        return self._task(cell, found.resolved)

    def _task(self, cell: Cell, pins: Sequence[tuple[str, str]]) -> str:
        request = self.request
        # over the network a path of ours means nothing: there, uv finds the interpreter
        python = cell.python if request.scheduler else self.pythons[cell.python]
        return write_task(Task(
            cell.key, python, tuple(pins), cell.names, cell.imports, cell.smoke, request.settings, request.limits,
            request.treat, request.cwd,
        ))  # fmt: skip

    def _resolve(self, cell: Cell) -> Found:
        """RESOLVES with the versions, CONFLICT with its core, or UNKNOWN."""
        self.resolver.renew()
        ahead = (c for c in islice(self.pending, AHEAD - 1) if not self.proofs.unasked(c))
        try:
            answers = self.resolver.answer([_question(c) for c in (cell, *ahead)])
            answer = answers[0]
            if answer.ok:
                return Found(cell.key, State.RESOLVES, Basis.METADATA, resolved=answer.pins)
            if answer.refused:
                return self._conflict(cell, answer)
            why = Text("resolving took too long", "解析超时")
        except IndexUnavailable as error:
            why = Text(error.en, error.zh)
        return Found(cell.key, State.UNKNOWN, Basis.METADATA, why, "resolve")

    def _conflict(self, cell: Cell, answer: Resolution) -> Found:
        """The axes that suffice for the refusal: each is left out in turn and stays out where that changes nothing."""
        names = [name for name, _ in cell.pins]
        left_out: list[str] = []
        for name in names if len(names) > 1 else ():
            without = self.resolver.answer([_question(cell, [*left_out, name])])[0]
            if without.refused:
                left_out.append(name)
                answer = without
        core = tuple(name for name in names if name not in left_out)
        lines = lines_of(cell, left_out)
        asked = Core(tuple(range(len(lines))), answer.message, _question(cell, left_out))
        why = conflicts_in(lines, (asked,), cell.python)[0].why
        return Found(cell.key, State.CONFLICT, Basis.METADATA, why, "resolve", core=core)

    def _record(self, cell: Cell, found: Found) -> None:
        stamped = found if found.time else replace(found, time=datetime.now(timezone.utc).isoformat(timespec="seconds"))
        self.store.record(cell, stamped)
        self.results[cell.key] = stamped
        self.proofs.learn(cell, stamped)
        if stamped.basis is Basis.RUN or len(self.results) % 50 == 0:
            done = f"{len(self.results)}/{len(self.request.cells)}"
            self.say.step(Text(f"{done}  {cell.label}: {stamped.state.value}"))


def _question(cell: Cell, without: Sequence[str] = ()) -> Question:
    return Question(cell.python, tuple(line.text for line in lines_of(cell, without)))

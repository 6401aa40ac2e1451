"""Measures `tts-doctor diagnose` beside the checkers that people use, in one run, and prints the result as Markdown.

Writes below its own folder alone (BENCH_FOLDER, default .cache/bench). BENCH_ROUNDS: paired runs (5). BENCH_FIND_LINKS:
a folder or page with wheels of torch for the environment that is measured only then. Times are least / median of the
rounds; on a busy machine trust the processor seconds and the ratios.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from environments import ROOT, NotBuilt, build, generate, site_of, uv
from measure import Run, least_and_middle, run, table
from planted import GENERATED, HANDBOOK, NUMPY, TORCH, Defect, plant

FOLDER = Path(os.environ.get("BENCH_FOLDER", ROOT / ".cache" / "bench")).resolve()
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
LINKS = os.environ.get("BENCH_FIND_LINKS", "")
BIN = ROOT / ".venv" / "bin"
DOCTOR = BIN / "tts-doctor"
IMPORT_ALL = """
import importlib, sys, traceback
from importlib import metadata
names = {name.split("/")[0].split(".")[0] for dist in metadata.distributions() for name in map(str, dist.files or ())
         if name.endswith((".py", ".so")) and not name.startswith(("_", "."))}
for name in sorted(names):
    if name.isidentifier() and name not in ("tests", "test"):
        try:
            importlib.import_module(name)
        except BaseException:
            print(name + ": " + traceback.format_exc().strip().replace(chr(10), " | "))
"""
Parts = Callable[[str], list[str]]


@dataclass
class Tool:
    """One way to look at an environment; `before` runs ahead of each measured run."""

    name: str
    command: list[str | Path]
    parts: Parts
    before: Callable[[], None] = lambda: None
    runs: list[Run] = field(default_factory=list)


def environ() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")}
    return kept | {
        "TTS_DOCTOR_CACHE": str(FOLDER / "cache"),
        "TTS_DOCTOR_STATE": str(FOLDER / "state"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def forget() -> None:
    shutil.rmtree(FOLDER / "cache", ignore_errors=True)


def findings(output: str) -> list[str]:
    """Each finding of a report, as text."""
    start = output.find("{")
    try:
        report = json.loads(output[start : output.rindex("}") + 1])
    except ValueError:
        return []
    return [json.dumps(finding) for finding in report.get("findings", []) if finding["verdict"] == "present"]


def tools(python: Path, imports: bool) -> list[Tool]:
    """Those to compare on the environment of `python`."""
    diagnose: list[str | Path] = [DOCTOR, "diagnose", "--offline", "--format", "json", "--python", python]
    found = [
        Tool("tts-doctor diagnose, cold", diagnose, findings, forget),
        Tool("tts-doctor diagnose, warm", diagnose, findings),
        Tool("pip check", [BIN / "python", "-m", "pip", "--python", python, "check"], str.splitlines),
        Tool("uv pip check", [uv(), "pip", "check", "--python", python], str.splitlines),
    ]
    if imports:
        found.append(Tool("import everything", [python, "-c", IMPORT_ALL], str.splitlines))
    return found


def compare(title: str, venv: Path, defects: tuple[Defect, ...], imports: bool = True) -> None:
    """Every tool in turn, so often; the first round, which fills the page cache, does not count."""
    found = tools(venv / "bin" / "python", imports)
    for number in range(ROUNDS + 1):
        for tool in found:
            tool.before()
            result = run(tool.command, environ(), FOLDER)
            if number:
                tool.runs.append(result)
    count = sum(1 for _ in site_of(venv).glob("*.dist-info"))
    print(f"\n### {title}: {count} distributions\n")
    base = next(t for t in found if t.name == "pip check").runs
    rows = [_row(tool, base, defects) for tool in found]
    header = ("", "wall s", "processor s", "wall of pip's", "processor of pip's", "peak MB", f"found of {len(defects)}")
    print(table(header, rows), flush=True)
    for tool in found[:1]:
        missed = [d.name for d in defects if not d.is_told(tool.parts(tool.runs[-1].output))]
        if missed:
            print(f"{tool.name} missed: {', '.join(missed)}\n")


def _row(tool: Tool, base: list[Run], defects: tuple[Defect, ...]) -> tuple[object, ...]:
    wall = [r.wall for r in tool.runs]
    cpu = [r.cpu for r in tool.runs]
    ratios = [
        statistics.median(getattr(a, cost) / getattr(b, cost) for a, b in zip(tool.runs, base, strict=True))
        for cost in ("wall", "cpu")
    ]
    told = tool.parts(tool.runs[-1].output)
    return (
        tool.name,
        least_and_middle(wall),
        least_and_middle(cpu),
        *(f"{ratio:.2f} x" for ratio in ratios),
        f"{max(r.peak_mb for r in tool.runs):.0f}",
        sum(d.is_told(told) for d in defects),
    )


def growth() -> None:
    """Every tool but importing at three sizes; one module of each environment is deleted."""
    rows = []
    for count in (50, 200, 800):
        venv = generate(FOLDER / f"generated-{count}", count)
        plant(venv, site_of(venv), GENERATED)
        found = tools(venv / "bin" / "python", False)
        for number in range(4):
            for tool in found:
                tool.before()
                result = run(tool.command, environ(), FOLDER)
                if number:
                    tool.runs.append(result)
        base = next(t for t in found if t.name == "pip check").runs
        for tool in found:
            cpu = min(r.cpu for r in tool.runs)
            ratio = statistics.median(a.cpu / b.cpu for a, b in zip(tool.runs, base, strict=True))
            peak = max(r.peak_mb for r in tool.runs)
            told = sum(d.is_told(tool.parts(tool.runs[-1].output)) for d in GENERATED)
            row = (count, tool.name, f"{cpu:.3f}", f"{cpu / count * 1000:.2f}", f"{ratio:.2f} x", f"{peak:.0f}", told)
            rows.append(row)
    print("\n### Growth: generated distributions of 13 modules each\n")
    header = ("distributions", "", "processor s", "ms each", "of pip's", "peak MB", f"found of {len(GENERATED)}")
    print(table(header, rows), flush=True)


def start() -> None:
    """What our own command needs to begin with."""
    version: list[float] = []
    plain: list[float] = []
    for _ in range(4 * ROUNDS):
        version.append(run([DOCTOR, "--version"], environ(), FOLDER).wall * 1000)
        plain.append(run([BIN / "python", "-c", "pass"], environ(), FOLDER).wall * 1000)
    print("\n### Start\n")
    rows = [
        (name, f"{min(values):.0f} / {statistics.median(values):.0f}")
        for name, values in (("tts-doctor --version", version), ("python -c pass", plain))
    ]
    extra = statistics.median(a - b for a, b in zip(version, plain, strict=True))
    print(table(("", "wall ms"), [*rows, ("more", f"{extra:.0f}")]), flush=True)


def torch() -> None:
    """The environment that most speech toolkits bring, where a wheel of it can be had without a gigabyte of CUDA."""
    if not LINKS:
        print("\ntorch 2.13 is left out: BENCH_FIND_LINKS names no place with a wheel of torch for the processor alone")
        return
    try:
        venv = build(FOLDER / "torch", "3.11", ["torch==2.13.0", "--find-links", LINKS])
    except NotBuilt as problem:
        print(f"\ntorch 2.13 is left out: {problem}")
        return
    plant(venv, site_of(venv), TORCH)
    compare("torch 2.13", venv, TORCH)


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, {ROUNDS} rounds; least / median")
    try:
        handbook = build(FOLDER / "handbook-planted", "3.10", ["-r", str(ROOT / "constraints" / "handbook-demo.txt")])
        plant(handbook, site_of(handbook), HANDBOOK)
        compare("The handbook's environment with planted defects", handbook, HANDBOOK)
        pair = build(FOLDER / "numpy-pair", "3.11", ["numpy==2.0.2", "soxr==0.3.7"])
        compare("A module of NumPy 1 under NumPy 2", pair, NUMPY)
        torch()
        growth()
        start()
    except NotBuilt as problem:
        print(f"cannot be measured here: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

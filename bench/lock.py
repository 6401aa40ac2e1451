"""Measures `tts-doctor lock` beside `uv pip compile --generate-hashes` and `pip-compile`, in one run, as Markdown.

Writes below its own folder alone (BENCH_FOLDER, default .cache/bench). BENCH_ROUNDS: rounds (5) in which every tool has
its turn; one more before them fills the caches of all and is not counted. BENCH_PIP_ROUNDS: pip-compile, which takes
much longer, runs in so many of them (2). Needs the index. Times are least / median; on a busy machine trust the ratios,
which are taken within a round.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import sys
from dataclasses import dataclass, field
from pathlib import Path

from environments import ROOT, NotBuilt, build, uv
from measure import Run, least_and_middle, run, table

FOLDER = Path(os.environ.get("BENCH_FOLDER", ROOT / ".cache" / "bench")).resolve()
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
PIP_ROUNDS = int(os.environ.get("BENCH_PIP_ROUNDS", "2"))
DOCTOR = ROOT / ".venv" / "bin" / "tts-doctor"
PYTHON = "3.10"
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)
LISTS = {
    "small": ["flask==2.2.2", "gunicorn==20.1.0"],
    "medium": ["flask>=3", "gunicorn>=22", "numpy>=1.22", "onnxruntime>=1.18", "pypinyin>=0.51", "soundfile>=0.13",
               "librosa"],
    "large": ["numpy==1.23.5", "scipy==1.12.0", "torch==1.13.1", "transformers==4.26.0", "datasets==2.14.5",
              "librosa==0.9.2", "Flask==2.2.2", "gunicorn==20.1.0", "soundfile==0.12.1", "matplotlib", "tensorboard"],
}  # fmt: skip


@dataclass
class Tool:
    """One way to lock a list; pip-compile has fewer turns."""

    name: str
    command: list[str | Path]
    rounds: int = ROUNDS
    runs: list[Run] = field(default_factory=list)


def environ() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")}
    return kept | {"TTS_DOCTOR_CACHE": str(FOLDER / "cache"), "TTS_DOCTOR_STATE": str(FOLDER / "state")}


def tools(listed: Path, venv: Path) -> list[Tool]:
    python = venv / "bin" / "python"
    wheels = ["--only-binary", ":all:", "--python-version", PYTHON, "--python", python]
    pip = [venv / "bin" / "pip-compile", "-q", "--generate-hashes", "--strip-extras", "--allow-unsafe", "-o", "-"]
    return [
        Tool("uv pip compile", [uv(), "pip", "compile", "-q", "--generate-hashes", *wheels, listed]),
        Tool("tts-doctor lock", [DOCTOR, "lock", listed, "--python", PYTHON]),
        Tool("pip-compile", [*pip, "--pip-args", "--only-binary :all:", listed], PIP_ROUNDS),
    ]


def compare(name: str, venv: Path) -> float:
    """Every tool in turn; returns the median of what the doctor took in times of uv."""
    listed = FOLDER / f"{name}.in"
    listed.write_text("\n".join(LISTS[name]) + "\n")
    found = tools(listed, venv)
    for number in range(ROUNDS + 1):
        for tool in found:
            if number <= tool.rounds:
                result = run(tool.command, environ(), FOLDER)
                if result.code:
                    raise NotBuilt(f"{tool.name}: {result.output.strip().splitlines()[-1]}")
                if number:
                    tool.runs.append(result)
    pins = [dict(PIN.findall(tool.runs[-1].output)) for tool in found]
    base = found[0].runs
    print(f"\n### {name}: {len(LISTS[name])} lines, {len(pins[0])} distributions\n")
    rows = [(t.name, *_times(t, base), _differences(p, pins[0])) for t, p in zip(found, pins, strict=True)]
    print(table(("", "wall s", "processor s", "of uv", "other versions than uv"), rows), flush=True)
    return _ratio(found[1], base)


def _times(tool: Tool, base: list[Run]) -> tuple[str, str, str]:
    wall, cpu = [r.wall for r in tool.runs], [r.cpu for r in tool.runs]
    return least_and_middle(wall), least_and_middle(cpu), f"{_ratio(tool, base):.2f}"


def _ratio(tool: Tool, base: list[Run]) -> float:
    return statistics.median(mine.wall / its.wall for mine, its in zip(tool.runs, base, strict=False))


def _differences(mine: dict[str, str], uvs: dict[str, str]) -> str:
    """What a known bound (or another solver) chose."""
    names = sorted(n for n in {*mine, *uvs} if mine.get(n) != uvs.get(n))
    return ", ".join(f"{n} {mine.get(n, 'none')}" for n in names) or "none"


def nearest(listed: Path) -> None:
    """The search for the nearest list, on every Python, twice: the second time with what the first has fetched."""
    command: list[str | Path] = [DOCTOR, "lock", listed, "--nearest", "--format", "json", "-o", FOLDER / "nearest.txt"]
    command += ["--allow-sdist", "oss2,crcmod,aliyun-python-sdk-core"]
    rows = []
    for _ in range(2):
        result = run(command, environ(), FOLDER)
        start = result.output.find("{")
        found = json.loads(result.output[start : result.output.rindex("}") + 1])
        changed = ", ".join(f"{c['from']} to {c['to']}" for c in found["changes"])
        rows.append((listed.name, found["python"], changed, found["optimal"], f"{result.wall:.1f}"))
    print("\n### the nearest list\n")
    print(table(("list", "Python", "changed", "proven least", "wall s"), rows))


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        venv = build(FOLDER / "pip-tools", PYTHON, ["pip-tools", "pip"])
        ratios = [compare(name, venv) for name in LISTS]
    except NotBuilt as reason:
        print(reason, file=sys.stderr)
        return 1
    print(f"tts-doctor lock takes {statistics.median(ratios):.2f} times what uv takes (median of the lists)")
    nearest(ROOT / "constraints" / "handbook.txt")
    return 0


if __name__ == "__main__":
    sys.exit(main())

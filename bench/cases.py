"""Real broken environments, repaired by `tts-doctor treat` and by what people do otherwise, side by side.

    python bench/cases.py [FOLDER | CASE.yaml ...]

Without arguments the environments are those of the playbooks' own reproductions: every fourth of them, or all with
CASES=all, or those named in CASES, separated by commas. A FOLDER holds one YAML file for each environment, with `id`,
the keys of a playbook's reproduction and, where it is known, `fix.pip` or `changes`: what the reference repair changes.
Each environment is built once, below a temporary folder, and copied back for every strategy. Prints Markdown; when
interrupted, of what was done until then.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml
from packaging.utils import canonicalize_name

from environments import ROOT
from measure import table

sys.path.insert(0, str(ROOT / "tests" / "reproductions"))

from build import NotReproducedError, attempt, build

from strategies import STRATEGIES, GaveUp, Ill, Strategy, installed
from tts_doctor.knowledge.playbooks import load_library
from tts_doctor.model.playbook import Install, Reproduction

EVERY = 4
IMPORT_EACH = """
import importlib, os, sys, warnings
warnings.simplefilter("ignore")
names, start = sys.argv[1:], 0
while start < len(names):
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_RDWR), 1); os.dup2(1, 2)
        for name in names[start:]:
            try:
                importlib.import_module(name); good = b"+"
            except BaseException:
                good = b"-"
            os.write(write, good)
        os._exit(0)
    os.close(write)
    seen = b""
    while True:
        more = os.read(read, 4096)
        if not more:
            break
        seen += more
    os.waitpid(child, 0)
    for place, mark in enumerate(bytearray(seen)):
        if mark == 43:
            print(names[start + place])
    start += len(seen) + 1
"""
"""Tells which modules can be imported; one that kills the interpreter counts as not, and the next ones still get
their turn."""


@dataclass(frozen=True)
class Case:
    """One environment to build; `reference` is how many distributions the known repair changes, None where unknown."""

    id: str
    case: Reproduction
    reference: int | None = None


@dataclass(frozen=True)
class Result:
    """What one strategy made of one environment."""

    repaired: bool
    lost: tuple[str, ...]
    """Modules that could be imported before and no longer can."""
    moved: tuple[str, ...]
    """Distributions that the user had pinned and that now have another version."""
    changed: int
    seconds: float
    why: str = ""
    """Why it was given up."""


def playbook_cases(chosen: str) -> tuple[Case, ...]:
    """The playbooks' reproductions: every fourth, `all`, or those whose ids are listed."""
    found = [Case(p.id, p.reproduction) for p in load_library().playbooks if p.reproduction]
    if chosen == "all":
        return tuple(found)
    if chosen:
        return tuple(case for case in found if case.id in chosen.split(","))
    return tuple(found[::EVERY])


def file_cases(arguments: Sequence[str]) -> tuple[Case, ...]:
    """Those of the given files and folders; healthy ones and those without a command that fails are left out."""
    files = [f for a in arguments for f in (sorted(Path(a).glob("*.yaml")) if Path(a).is_dir() else [Path(a)])]
    return tuple(_case(data) for file in files if "expect" in (data := yaml.safe_load(file.read_text("utf-8"))))


def _case(data: dict[str, Any]) -> Case:
    steps = [data] if data.get("requirements") else []
    installs = tuple(
        Install(tuple(s["requirements"]), s.get("no_deps", False), tuple(s.get("options", ())))
        for s in [*steps, *data.get("then_install", ())]
    )
    env = tuple((str(k), str(v)) for k, v in data.get("env", {}).items())
    run, command, setup = data.get("run", ""), data.get("command", ""), data.get("setup", "")
    case = Reproduction(
        str(data["python"]), data["expect"], run, command, installs, data.get("seed", False), setup, env
    )
    named = {re.split(r"[<>=!~;\[@ ]", w)[0] for w in data.get("fix", {}).get("pip", ()) if not w.startswith("-")}
    return Case(data["id"], case, data.get("changes", len(named)))


def bench(case: Case, root: Path) -> dict[str, Result]:
    """Every strategy on a copy of the same environment. Raises NotReproducedError."""
    work, kept = root / "work", root / "kept"
    work.mkdir()
    env = build(case.case, work)
    code, output = attempt(case.case, env, work)
    if not code or not re.search(case.case.expect, output):
        raise NotReproducedError("it does not fail as described")
    env |= {"TTS_DOCTOR_CACHE": str(root / "cache"), "TTS_DOCTOR_STATE": str(root / "state")}
    ill = Ill(case.case, work, env, output)
    before = installed(ill), importable(ill, modules(work / "venv"))
    work.rename(kept)
    results = {}
    for name, strategy in STRATEGIES:
        shutil.rmtree(work, ignore_errors=True)
        subprocess.run(["cp", "-a", str(kept), str(work)], check=True)
        results[name] = judge(ill, strategy, *before)
    return results


def judge(ill: Ill, strategy: Strategy, versions: dict[str, str], modules_before: tuple[str, ...]) -> Result:
    """Carry out one strategy, run the command again and compare."""
    began, why = time.monotonic(), ""
    try:
        changes = strategy(ill)
    except GaveUp as reason:
        changes, why = {}, str(reason)
    seconds = time.monotonic() - began
    after = installed(ill)
    good = set(importable(ill, modules_before))
    pinned = {canonicalize_name(wish.name) for wish in ill.asked if "==" in str(wish.specifier)}
    different = {name for name in versions | after if versions.get(name) != after.get(name)}
    lost = tuple(name for name in modules_before if name not in good)
    return Result(runs(ill, changes), lost, tuple(sorted(different & pinned)), len(different), seconds, why)


def runs(ill: Ill, changes: dict[str, str | None]) -> bool:
    """Whether the command succeeds now, with the variables that the strategy changed."""
    variables = {k: v for k, v in {**dict(ill.case.env), **changes}.items() if v is not None}
    env = {k: v for k, v in ill.env.items() if k not in changes}
    try:
        code, _ = attempt(replace(ill.case, env=tuple(variables.items())), env, ill.work)
    except subprocess.TimeoutExpired:
        return False
    return code == 0


def modules(venv: Path) -> tuple[str, ...]:
    """The import names that the installed distributions bring, tests and private ones left out."""
    found = set()
    for record in venv.glob("lib/python*/site-packages/*.dist-info/RECORD"):
        for line in record.read_text("utf-8", "replace").splitlines():
            path = line.partition(",")[0]
            root = path.split("/")[0].removesuffix(".py")
            if root.isidentifier() and not root.startswith("_") and path.endswith(".py"):
                found.add(root)
    return tuple(sorted(found - {"tests", "test", "docs", "examples", "this", "antigravity"}))


def importable(ill: Ill, names: tuple[str, ...]) -> tuple[str, ...]:
    """Those of `names` that the environment can import."""
    if not names:
        return ()
    command = [str(ill.venv / "bin/python"), "-c", IMPORT_EACH, *names]
    try:
        done = subprocess.run(
            command, cwd=ill.work, env=ill.env, text=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=300
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return tuple(done.stdout.split())


def everything(cases: Sequence[Case]) -> Iterator[tuple[Case, dict[str, Result]]]:
    """Case after case, each line printed as soon as it is known."""
    for case in cases:
        with tempfile.TemporaryDirectory(prefix="bench-cases-", ignore_cleanup_errors=True) as folder:
            try:
                results = bench(case, Path(folder))
            except (NotReproducedError, subprocess.SubprocessError) as problem:
                print(f"- {case.id}: left out, {str(problem).splitlines()[0][:150]}", flush=True)
                continue
        told = [f"{name} {_told(result)}" for name, result in results.items()]
        print(f"- {case.id}: {'; '.join(told)}", flush=True)
        yield case, results


def _told(result: Result) -> str:
    word = "**yes**" if result.repaired else "no"
    lost = f", lost {' '.join(result.lost[:3])}" if result.lost else ""
    return f"{word} ({result.changed} changed{lost})" if not result.why else f"{word} ({result.why[:80]})"


def row(name: str, found: Sequence[tuple[Case, Result]]) -> tuple[object, ...]:
    """One line of the table."""
    cured = [(case, result) for case, result in found if result.repaired]
    known = [(case.reference, result.changed) for case, result in cured if case.reference]
    ratio = f"{sum(c for _, c in known) / sum(r for r, _ in known):.2f}" if known else "-"
    return (
        name,
        f"{len(cured)} of {len(found)}",
        sum(not result.lost for _, result in cured),
        sum(bool(result.lost) for _, result in found),
        sum(len(result.moved) for _, result in found),
        f"{statistics.median(r.changed for _, r in cured):g}" if cured else "-",
        ratio,
        f"{statistics.median(r.seconds for _, r in found):.1f}",
    )


def main() -> int:
    cases = file_cases(sys.argv[1:]) or playbook_cases(os.environ.get("CASES", ""))
    found = []
    with contextlib.suppress(KeyboardInterrupt):
        found.extend(everything(cases))
    if not found:
        print("no environment could be built", file=sys.stderr)
        return 1
    header = ("", "repaired", "imports kept", "imports lost", "pins moved", "changed", "of reference", "s")
    rows = [row(name, [(case, results[name]) for case, results in found]) for name, _ in STRATEGIES]
    print(f"\n### {len(found)} broken environments\n\n{table(header, rows)}")
    print(
        "Imports kept: repaired, and whatever could be imported still can. Imports lost: something no longer can be,"
        "\nrepaired or not. Pins moved: distributions that the user had pinned, over all environments. Changed (median)"
        "\nand its ratio to the reference repair: of those repaired. Seconds: median of all."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

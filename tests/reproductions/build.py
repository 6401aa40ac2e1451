"""Builds a playbook's disease for real, sees it fail, applies the playbook's own repairs and sees it run.

    python tests/reproductions/build.py [--record] [--all] [--jobs N] [ID...]

`--all` tries every repair of a playbook, not only the first. `--record` keeps what each patient showed (output, Python,
versions) under tests/toolkit/specimens/, where the matching tests read it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "toolkit"))

from tts_doctor.effects.shim import build_shim, is_shim  # noqa: E402
from tts_doctor.knowledge.playbooks import load_library  # noqa: E402
from tts_doctor.model.examination import Examination  # noqa: E402
from tts_doctor.model.facts import Distribution, Facts, Interpreter  # noqa: E402
from tts_doctor.model.finding import Action, Finding  # noqa: E402
from tts_doctor.model.playbook import Playbook, Reproduction  # noqa: E402
from tts_doctor.parse.log import clean  # noqa: E402
from tts_doctor.parse.symptom import read_symptom  # noqa: E402
from tts_doctor.signs.playbook_match import match  # noqa: E402

SPECIMENS = HERE.parent / "toolkit" / "specimens"
UV = os.environ.get("UV") or shutil.which("uv") or "uv"
RUN_TIMEOUT = 300


class NotReproducedError(Exception):
    """The environment does not fail, or fails otherwise than the playbook says."""


def find_python(version: str) -> str:
    """An interpreter of that minor version: pyenv's, else whatever uv finds. Raises NotReproducedError."""
    for found in sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python")):
        return str(found)
    asked = subprocess.run([UV, "python", "find", version], capture_output=True, text=True)
    if asked.returncode:
        raise NotReproducedError(f"no Python {version} on this machine")
    return asked.stdout.strip()


def shell(command: str, env: dict[str, str], cwd: Path, timeout: int = RUN_TIMEOUT) -> tuple[int, str]:
    """Exit status and output of a bash command."""
    done = subprocess.run(
        ["bash", "-euc", command],
        env=env,
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        errors="replace",
        timeout=timeout,
    )
    return done.returncode, done.stdout


def build(case: Reproduction, work: Path) -> dict[str, str]:
    """Make `work/venv` ill; returns the environment in which it was built."""
    venv = work / "venv"
    env = {
        **os.environ,
        "VENV": str(venv),
        "VIRTUAL_ENV": str(venv),
        "WORK": str(work),
        "PATH": f"{venv}/bin:{Path(UV).parent}:{os.environ['PATH']}",
        "HF_HUB_OFFLINE": "1",
    }
    env.pop("PYTHONPATH", None)
    seed = ["--seed"] if case.seed else []
    subprocess.run(
        [UV, "venv", "-q", "--no-project", *seed, "--python", find_python(case.python), str(venv)], check=True, env=env
    )
    for step in case.installs:
        no_deps = ["--no-deps"] if step.no_deps else []
        command = [UV, "pip", "install", "-q", *step.requirements, *no_deps, *step.options]
        done = subprocess.run(command, env=env, text=True, capture_output=True)
        if done.returncode:
            raise NotReproducedError(f"install failed\n{done.stderr[-1500:]}")
    if case.setup:
        code, output = shell(case.setup, env, work)
        if code:
            raise NotReproducedError(f"setup failed\n{output[-1500:]}")
    return env


def attempt(case: Reproduction, env: dict[str, str], work: Path) -> tuple[int, str]:
    """Run the patient's command once."""
    (work / "snippet.py").write_text(case.run)
    return shell(case.command or "$VENV/bin/python $WORK/snippet.py", {**env, **dict(case.env)}, work)


def apply(actions: tuple[Action, ...], case: Reproduction, env: dict[str, str], work: Path) -> Reproduction:
    """Carry out one repair by hand; returns the case with its variables changed."""
    variables = dict(case.env)
    packages: list[str] = []
    for action in actions:
        named = f"{action.target}{action.spec or ''}"
        if is_shim(action.target):
            consumer = action.target.removeprefix("tts-doctor-shim-")
            roots = importable(consumer, env)
            minor = tuple(int(part) for part in case.python.split("."))
            packages.append(str(build_shim(consumer, (action.value or "").split(","), minor, work, roots)))
        elif action.action in ("pin", "install"):
            packages.append(named)
        elif action.action == "reinstall":
            plain = re.sub(r"\[.*", "", action.target)
            pip(["--reinstall-package", plain, "--no-deps", f"{plain}=={installed(env)[plain.lower()]}"], env)
        elif action.action == "uninstall":
            subprocess.run([UV, "pip", "uninstall", "-q", action.target], env=env, check=True)
        elif action.action == "env-var":
            if action.value is None:
                variables.pop(action.target, None)
            else:
                variables[action.target] = action.value
        elif action.action == "rename":
            path = Path(action.target)
            path.rename(path.with_name(f"{path.stem}_renamed{path.suffix}"))
        else:
            raise NotReproducedError(f"cannot carry out {action.action} {action.target}")
    if packages:
        pip(packages, env)
    return Reproduction(**{**{f: getattr(case, f) for f in case.__dataclass_fields__}, "env": tuple(variables.items())})


def pip(arguments: list[str], env: dict[str, str]) -> None:
    done = subprocess.run([UV, "pip", "install", "-q", *arguments], env=env, text=True, capture_output=True)
    if done.returncode:
        raise NotReproducedError(f"the repair does not install: {arguments}\n{done.stderr[-1500:]}")


def installed(env: dict[str, str]) -> dict[str, str]:
    listed = subprocess.run(
        [UV, "pip", "list", "-q", "--format", "json"], env=env, text=True, capture_output=True, check=True
    )
    return {each["name"].lower(): each["version"] for each in json.loads(listed.stdout)}


def importable(name: str, env: dict[str, str]) -> tuple[str, ...]:
    """Import names of an installed distribution, by its RECORD."""
    shown = subprocess.run([UV, "pip", "show", "-f", name], env=env, text=True, capture_output=True).stdout
    roots = {line.strip().split("/")[0] for line in shown.splitlines() if line.strip().endswith("/__init__.py")}
    return tuple(sorted(root for root in roots if root.isidentifier()))


def examine(case: Reproduction, env: dict[str, str], output: str) -> tuple[Examination, dict[str, object]]:
    """What the patient shows, and the record to keep of it."""
    work, home = env["WORK"], str(Path.home())
    text = clean(output.replace(work, "/srv/app").replace(home, "/opt"))
    packages = installed(env)
    record: dict[str, object] = {
        "python": case.python,
        "packages": packages,
        "environment": {k: v.replace(work, "/srv/app") for k, v in case.env},
        "text": text,
    }
    return examination(record), record


def examination(record: dict[str, object]) -> Examination:
    """An examination of a kept record: names and versions, no paths."""
    packages, environment = record["packages"], record["environment"]
    assert isinstance(packages, dict) and isinstance(environment, dict)
    facts = Facts(
        Interpreter(version=str(record["python"])),
        tuple(Distribution(name, version) for name, version in packages.items()),
        tuple(environment.items()),
    )
    return Examination(facts, read_symptom(str(record["text"]), exit_code=1))


def reproduce(playbook: Playbook, everything: bool, record: bool) -> list[str]:
    """Fail, match, repair, run. Returns notes; raises NotReproducedError with what went otherwise."""
    case = playbook.reproduction
    if case is None:
        raise NotReproducedError("has no reproduction")
    notes = []
    count, number = 1, 0
    while number < count:
        work = Path(tempfile.mkdtemp(prefix="reproduction-"))
        try:
            env = build(case, work)
            code, output = attempt(case, env, work)
            if code == 0:
                raise NotReproducedError(f"it does not fail\n{output[-800:]}")
            if not re.search(case.expect, output):
                raise NotReproducedError(f"it fails otherwise than expected\n{output[-1500:]}")
            seen, kept = examine(case, env, output)
            if record and number == 0:
                SPECIMENS.mkdir(exist_ok=True)
                kept["text"] = str(kept["text"])[-4000:]
                target = SPECIMENS / f"{playbook.id}.json"
                target.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
            finding = the_finding(playbook, seen)
            repairs = finding.treatment.repairs
            count = len(repairs) if everything else 1
            steps = localise(repairs[number], work)
            try:
                after = apply(steps, case, env, work)
                code, output = attempt(after, env, work)
            except NotReproducedError as error:
                code, output = 1, str(error)
            said = ", ".join(f"{a.action} {a.target}{a.spec or ''}" for a in steps)
            if code and number == 0:
                raise NotReproducedError(f"{said} does not repair it\n{output[-1500:]}")
            notes.append(f"{said}: {'runs' if code == 0 else 'DOES NOT REPAIR ' + output[-300:]}")
        finally:
            shutil.rmtree(work, ignore_errors=True)
        number += 1
    return notes


def localise(actions: tuple[Action, ...], work: Path) -> tuple[Action, ...]:
    """The record's paths are neutral; a repair of files needs the real ones."""
    return tuple(Action(a.action, a.target.replace("/srv/app", str(work)), a.spec, a.value, a.why) for a in actions)


def the_finding(playbook: Playbook, seen: Examination) -> Finding:
    found = next(iter(match(seen, (playbook,))), None)
    if found is None:
        text = seen.symptom.text[-1200:] if seen.symptom else ""
        raise NotReproducedError(f"the playbook does not match\n{text}")
    if not found.treatment.repairs:
        raise NotReproducedError("no repair remains")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ids", nargs="*")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    chosen = [p for p in load_library().playbooks if not options.ids or p.id in options.ids]

    def one(playbook: Playbook) -> bool:
        start = time.monotonic()
        try:
            notes = reproduce(playbook, options.all, options.record)
        except (NotReproducedError, subprocess.SubprocessError) as error:
            print(f"FAIL {playbook.id}: {error}", flush=True)
            return False
        print(f"ok {playbook.id} ({time.monotonic() - start:.0f} s): {'; '.join(notes)}", flush=True)
        return True

    with ThreadPoolExecutor(options.jobs) as pool:
        good = list(pool.map(one, chosen))
    print(f"{sum(good)} of {len(good)} reproduced and repaired")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())

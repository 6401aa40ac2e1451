"""Every playbook, for real: fall ill, be diagnosed by name, be treated, run, be healthy.

Slow and needs the index: `pytest -m reproduction`. TTS_DOCTOR_SHARD=2/5 takes the second fifth; TTS_DOCTOR_JOBS=2 runs
two at a time.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from build import NotReproducedError, attempt, build

from tts_doctor.knowledge.playbooks import load_library
from tts_doctor.model.finding import Kind
from tts_doctor.model.playbook import Playbook

ROOT = Path(__file__).resolve().parents[2]
TREAT_TIMEOUT = 540


def shard(playbooks: tuple[Playbook, ...]) -> list[Playbook]:
    """The part that TTS_DOCTOR_SHARD=k/n asks for, or all."""
    number, _, count = os.environ.get("TTS_DOCTOR_SHARD", "1/1").partition("/")
    return [p for place, p in enumerate(playbooks) if place % int(count) == int(number) - 1]


CHOSEN = shard(load_library().playbooks)


def doctor(arguments: list[str], env: dict[str, str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the tool as a user does, in the patient's surroundings, with an interpreter that they cannot disturb."""
    start = "import sys; sys.path.insert(0, sys.argv.pop(1)); from tts_doctor.cli.main import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-I", "-c", start, str(ROOT / "toolkit"), *arguments],
        env=env,
        cwd=cwd,
        text=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=TREAT_TIMEOUT,
    )


def live(playbook: Playbook, work: Path) -> None:
    """The whole life of a disease in `work`."""
    case = playbook.reproduction
    assert case is not None
    env = build(case, work)
    code, output = attempt(case, env, work)
    assert code != 0
    assert re.search(case.expect, output), output[-1500:]

    env = {**env, **dict(case.env), "TTS_DOCTOR_CACHE": str(work / "cache"), "XDG_STATE_HOME": str(work / "state")}
    env["UV_CACHE_DIR"] = subprocess.run(["uv", "cache", "dir"], text=True, capture_output=True).stdout.strip()
    shell = case.command or "$VENV/bin/python $WORK/snippet.py"
    direct = shlex.split(shell.replace("$VENV", str(work / "venv")).replace("$WORK", str(work)))
    command = direct if case.command.count("\n") == 0 and "'" not in shell else ["bash", "-euc", shell]
    python = direct[0] if direct[0].endswith(case.python) else str(work / "venv/bin/python")

    found = doctor(["diagnose", "--python", python, "--format", "json", "--", *command], env, work)
    assert found.returncode == 1, found.stderr[-1500:]
    findings = json.loads(found.stdout)["findings"]
    wanted = {c.name.lower() for c in playbook.culprits if c.kind is not Kind.FILE and "{" not in c.name}
    named = {culprit["name"].lower() for finding in findings[:1] for culprit in finding["culprits"]}
    assert playbook.id in [f["id"] for f in findings[:2]] or named & wanted, findings[:2]

    treated = doctor(["treat", "--python", python, "--yes", "--allow", "all", "--", *command], env, work)
    assert treated.returncode == 0, treated.stdout[-1500:] + treated.stderr[-1500:]


@pytest.fixture(scope="session")
def lives(request: pytest.FixtureRequest) -> dict[str, Future[None]]:
    """All selected reproductions, some at a time; each removes its folder."""
    selected = {item.callspec.params.get("name") for item in request.session.items if hasattr(item, "callspec")}
    pool = ThreadPoolExecutor(int(os.environ.get("TTS_DOCTOR_JOBS", "2")))

    def one(playbook: Playbook) -> None:
        work = Path(tempfile.mkdtemp(prefix="reproduction-"))
        try:
            live(playbook, work)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    return {playbook.id: pool.submit(one, playbook) for playbook in CHOSEN if playbook.id in selected}


@pytest.mark.reproduction
@pytest.mark.network
@pytest.mark.parametrize("name", [playbook.id for playbook in CHOSEN])
def test_a_disease_is_caught_and_cured(name: str, lives: dict[str, Future[None]]) -> None:
    """Builds it, sees it fail as described, diagnoses it, treats it, sees it run."""
    try:
        lives[name].result()
    except NotReproducedError as error:
        if "no Python" in str(error):
            pytest.skip(str(error))
        raise

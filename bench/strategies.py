"""What people do with a broken environment, each as a function that works on the environment in place.

A strategy gets an `Ill` and changes its `venv`; it returns the variables of the run that it changed (None unsets). It
raises GaveUp where it cannot be carried out. What is gigabytes large (torch and its CUDA libraries) is left as it is.
"""

from __future__ import annotations

import datetime
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import requests
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from environments import ROOT, uv
from tts_doctor.model.playbook import Reproduction

HEAVY = re.compile(r"torch|torchaudio|torchvision|triton|nvidia-.*|cuda-.*|pytorch-triton.*")
LIMIT = 900
FRAME = re.compile(r'File "[^"]*(?:site|dist)-packages/([\w]+)')
WANTS = re.compile(r"requires `([^`]+)`")
DOCTOR = "import sys; sys.path.insert(0, sys.argv.pop(1)); from tts_doctor.cli.main import main; sys.exit(main())"


class GaveUp(Exception):
    """The strategy could not be carried out, and why."""


@dataclass(frozen=True)
class Ill:
    """A broken environment as its user has it before them."""

    case: Reproduction
    work: Path
    env: dict[str, str]
    """Of the shell that built it; the variables of the run are in `case.env`."""
    output: str
    """What the failing command printed."""

    @property
    def venv(self) -> Path:
        return self.work / "venv"

    @property
    def asked(self) -> tuple[Requirement, ...]:
        """What the user asked for, all steps together; a later wish replaces an earlier one."""
        found: dict[str, Requirement] = {}
        for step in self.case.installs:
            for line in step.requirements:
                try:
                    wish = Requirement(line)
                except InvalidRequirement:
                    continue
                found[canonicalize_name(wish.name)] = wish
        return tuple(found.values())


Strategy = Callable[[Ill], dict[str, str | None]]


def installed(ill: Ill) -> dict[str, str]:
    """Canonical name -> version."""
    listed = _run([uv(), "pip", "list", "-q", "--format", "json"], ill)
    return {canonicalize_name(each["name"]): each["version"] for each in json.loads(listed.stdout or "[]")}


def treat(ill: Ill) -> dict[str, str | None]:
    """Our own tool, which is told the command and may change variables and files, but no Debian package."""
    shell = ill.case.command or "$VENV/bin/python $WORK/snippet.py"
    plain = shlex.split(shell.replace("$VENV", str(ill.venv)).replace("$WORK", str(ill.work)))
    command = plain if not ill.case.command else ["bash", "-euc", shell]
    words = ["treat", "--python", str(ill.venv / "bin/python"), "--yes", "--allow", "environment,files"]
    start = [sys.executable, "-I", "-c", DOCTOR, str(ROOT / "toolkit"), *words, "--format", "json", "--", *command]
    done = _run(start, ill, {**ill.env, **dict(ill.case.env)})
    try:
        actions = json.loads(done.stdout)["actions"] if done.returncode == 0 else []
    except (ValueError, KeyError):
        raise GaveUp(f"no receipt: {done.stderr[-300:]}") from None
    return {a["target"]: a["value"] for a in actions if a["action"] == "env-var" and a["applied"]}


def upgrade(ill: Ill) -> dict[str, str | None]:
    """Everything that is installed, to the newest versions that go together."""
    names = [name for name in installed(ill) if not HEAVY.fullmatch(name)]
    return _install(ill, "--upgrade", *names)


def reinstall(ill: Ill) -> dict[str, str | None]:
    """Everything once more, at the version that it has."""
    exact = [f"{name}=={version}" for name, version in installed(ill).items() if not HEAVY.fullmatch(name)]
    return _install(ill, "--reinstall", "--no-deps", *exact)


def as_of_release(ill: Ill) -> dict[str, str | None]:
    """What the user asked for, resolved as if it were the day on which the failing consumer was released."""
    versions = installed(ill)
    consumer = _consumer(ill, versions)
    day = _released(consumer, versions[consumer])
    wishes = [_wish_of(wish, day) for wish in ill.asked if not HEAVY.fullmatch(canonicalize_name(wish.name))]
    python = str(ill.venv / "bin/python")
    command = [uv(), "pip", "compile", "-q", "--no-header", "--no-annotate", "--python", python, "--exclude-newer", day]
    done = _run([*command, "-"], ill, stdin="\n".join(wishes))
    if done.returncode:
        raise GaveUp(_first_line(done.stderr))
    return _install(ill, *(line for line in done.stdout.split() if not HEAVY.fullmatch(line.partition("==")[0])))


def _wish_of(wish: Requirement, day: str) -> str:
    """A pin of a version that did not exist on that day becomes the bare name: who resolves anew lets it go."""
    pinned = next((s.version for s in wish.specifier if s.operator == "=="), "")
    try:
        late = bool(pinned) and _released(canonicalize_name(wish.name), pinned) > day
    except GaveUp:
        late = False
    return wish.name if late else str(wish)


def checked(ill: Ill) -> dict[str, str | None]:
    """The requirements that `uv pip check` calls unmet."""
    done = _run([uv(), "pip", "check"], ill)
    wanted = dict.fromkeys(WANTS.findall(done.stderr + done.stdout))
    if not wanted:
        raise GaveUp("the checker is content")
    return _install(ill, *wanted)


STRATEGIES: tuple[tuple[str, Strategy], ...] = (
    ("tts-doctor treat", treat),
    ("upgrade everything", upgrade),
    ("reinstall everything", reinstall),
    ("resolve as of the release", as_of_release),
    ("install what check names", checked),
)


def _install(ill: Ill, *words: str) -> dict[str, str | None]:
    if not any(not word.startswith("-") for word in words):
        raise GaveUp("nothing is installed")
    done = _run([uv(), "pip", "install", "-q", *words], ill)
    if done.returncode:
        raise GaveUp(_first_line(done.stderr))
    return {}


def _first_line(text: str) -> str:
    return (text.strip().splitlines() or ["uv failed"])[0][:200]


def _run(
    command: list[str], ill: Ill, env: dict[str, str] | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            cwd=ill.work,
            env=env or ill.env,
            text=True,
            capture_output=True,
            input=stdin,
            timeout=LIMIT,
        )
    except subprocess.TimeoutExpired:
        raise GaveUp(f"ran over {LIMIT} s") from None


def _consumer(ill: Ill, versions: dict[str, str]) -> str:
    """The distribution whose line failed last, else the first that the user asked for."""
    owners = _owners(ill.venv)
    for module in reversed(FRAME.findall(ill.output)):
        if owners.get(module) in versions:
            return owners[module]
    for wish in ill.asked:
        if canonicalize_name(wish.name) in versions:
            return canonicalize_name(wish.name)
    raise GaveUp("no distribution is in the traceback")


def _owners(venv: Path) -> dict[str, str]:
    """Import name -> distribution, by the RECORDs."""
    found: dict[str, str] = {}
    for record in sorted(venv.glob("lib/python*/site-packages/*.dist-info/RECORD")):
        name = canonicalize_name(record.parent.name.split("-")[0])
        for line in record.read_text("utf-8", "replace").splitlines():
            root, mark, _ = line.partition("/")
            module = root if mark else root.split(".py,")[0]
            if module.isidentifier():
                found.setdefault(module, name)
    return found


@lru_cache(maxsize=256)
def _released(name: str, version: str) -> str:
    """The end of the day on which that version was uploaded, as the index says. Raises GaveUp."""
    accept = {"Accept": "application/vnd.pypi.simple.v1+json"}
    try:
        files = requests.get(f"https://pypi.org/simple/{name}/", headers=accept, timeout=60).json()["files"]
    except (requests.RequestException, ValueError, KeyError):
        raise GaveUp(f"the index does not say when {name} {version} was released") from None
    parts = "[-_.]".join(re.escape(part) for part in name.split("-"))
    start = re.compile(rf"{parts}-{re.escape(version)}(?:-|\.tar|\.zip)", re.I)
    days = [file["upload-time"][:10] for file in files if start.match(file["filename"]) and file.get("upload-time")]
    if not days:
        raise GaveUp(f"the index does not say when {name} {version} was released")
    return f"{datetime.date.fromisoformat(min(days)) + datetime.timedelta(days=1)}T00:00:00Z"

"""Breaks an environment as a widely copied handbook does, then diagnoses it, treats it and takes the treatment back.

Everything happens under .demo/ (about 900 MB, most of it hard links into uv's cache). Each step is checked against what
the narration says: where one is not as told, the demo stops with exit status 1 and says so.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PLACE = Path(os.environ.get("TTS_DOCTOR_DEMO", ROOT / ".demo"))
VENV = PLACE / "venv"
LIST = ROOT / "constraints" / "handbook-demo.txt"
PYTHON = "3.10"
STATEMENTS = (
    "import flask",
    "import librosa.util.files",
    "import gunicorn.util",
    "from modelscope.msdatasets import MsDataset",
)
TOGETHER = ("python", "-c", "; ".join((*STATEMENTS, "print('all four work')")))
PARTIES = ({"flask", "werkzeug"}, {"setuptools"}, {"datasets", "pyarrow"})
"""Of each of these sets the static diagnosis names at least one."""


class NotAsTold(Exception):
    """A step of the demo did not do what the narration says."""


def environment() -> dict[str, str]:
    """The variables of a user who has activated the environment; our own records go under .demo/ too."""
    ours = dict(os.environ, VIRTUAL_ENV=str(VENV), PATH=f"{VENV / 'bin'}:{os.environ['PATH']}")
    ours.update(XDG_STATE_HOME=str(PLACE / "state"))
    ours.pop("PYTHONHOME", None)
    ours.pop("PYTHONPATH", None)
    return ours


def tell(text: str) -> None:
    print(text, flush=True)


def chapter(text: str) -> None:
    tell(f"\n\033[1m== {text}\033[0m" if sys.stdout.isatty() else f"\n== {text}")


def run(command: Sequence[str | Path], expect: int | None, show: int = 0, quiet: bool = False) -> str:
    """Run it in the activated environment and show it; raises NotAsTold where its exit status is not `expect`.

    `show` > 0 shows only so many last lines of its output. Returns standard output and standard error together where
    lines are counted, standard output alone otherwise.
    """
    words = [str(word) for word in command]
    tell("  $ " + shlex.join([word.removeprefix(f"{BIN}/") for word in words]))
    began = time.monotonic()
    errors = subprocess.STDOUT if show else None
    done = subprocess.run(
        words, cwd=PLACE, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True
    )
    lines = done.stdout.rstrip().splitlines()
    if not quiet:
        for line in lines[-show:] if show else lines:
            tell(f"    {line[:400]}")
    tell(f"    [exit {done.returncode}, {time.monotonic() - began:.1f} s]")
    if expect is not None and done.returncode != expect:
        raise NotAsTold(f"{words[0]} left with exit status {done.returncode}, the demo said {expect}")
    return done.stdout


def tree_hash(folder: Path) -> str:
    """Paths, modes, link targets and contents of everything but bytecode, which any import writes."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if "__pycache__" in path.parts:
            continue
        total.update(f"{path.relative_to(folder)}\0{path.lstat().st_mode:o}\0".encode())
        if path.is_symlink():
            total.update(os.readlink(path).encode())
        elif path.is_file():
            total.update(_digest(path))
    return total.hexdigest()


def _digest(path: Path) -> bytes:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            found.update(block)
    return found.digest()


def build() -> None:
    chapter(f"The handbook's list on Python {PYTHON} (downloads about 350 MB the first time)")
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir(parents=True)
    found = subprocess.run(
        [sys.executable, "-I", ROOT / "scripts" / "find_python.py", "--uv", BIN / "uv", PYTHON],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    if found.returncode:
        raise NotAsTold(f"there is no CPython {PYTHON} here and none could be fetched")
    run([BIN / "uv", "venv", "--quiet", "--python", found.stdout.strip(), VENV], 0)
    run([BIN / "uv", "pip", "install", "--python", VENV / "bin" / "python", "-r", LIST], 0)


def compare() -> None:
    chapter("The checkers say that all is well")
    said = run([BIN / "python", "-m", "pip", "--python", VENV / "bin" / "python", "check"], 0)
    said += run([BIN / "uv", "pip", "check", "--python", VENV / "bin" / "python"], 0, show=1)
    if "No broken requirements" not in said or "compatible" not in said:
        raise NotAsTold("a checker did not say that the environment is compatible")
    chapter("Four of four fail")
    for statement in STATEMENTS:
        run(["python", "-c", statement], 1, show=1)


def diagnose() -> None:
    chapter("tts-doctor, without running anything of the environment")
    run([BIN / "tts-doctor", "diagnose"], 1)
    found = json.loads(run([BIN / "tts-doctor", "diagnose", "--format", "json"], 1, quiet=True))["findings"]
    named = {_canonical(culprit["name"]) for finding in found for culprit in finding["culprits"]}
    for party in PARTIES:
        if not named & party:
            raise NotAsTold(f"the diagnosis blames none of {', '.join(sorted(party))}")
    chapter("tts-doctor, with the command that fails")
    run([BIN / "tts-doctor", "diagnose", "--", *TOGETHER], 1)


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def treat_and_undo() -> None:
    before = tree_hash(VENV)
    chapter("Treat: tried in a copy, applied, verified by the command")
    run([BIN / "tts-doctor", "treat", "--yes", "--", *TOGETHER], 0)
    after = tree_hash(VENV)
    if after == before:
        raise NotAsTold("the treatment changed nothing")
    chapter("Four of four work")
    for statement in STATEMENTS:
        run(["python", "-c", statement], 0, show=1, quiet=True)
    chapter("Undo")
    run([BIN / "tts-doctor", "undo", "--python", VENV / "bin" / "python"], 0)
    restored = tree_hash(VENV)
    tell(f"    before    {before}\n    treated   {after}\n    restored  {restored}")
    if restored != before:
        raise NotAsTold("the environment is not what it was before the treatment")
    run(["python", "-c", STATEMENTS[0]], 1, show=1)


def main() -> int:
    began = time.monotonic()
    try:
        build()
        compare()
        diagnose()
        treat_and_undo()
    except NotAsTold as problem:
        tell(f"\nNOT AS TOLD: {problem}")
        return 1
    seconds = time.monotonic() - began
    tell(f"\nDone in {seconds:.0f} s: 4 of 4 failed, 4 of 4 worked once treated, and every byte was put back.")
    tell(f"The environment is left in {os.path.relpath(VENV)}; make clean removes it.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

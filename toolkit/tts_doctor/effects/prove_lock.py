"""Builds a lock's environment in a temporary folder, imports what the list asks for, runs the user's command there.

Says how far it came: `resolves`, `installs` or `runs`. The folder is deleted; nothing of the user's is touched.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from tts_doctor.effects.run_command import RunResult, run
from tts_doctor.effects.scratch import scratch_folder
from tts_doctor.effects.uv import Deadline, call
from tts_doctor.effects.uv_compile import UvCompile
from tts_doctor.errors import InstallError
from tts_doctor.model.lock import Lock, ResolverSettings
from tts_doctor.model.text import Text
from tts_doctor.ports import Reporter

IMPORTER = """
import importlib, importlib.metadata, json, sys, traceback
failed = []
for name in json.loads(sys.argv[1]):
    dist = importlib.metadata.distribution(name)
    listed = (dist.read_text("top_level.txt") or "").split()
    found = [str(f).split("/")[0] for f in dist.files or () if str(f).endswith((".py", ".so")) and ".." not in str(f)]
    modules = listed or sorted({f.split(".")[0] for f in found})
    for module in modules:
        if module.startswith("_") or not module.isidentifier() or module in ("tests", "test", "docs", "examples"):
            continue
        try:
            importlib.import_module(module)
        except BaseException as error:
            failed.append("import %s (%s): %s: %s" % (module, name, type(error).__name__, error))
print("\\n".join(failed), file=sys.stderr)
sys.exit(bool(failed))
"""
INSTALL_SECONDS = 1800.0
IMPORT_SECONDS = 600.0


def prove_lock(
    lock: Lock, names: Sequence[str], command: Sequence[str], settings: ResolverSettings, environ: Mapping[str, str],
    cwd: str, say: Reporter,
) -> tuple[str, str]:  # fmt: skip
    """(`resolves`, `installs` or `runs`, what failed). `names`: canonical names of what the list asks for."""
    with scratch_folder() as folder:
        venv = Path(folder, "venv")
        python = str(venv / "bin/python")
        try:
            _install(lock, venv, settings, environ, cwd, say)
        except InstallError as error:
            return "resolves", error.output or error.en
        say.step(Text("importing what the list asks for", "正在导入列表中的包"))
        env = {k: v for k, v in environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
        env |= {"VIRTUAL_ENV": str(venv), "PATH": f"{venv}/bin:{environ.get('PATH', os.defpath)}"}
        pinned = {name for name, _ in lock.nearest.pins}
        wanted = json.dumps([n for n in names if n in pinned])
        imported = run([python, "-c", IMPORTER, wanted], env, folder, IMPORT_SECONDS)
        if imported.exit_code != 0:
            return "installs", _said(imported)
        if command:
            say.step(Text("running the command", "正在运行命令"))
            ran = run(command, env, cwd, IMPORT_SECONDS)
            if ran.exit_code != 0:
                return "installs", _said(ran)
    return "runs", ""


def _install(
    lock: Lock, venv: Path, settings: ResolverSettings, environ: Mapping[str, str], cwd: str, say: Reporter
) -> None:
    say.step(Text(f"installing {len(lock.nearest.pins)} distributions", f"正在安装 {len(lock.nearest.pins)} 个发行包"))
    deadline = Deadline(INSTALL_SECONDS)
    with UvCompile(settings, environ, cwd) as uv:
        env = {**uv.env, "UV_PYTHON_DOWNLOADS": "automatic"}
        call([uv.uv, "venv", "-q", "--no-project", "--python", lock.nearest.python, str(venv)], env, cwd, deadline)
        file = venv / "lock.txt"
        file.write_text(lock.text)
        argv = [uv.uv, "pip", "install", "-q", "--require-hashes", "--python", str(venv / "bin/python")]
        call([*argv, *uv.policy(dated=False), "-r", str(file)], env, cwd, deadline)


def _said(result: RunResult) -> str:
    if result.timed_out:
        return f"no end after {result.seconds:.0f} s"
    return "\n".join(result.output.strip().splitlines()[-20:])

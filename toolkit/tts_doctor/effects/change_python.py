"""Gives a virtual environment whose interpreter is gone or wrong another one of the same minor version, in the clone.

Installed distributions stay, so another minor version is refused: it needs a new environment.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from tts_doctor.effects.index_config import read_index_config
from tts_doctor.effects.uv import Deadline, call, find_uv, installer_environment
from tts_doctor.errors import InstallError
from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Action

MINOR = re.compile(r"(\d+)\.(\d+)")


def change_python(
    facts: Facts, pairs: tuple[tuple[str, str], ...], action: Action, env: Mapping[str, str], deadline: Deadline
) -> None:
    """Relink the clone's interpreter to one of the wanted version. Raises InstallError."""
    found = facts.interpreter
    prefix = os.path.realpath(found.prefix) if found.prefix else ""
    clone = dict(pairs).get(prefix, "")
    present = sorted({p.parent.name.removeprefix("python") for p in Path(clone).glob("lib/python*/site-packages")})
    match = MINOR.search(action.spec or action.value or "")
    wanted = match.group() if match else ".".join(map(str, found.minor)) if found.minor[0] else "".join(present[:1])
    if not clone or not wanted or (present and wanted not in present):
        raise InstallError(
            f"Python {wanted or '?'} needs a new environment: this one holds distributions for {', '.join(present)}",
            f"Python {wanted or '?'} 需要新建环境：当前环境中的软件包属于 {'、'.join(present)}",
            hint_en=f"uv venv --python {wanted} NEW", hint_zh=f"uv venv --python {wanted} NEW",
        )  # fmt: skip
    uv = find_uv(env.get("PATH"))
    if not uv:
        hint = "pip install uv"
        raise InstallError("uv is needed to change the interpreter", "更换解释器需要 uv", hint_en=hint, hint_zh=hint)
    config = read_index_config(env, prefix, facts.cwd)
    argv = [uv, "venv", "--allow-existing", "--no-project", "--no-config", "--python", wanted]
    if re.search(r"^prompt\s*=", _text(clone, "pyvenv.cfg"), re.MULTILINE):
        argv += ["--prompt", os.path.basename(prefix)]
    # uv looks at the environment's own interpreter first, which is what is broken
    call([*argv, clone], {**installer_environment(env, config), "PATH": _path(env, prefix)}, "/", deadline)


def _path(env: Mapping[str, str], prefix: str) -> str:
    folders = (env.get("PATH") or os.defpath).split(os.pathsep)
    return os.pathsep.join(f for f in folders if not os.path.realpath(f or ".").startswith(f"{prefix}/"))


def _text(folder: str, name: str) -> str:
    try:
        return Path(folder, name).read_text("utf-8", "replace")
    except OSError:
        return ""

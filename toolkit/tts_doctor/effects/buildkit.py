"""Builds an image with BuildKit through the docker command: the engine's SDK cannot.

Decides only which of the docker commands on PATH is able to.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections import deque
from collections.abc import Mapping

from tts_doctor.effects.scratch import scratch_folder
from tts_doctor.errors import DoctorError
from tts_doctor.model.text import Text
from tts_doctor.ports import Reporter

STEP = re.compile(r"^#\d+ \[(.{1,100}\d+/\d+\] .{0,90})")
VERSION = re.compile(r"version (\d+)")
BUILT_IN = range(18, 23)
"""Releases of the command that bring BuildKit along; later ones want buildx beside them."""
TAIL = 30


def build_with_buildkit(folder: str, dockerfile: str, fresh: bool, environ: Mapping[str, str], say: Reporter) -> str:
    """The image's id. Raises DoctorError with the builder's last words."""
    program = _able(environ)
    with scratch_folder() as scratch:
        written = os.path.join(scratch, "id")
        argv = [program, "build", "--progress=plain", "--iidfile", written, "-f", os.path.join(folder, dockerfile)]
        argv += ["--no-cache"] if fresh else []
        said: deque[str] = deque(maxlen=TAIL)
        env = {**environ, "DOCKER_BUILDKIT": "1"}
        with subprocess.Popen(
            [*argv, folder], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                text = line.decode("utf-8", "replace").rstrip()
                said.append(text)
                if match := STEP.match(text):
                    say.step(Text(f"[{match[1]}"))
        if process.returncode:
            told = "\n".join(said)
            raise DoctorError(f"the build failed:\n{told}", f"构建失败：\n{told}")
        with open(written, encoding="ascii") as file:
            return file.read().strip()


def _able(environ: Mapping[str, str]) -> str:
    """The first docker command on PATH that can use BuildKit. Raises DoctorError."""
    folders = (environ.get("PATH") or os.defpath).split(os.pathsep)
    for path in dict.fromkeys(os.path.join(folder, "docker") for folder in folders):
        if not os.access(path, os.X_OK):
            continue
        known = VERSION.search(_said([path, "--version"], environ))
        if (known and int(known[1]) in BUILT_IN) or "buildx" in _said([path, "buildx", "version"], environ):
            return path
    raise DoctorError(
        "no docker command here can use BuildKit",
        "此处没有可使用 BuildKit 的 docker 命令",
        hint_en="install docker's buildx plugin, or leave --buildkit away",
        hint_zh="请安装 docker 的 buildx 插件，或不使用 --buildkit",
    )


def _said(argv: list[str], environ: Mapping[str, str]) -> str:
    """Standard output, empty where it fails."""
    try:
        done = subprocess.run(argv, env=dict(environ), stdin=subprocess.DEVNULL, capture_output=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""

"""pip-tools as the second, independent resolver: pip's own solver, under the Python that is wanted.

It is an extra of this tool. For another Python than the tool's own it is installed in a temporary environment too.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

from tts_doctor.effects.run_command import run
from tts_doctor.effects.scratch import scratch_folder
from tts_doctor.effects.uv import Deadline, call
from tts_doctor.effects.uv_compile import BUILD_CONSTRAINTS, UvCompile
from tts_doctor.errors import DoctorError, UsageError
from tts_doctor.model.lock import Question

SECONDS = 900.0


def check_pip_tools(as_of: str) -> None:
    """Raises UsageError where pip-tools is not there or cannot do what is asked."""
    if as_of:
        raise UsageError("pip-compile knows no date: leave --as-of out", "pip-compile 不支持日期，请去掉 --as-of")
    if find_spec("piptools") is None:
        raise UsageError(
            "pip-tools is not installed beside tts-doctor",
            "未安装 pip-tools",
            hint_en="pip install 'tts-doctor[pip-tools]', or leave --resolver out: uv needs nothing more",
            hint_zh="请运行 pip install 'tts-doctor[pip-tools]'，或去掉 --resolver：uv 无需额外安装",
        )


def compile_with_pip_tools(uv: UvCompile, question: Question) -> str:
    """The lock as text, with hashes. Raises UsageError as check_pip_tools does, or DoctorError."""
    check_pip_tools(uv.settings.as_of)
    deadline = Deadline(SECONDS)
    with scratch_folder() as folder:
        listed = Path(folder, "list.in")
        constraints, build = Path(folder, "constraints.txt"), Path(folder, "build.txt")
        env = {**uv.env, "UV_PYTHON_DOWNLOADS": "automatic", "PIP_CONSTRAINT": str(build)}
        python = _interpreter(uv, question.python, env, folder, deadline)
        listed.write_text("\n".join([*uv.settings.options, *question.lines]) + "\n")
        constraints.write_text("\n".join(question.constraints) + "\n")
        build.write_text(BUILD_CONSTRAINTS)
        argv = [python, "-I", "-m", "piptools", "compile", "-q", "--generate-hashes", "--no-header"]
        argv += ["--strip-extras", "--allow-unsafe", "--no-emit-index-url", "--no-emit-find-links", "-o", "-"]
        argv += ["--no-emit-options", "--no-emit-trusted-host", "--constraint", str(constraints)]
        pip = " ".join(o for o in uv.policy(dated=False) if "build" not in o and not o.endswith(".txt"))
        for link in uv.config.find_links:
            pip += f" --find-links {link}"
        result = run([*argv, "--pip-args", pip.strip(), str(listed)], env, folder, deadline.left)
    if result.exit_code != 0:
        words = result.output.strip().splitlines() or ["pip-compile failed"]
        hint = {"hint_en": "--resolver uv names every conflict", "hint_zh": "--resolver uv 会列出所有冲突"}
        raise DoctorError(words[-1], **hint)
    return result.output


def _interpreter(uv: UvCompile, wanted: str, env: dict[str, str], folder: str, deadline: Deadline) -> str:
    """One of that minor version with pip-tools: our own, or that of a new environment in `folder`."""
    if wanted == "{}.{}".format(*sys.version_info[:2]):
        return sys.executable
    venv = Path(folder, "venv")
    call([uv.uv, "venv", "-q", "--no-project", "--python", wanted, str(venv)], env, folder, deadline)
    argv = [uv.uv, "pip", "install", "-q", "--python", str(venv / "bin/python"), *uv.index_options]
    call([*argv, "pip-tools", "pip", "setuptools", "wheel"], env, folder, deadline)
    return str(venv / "bin/python")

"""pip-tools as the second, independent resolver: pip's own solver, in a temporary environment of the wanted Python."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tts_doctor.effects.run_command import run
from tts_doctor.effects.scratch import scratch_folder
from tts_doctor.effects.uv import Deadline, call
from tts_doctor.effects.uv_compile import BUILD_CONSTRAINTS, UvCompile
from tts_doctor.errors import DoctorError, UsageError
from tts_doctor.model.lock import Question

SECONDS = 900.0


def compile_with_pip_tools(uv: UvCompile, question: Question, environ: Mapping[str, str]) -> str:
    """The lock as text, with hashes. Raises UsageError for what pip-compile cannot do, DoctorError with its words."""
    if uv.settings.as_of:
        raise UsageError("pip-compile knows no date: leave --as-of out", "pip-compile 不支持日期，请去掉 --as-of")
    deadline = Deadline(SECONDS)
    with scratch_folder() as folder:
        venv, listed = Path(folder, "venv"), Path(folder, "list.in")
        constraints, build = Path(folder, "constraints.txt"), Path(folder, "build.txt")
        env = {**uv.env, "UV_PYTHON_DOWNLOADS": "automatic", "PIP_CONSTRAINT": str(build)}
        call([uv.uv, "venv", "-q", "--no-project", "--python", question.python, str(venv)], env, folder, deadline)
        argv = [uv.uv, "pip", "install", "-q", "--python", str(venv / "bin/python"), *uv.index_options]
        call([*argv, "pip-tools", "pip", "setuptools", "wheel"], env, folder, deadline)
        listed.write_text("\n".join([*uv.settings.options, *question.lines]) + "\n")
        constraints.write_text("\n".join(question.constraints) + "\n")
        build.write_text(BUILD_CONSTRAINTS)
        argv = [str(venv / "bin/python"), "-m", "piptools", "compile", "-q", "--generate-hashes", "--no-header"]
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

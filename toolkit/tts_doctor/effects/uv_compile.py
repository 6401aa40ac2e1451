"""Asks uv to resolve: questions of one lock as calls of `uv pip compile`. Remembers no answer and believes no cache."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from tts_doctor.effects.call_resolver import Calls, first_words, index_settings
from tts_doctor.effects.scratch import scratch_folder
from tts_doctor.effects.uv import find_uv, installer_environment
from tts_doctor.errors import DoctorError, IndexUnavailable
from tts_doctor.model.lock import Question, ResolverSettings
from tts_doctor.parse.resolver_message import is_unreachable

FIRST_COMPILE = 45.0
COMPILE_SECONDS = 600.0
OFFLINE_HINT = {
    "hint_en": "check the network and the index's address (UV_DEFAULT_INDEX, pip's index-url); nothing was written",
    "hint_zh": "请检查网络与软件包索引地址（UV_DEFAULT_INDEX、pip 的 index-url）；没有写入任何文件",
}
BUILD_CONSTRAINTS = "setuptools<81\n"
"""Old sdists ask setuptools for pkg_resources, which 82 no longer has."""


class UvCompile:
    """uv under the settings of one lock; use as a context manager. Raises DoctorError where there is no uv."""

    def __init__(self, settings: ResolverSettings, environ: Mapping[str, str], cwd: str) -> None:
        self.settings = settings
        self.cwd = cwd if os.path.isdir(cwd) else "/"
        self.uv = find_uv(environ.get("PATH"))
        if not self.uv:
            raise DoctorError(
                "uv is needed to resolve", "解析依赖需要 uv", hint_en="pip install uv", hint_zh="pip install uv"
            )
        self.config, self.index_options = index_settings(environ, self.cwd, settings.options)
        self.env = installer_environment(environ, self.config) | {"UV_PYTHON_DOWNLOADS": "never"}
        self.calls = Calls()
        self._builders: dict[str, str] = {}
        self._lock = threading.Lock()
        self._end = ExitStack()
        self._folder = self._end.enter_context(scratch_folder())
        self._build_constraints = Path(self._folder, "build.txt")
        self._build_constraints.write_text(BUILD_CONSTRAINTS)

    def __enter__(self) -> UvCompile:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self._end.close()

    def call(self, question: Question, more: Sequence[str], seconds: float) -> tuple[int, str, str]:
        """Exit status (negative where time ran out), standard output, standard error."""
        argv = [self.uv, "pip", "compile", "-", "--quiet", *self.policy(), "--python-version", question.python]
        # from the cache nothing is built, so that any interpreter will do
        argv += ["--python", sys.executable if "--offline" in more else self._builder(question.python), *more]
        with tempfile.NamedTemporaryFile("w", dir=self._folder, suffix=".txt", encoding="utf-8") as constraints:
            if question.constraints:
                constraints.write("\n".join(question.constraints) + "\n")
                constraints.flush()
                argv += ["--constraints", constraints.name]
            lines = [o for o in self.settings.options if o.split()[0] != "--pre"]
            return self.calls.run(argv, "\n".join([*lines, *question.lines]) + "\n", self.env, self.cwd, seconds)

    def write(
        self,
        question: Question,
        *,
        form: str = "requirements.txt",
        previous: str = "",
        upgrade: Sequence[str] = (),
        cached: bool = False,
    ) -> str:
        """The whole lock as text, with hashes; `form` may be `pylock.toml`.

        Versions of the lock `previous` are kept where nothing forbids them, except for `upgrade`; `cached` says that
        the index has just been asked for most of it. Raises IndexUnavailable, or DoctorError with uv's words.
        """
        more = ["--generate-hashes", "--no-header"] if form != "pylock.toml" else ["--format", form, "--no-header"]
        before = Path(self._folder, form)
        if previous:
            before.write_text(previous, encoding="utf-8")
            more += ["--output-file", str(before)]
            more += ["--upgrade"] if ":all:" in upgrade else [w for n in upgrade for w in ("--upgrade-package", n)]
        first = ["--offline"] if cached or self.settings.offline else []
        code, output, errors = self.call(question, [*more, *first], FIRST_COMPILE)
        if code < 0 and not first:  # asking for all pages again can take minutes where the cache has them
            first = ["--offline"]
            code, output, errors = self.call(question, [*more, *first], FIRST_COMPILE)
        if first and not self.settings.offline and (code < 0 or (code != 0 and "network was disabled" in errors)):
            code, output, errors = self.call(question, more, COMPILE_SECONDS)
        if code != 0 and is_unreachable(errors):
            raise IndexUnavailable(first_words(errors), **OFFLINE_HINT)
        if code != 0:
            said = errors.strip()
            raise DoctorError(said or "uv failed", said or "uv 运行失败")
        return before.read_text(encoding="utf-8") if previous else output  # with a file, uv prints nothing

    def policy(self, dated: bool = True) -> list[str]:
        """Options of uv that hold for resolving and, without the date, for installing."""
        chosen = self.settings
        options = [*self.index_options, "--build-constraints", str(self._build_constraints)]
        if ":all:" not in chosen.allow_sdist:
            options += ["--only-binary", ":all:"]
        for name in chosen.allow_sdist:
            options += ["--no-binary", name] if name != ":all:" else []
        for name in chosen.only_binary:
            options += ["--only-binary", name]
        if chosen.as_of and dated:
            options += ["--exclude-newer", chosen.as_of]
        if any(o.split()[0] == "--pre" for o in chosen.options):
            options += ["--prerelease", "allow"]
        return options

    def _builder(self, python: str) -> str:
        """The interpreter that builds sdists: that minor version where uv finds one, else whatever uv would take."""
        if not self.settings.allow_sdist:
            return sys.executable
        with self._lock:
            if python not in self._builders:
                self._builders[python] = self._find_python(python) or self._default_python()
            return self._builders[python]

    def _default_python(self) -> str:
        if "" not in self._builders:
            self._builders[""] = self._find_python("") or sys.executable
        return self._builders[""]

    def _find_python(self, wanted: str) -> str:
        argv = [self.uv, "python", "find", "--no-project", *([wanted] if wanted else [])]
        code, output, _ = self.calls.run(argv, "", self.env, self.cwd, 30)
        return output.strip() if code == 0 else ""

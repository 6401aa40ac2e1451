"""uv as the oracle of a lock: asks it whether lines can be met together, side by side, and remembers the answers.

Decides how uv is called (wheels only but for named sdists, the date, the build interpreter); never what to ask.
"""

from __future__ import annotations

import os
import platform
import re
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tts_doctor.effects.call_resolver import day_after, first_words, index_settings, read_pins, run_resolver
from tts_doctor.effects.disk_cache import DiskCache, cache_folder
from tts_doctor.effects.http import Http
from tts_doctor.effects.index import PackageIndex
from tts_doctor.effects.uv import find_uv, installer_environment
from tts_doctor.errors import DoctorError, IndexUnavailable
from tts_doctor.model.facts import Facts, Interpreter
from tts_doctor.model.lock import Question, Resolution
from tts_doctor.parse.resolver_message import distributions_in, is_unreachable, is_unsolvable, uncached

WORKERS = 2
ONE_QUESTION = 45.0
ATTEMPTS = 3
ROUNDS = 6
MOST_PAGES = 2
MOST_FETCHED = 12
FETCHERS = 4
FETCH_SECONDS = 10.0
FIRST_COMPILE = 45.0
COMPILE_SECONDS = 600.0
OFFLINE_HINT = {
    "hint_en": "check the network and the index's address (UV_DEFAULT_INDEX, pip's index-url); nothing was written",
    "hint_zh": "请检查网络与软件包索引地址（UV_DEFAULT_INDEX、pip 的 index-url）；没有写入任何文件",
}
BUILD_CONSTRAINTS = "setuptools<81\n"
"""Old sdists ask setuptools for pkg_resources, which 82 no longer has."""


@dataclass(frozen=True)
class ResolverSettings:
    """How every question of one lock is asked."""

    as_of: str = ""
    """ISO date: releases after that day do not exist."""
    allow_sdist: tuple[str, ...] = ()
    """Distributions that are taken as sdists; `:all:` permits every sdist where no wheel serves."""
    only_binary: tuple[str, ...] = ()
    """With `:all:` sdists, those that are still taken as wheels only."""
    options: tuple[str, ...] = ()
    """Option lines of the user's files."""
    seconds: float = 100.0
    """For all questions together."""
    offline: bool = False


class UvResolver:
    """Implements ports.Resolver; use as a context manager."""

    def __init__(self, settings: ResolverSettings, environ: Mapping[str, str], cwd: str) -> None:
        self.settings = settings
        self.cwd = cwd if os.path.isdir(cwd) else "/"
        self.uv = find_uv(environ.get("PATH"))
        if not self.uv:
            raise DoctorError("uv is needed to resolve", "解析依赖需要 uv", hint_en="pip install uv")
        config, options = index_settings(environ, self.cwd, settings.options)
        self.config = config
        self.index_options = options
        self.env = installer_environment(environ, config) | {"UV_PYTHON_DOWNLOADS": "never"}
        self._environ = environ
        self._end = time.monotonic() + settings.seconds
        self._known: dict[Question, Resolution] = {}
        self._from_cache: set[Question] = set()
        self._fetched: set[tuple[str, str]] = set()
        self._absent: set[str] = set()
        self._trust_cache = True
        self._indexes: dict[str, PackageIndex] = {}
        self._builders: dict[str, str] = {}
        self._lock = threading.Lock()
        self._folder = tempfile.TemporaryDirectory(prefix="tts-doctor-lock-")
        self._build_constraints = Path(self._folder.name, "build.txt")
        self._build_constraints.write_text(BUILD_CONSTRAINTS)
        self.asked = 0

    def __enter__(self) -> UvResolver:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self._folder.cleanup()

    def answer(self, questions: Sequence[Question]) -> Sequence[Resolution]:
        """See ports.Resolver."""
        new = [q for q in dict.fromkeys(questions) if q not in self._known]
        if len(new) == 1:
            self._known[new[0]] = self._ask(new[0])
        elif new:
            with ThreadPoolExecutor(WORKERS) as pool:
                self._known.update(zip(new, pool.map(self._ask, new), strict=True))
        found = [self._known[q] for q in questions]
        for question in (q for q, answer in zip(questions, found, strict=True) if answer.unfinished):
            self._known.pop(question, None)
        return found

    def releases(self, name: str, python: str) -> Sequence[str]:
        """See ports.Resolver."""
        limit = day_after(self.settings.as_of)
        found = self._index(python).releases(name)
        fitting = [r for r in found if not r.yanked and (not limit or not r.uploaded or r.uploaded < limit)]
        return [r.version for r in fitting]

    def expired(self) -> bool:
        """See ports.Resolver."""
        return time.monotonic() >= self._end

    def renew(self) -> None:
        """The whole time once more; what was fetched meanwhile is in the cache."""
        self._end = time.monotonic() + self.settings.seconds

    def compile(
        self, question: Question, *, form: str = "requirements.txt", previous: str = "", upgrade: Sequence[str] = ()
    ) -> str:
        """The whole lock as text, with hashes; `form` may be `pylock.toml`.

        Versions of the lock `previous` are kept where nothing forbids them, except for `upgrade`. Raises
        IndexUnavailable, or DoctorError with uv's words.
        """
        more = ["--generate-hashes", "--no-header"] if form != "pylock.toml" else ["--format", form, "--no-header"]
        before = Path(self._folder.name, "before.txt")
        if previous:
            before.write_text(previous, encoding="utf-8")
            more += ["--output-file", str(before)]
            for name in upgrade:
                more += ["--upgrade-package", name]
        offline = ["--offline"] if self.settings.offline else []
        code, output, errors = self._call(question, [*more, *offline], FIRST_COMPILE)
        if code < 0:  # asking for every page again can take minutes where the cache has all that is needed
            code, output, errors = self._call(question, [*more, "--offline"], FIRST_COMPILE)
        if not offline and (code < 0 or (code != 0 and "network was disabled" in errors)):
            code, output, errors = self._call(question, more, COMPILE_SECONDS)
        if code != 0 and is_unreachable(errors):
            raise IndexUnavailable(first_words(errors), **OFFLINE_HINT)
        if code != 0:
            raise DoctorError(errors.strip() or "uv failed")
        return before.read_text(encoding="utf-8") if previous else output  # with a file, uv prints nothing

    def distrust(self) -> bool:
        """Believe nothing cached any more; False where nothing was believed."""
        before, self._trust_cache = self._trust_cache, False
        self._known.clear()
        return before and not self.settings.offline

    def confirm(self, refused: Sequence[Question]) -> bool:
        """See ports.Resolver: the pages of all that the refusals speak of are asked for anew, then the same again."""
        doubted = [q for q in dict.fromkeys(refused) if q in self._from_cache]
        if not doubted or self.settings.offline or self.expired():
            return True
        names = {n for q in doubted for n in distributions_in(self._known[q].message)}
        self._fetch(doubted[0].python, sorted(names - self._absent))
        with ThreadPoolExecutor(WORKERS) as pool:
            agreed = all(not answer.ok for answer in pool.map(lambda q: self._once(q, ("--offline",)), doubted))
        self._from_cache.difference_update(doubted)
        if not agreed:
            self.distrust()
        return agreed

    def _ask(self, question: Question) -> Resolution:
        """From uv's cache where that settles it, which takes a fraction of a second, else from the index."""
        for _ in range(ROUNDS if self._trust_cache else 0):
            found = self._once(question, ("--offline",))
            if found.ok or found.unfinished or self.settings.offline:
                return found
            pages, versions = uncached(found.message)
            pages = tuple(name for name in pages if name not in self._absent)
            if self._settled(found.message, pages, versions):
                self._from_cache.add(question)
                return found
            missing = [*pages, *self._versions(question.python, versions)]
            if not missing or len(missing) > MOST_FETCHED or len(pages) > MOST_PAGES or self.expired():
                break  # with little in the cache the resolver knows best what it needs
            self._fetch(question.python, missing)
        return self._ask_index(question)

    def _settled(self, message: str, pages: Sequence[str], versions: Sequence[str]) -> bool:
        """Whether a refusal from the cache is one of the index: nothing was missed but names that it does not have."""
        known = not is_unreachable(message) or bool(uncached(message)[0])
        return is_unsolvable(message) and known and not pages and not versions

    def _versions(self, python: str, wanted: Sequence[str]) -> list[str]:
        """Exact requirements for the newest releases in ranges whose metadata uv lacks; those fetched are left out."""
        found = []
        for text in wanted:
            name, _, _ = re.split(r"([<>=!~])", text, maxsplit=1)
            specifier = SpecifierSet(text[len(name) :].replace("+,", ",").rstrip("+"))
            fitting = [v for v in self.releases(name, python) if specifier.contains(v, prereleases=True)]
            found += [f"{name}=={v}" for v in fitting[::-1]]
        return [text for text in found if (python, text) not in self._fetched][: MOST_FETCHED + 1]

    def _fetch(self, python: str, wanted: Sequence[str]) -> None:
        """Bring the pages of names and the metadata of exact versions into uv's cache."""

        def one(text: str) -> None:
            self._fetched.add((python, text))
            # what an exact version needs comes after its own metadata: no reason to wait long for it
            more, seconds = ((), FETCH_SECONDS) if "=" in text else (("--no-deps",), ONE_QUESTION)
            found = self._once(Question(python, (text,)), more, seconds)
            if not found.ok and "was not found in the package registry" in found.message:
                self._absent.add(canonicalize_name(text))

        pages_only = len(wanted) > 3 and all("=" not in text for text in wanted)
        if pages_only and self._once(Question(python, tuple(wanted)), ("--no-deps",)).ok:
            return
        with ThreadPoolExecutor(FETCHERS) as pool:
            list(pool.map(one, wanted))

    def _ask_index(self, question: Question) -> Resolution:
        found = Resolution(False)
        for _ in range(ATTEMPTS):
            if self.expired():
                return Resolution(False, unfinished=True)
            found = self._once(question, ())
            if found.ok or (is_unsolvable(found.message) and not is_unreachable(found.message)):
                return found
            if found.unfinished and (cached := self._once(question, ("--offline",))).ok:
                return cached  # what it had fetched when its time was up is enough
        if is_unreachable(found.message):
            raise IndexUnavailable(first_words(found.message), **OFFLINE_HINT)
        return found

    def _once(self, question: Question, more: Sequence[str], seconds: float = ONE_QUESTION) -> Resolution:
        left = self._end - time.monotonic()
        seconds = max(5.0, min(seconds, left))
        code, output, errors = self._call(question, ("--no-annotate", "--no-header", *more), seconds)
        if code == 0:
            return Resolution(True, read_pins(output))
        return Resolution(False, (), errors, unfinished=code < 0)

    def _call(self, question: Question, more: Sequence[str], seconds: float) -> tuple[int, str, str]:
        """Exit status (negative where time ran out), standard output, standard error."""
        self.asked += 1
        argv = [self.uv, "pip", "compile", "-", "--quiet", *self.policy(), "--python-version", question.python]
        # from the cache nothing is built, so that any interpreter will do
        argv += ["--python", sys.executable if "--offline" in more else self._builder(question.python), *more]
        with tempfile.NamedTemporaryFile("w", dir=self._folder.name, suffix=".txt", encoding="utf-8") as constraints:
            if question.constraints:
                constraints.write("\n".join(question.constraints) + "\n")
                constraints.flush()
                argv += ["--constraints", constraints.name]
            text = "\n".join([*self._option_lines(), *question.lines]) + "\n"
            return run_resolver(argv, text, self.env, self.cwd, seconds)

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

    def _option_lines(self) -> list[str]:
        return [o for o in self.settings.options if o.split()[0] != "--pre"]

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
        argv = [self.uv, "python", "find", "--quiet", "--no-project", *([wanted] if wanted else [])]
        code, output, _ = run_resolver(argv, "", self.env, self.cwd, 30)
        return output.strip() if code == 0 else ""

    def _index(self, python: str) -> PackageIndex:
        with self._lock:
            if python not in self._indexes:
                libc = " ".join(platform.libc_ver()).strip()
                interpreter = Interpreter(version=python, machine=platform.machine(), platform=sys.platform, libc=libc)
                facts = Facts(interpreter=interpreter, cwd=self.cwd)
                http = Http(self.config, self._environ)
                self._indexes[python] = PackageIndex(facts, self.config, http, DiskCache(cache_folder(self._environ)))
            return self._indexes[python]

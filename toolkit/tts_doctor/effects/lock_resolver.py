"""Questions to uv, answered from its cache where that settles them and from the index where it does not.

Decides what of a cached refusal may be believed; changes no list. The time for all questions is bounded.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tts_doctor.effects.call_resolver import first_words
from tts_doctor.effects.lock_releases import LockReleases
from tts_doctor.effects.uv_compile import OFFLINE_HINT, UvCompile
from tts_doctor.errors import IndexUnavailable
from tts_doctor.model.lock import Question, Resolution
from tts_doctor.parse.lock_text import read_pins
from tts_doctor.parse.resolver_message import distributions_in, is_unreachable, is_unsolvable, uncached

WORKERS = 2
ONE_QUESTION = 45.0
ATTEMPTS = 3
ROUNDS = 6
MOST_PAGES = 2
MOST_FETCHED = 12
FETCHERS = 4
FETCH_SECONDS = 10.0


class UvResolver:
    """Implements ports.Resolver."""

    def __init__(self, uv: UvCompile, environ: Mapping[str, str]) -> None:
        self.uv = uv
        self.settings = uv.settings
        self._releases = LockReleases(uv.config, environ, uv.cwd, uv.settings.as_of)
        self._end = time.monotonic() + uv.settings.seconds
        self._known: dict[Question, Resolution] = {}
        self._from_cache: set[Question] = set()
        self._fetched: set[tuple[str, str]] = set()
        self._absent: set[str] = set()
        self._trust_cache = True

    def answer(self, questions: Sequence[Question]) -> Sequence[Resolution]:
        """See ports.Resolver."""
        new = [q for q in dict.fromkeys(questions) if q not in self._known]
        if len(new) == 1:
            self._known[new[0]] = self._ask(new[0])
        elif new:
            answers = self.uv.calls.side_by_side(self._ask, new, WORKERS)
            self._known.update(zip(new, answers, strict=True))
        found = [self._known[q] for q in questions]
        for question in (q for q, answer in zip(questions, found, strict=True) if answer.unfinished):
            self._known.pop(question, None)
        return found

    def releases(self, name: str, python: str) -> Sequence[str]:
        """See ports.Resolver."""
        return self._releases.of(name, python)

    def expired(self) -> bool:
        """See ports.Resolver."""
        return time.monotonic() >= self._end

    def renew(self) -> None:
        """The whole time once more; what was fetched meanwhile is in the cache."""
        self._end = time.monotonic() + self.settings.seconds

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
        again = self.uv.calls.side_by_side(lambda q: self._once(q, ("--offline",)), doubted, WORKERS)
        agreed = not any(answer.ok for answer in again)
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
        self.uv.calls.side_by_side(one, wanted, FETCHERS)

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
        code, output, errors = self.uv.call(question, ("--no-annotate", "--no-header", *more), seconds)
        if code == 0:
            return Resolution(True, read_pins(output))
        return Resolution(False, (), errors, unfinished=code < 0)

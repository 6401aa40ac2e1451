"""uv's account of a failed resolution: which distributions it names, and the facts in it. Invents none."""

from __future__ import annotations

import re
from dataclasses import dataclass

from packaging.utils import canonicalize_name

WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
SPEC = r"[^\s,]+(?:,[<>=!~][^\s,]*)*"
# tried once for each word and not for each letter: a message is read in time that grows with its length
FIRST = rf"(?<!\S)({SPEC})"
DEPENDS = re.compile(rf"{FIRST} depends on ({SPEC})")
ALL_DEPEND = re.compile(rf"all versions of ({SPEC}) depend on ({SPEC})")
NO_WHEEL = re.compile(rf"{FIRST} has no (?:usable wheels|wheels with a matching|`[^`]+`-compatible)")
ALL_WITHOUT = re.compile(r"(?:all versions of|only) ((?:(?!==)\S)+)(?:==\S+)? (?:have no usable wheels|have no wheels)")
ABSENT = re.compile(rf"there (?:is|are) no versions? of ({SPEC})")
ONLY = re.compile(rf"only (?:the following versions of \S+ are available:|({SPEC}) is available)")
UNKNOWN = re.compile(r"(?<!\S)(\S+) was not found in the (?:package registry|provided package locations|cache)")
PYTHON = re.compile(rf"{FIRST} depends on Python([<>=!~][^\s,]*(?:,[<>=!~][^\s,]*)*)")
YANKED = re.compile(rf"{FIRST} was yanked")
BUILD = re.compile(r"Failed to (?:download and )?build `([^`]+)`")
ADDRESS = re.compile(r"for package `([^`]+)`.{0,40}?Package `([^`]+)` was included as a URL dependency")
MARKER = re.compile(r"\{[^{}]*\}")
"""`name{python_full_version < '3.9'}`"""
UNCACHED = re.compile(r"(?<!\S)(\S+) was not found in the cache")
UNFETCHED = re.compile(rf"{FIRST} needs? to be downloaded from a registry")
# a word has one way to match, so that a long list costs no more than its length
SEVERAL = re.compile(r"(?:any|all) of:((?:\s+[^\s<>=!~]+[<>=!~]\S*)+)\s+need to be downloaded from a registry")
BOUND_NAME = re.compile(
    rf"(?<![A-Za-z0-9._-])[._-]*({WORD.pattern})(?:\[[^\[\]]*\])?(?=[<>=!~])|all versions of ({WORD.pattern})"
)
UNSOLVED = "No solution found"
OFFLINE = re.compile(
    r"error sending request|Failed to fetch|dns error|connection (?:refused|reset|closed)|operation timed out"
    r"|HTTP status (?:client|server) error|401 Unauthorized|403 Forbidden|network was disabled",
    re.I,
)


@dataclass(frozen=True)
class Fact:
    """One premise of the refusal; `kind` says which, and `explain` has the words for each."""

    kind: str
    subject: str
    """`name==version` as uv writes it."""
    object: str = ""


def mentioned(message: str) -> frozenset[str]:
    """Canonical names of everything in the message that could be a distribution."""
    return frozenset(canonicalize_name(word.rstrip("._-")) for word in WORD.findall(message))


def facts_in(message: str) -> tuple[Fact, ...]:
    """The premises, in order of appearance, each once."""
    text = MARKER.sub("", re.sub(r"\s+", " ", message))
    found: list[tuple[int, Fact]] = []
    for match in PYTHON.finditer(text):
        found.append((match.start(), Fact("python", _tidy(match[1]), _tidy(match[2]))))
    for match in DEPENDS.finditer(text):
        if not match[2].startswith("Python"):
            found.append((match.start(), Fact("depends", _tidy(match[1]), _tidy(match[2]))))
    found += [(m.start(), Fact("address", _tidy(m[1]), _tidy(m[2]))) for m in ADDRESS.finditer(text)]
    for match in ALL_DEPEND.finditer(text):
        if not match[2].startswith("Python"):
            found.append((match.start(), Fact("all-depend", _tidy(match[1]), _tidy(match[2]))))
    for kind, pattern in (("no-wheel", NO_WHEEL), ("no-wheel-at-all", ALL_WITHOUT), ("absent", ABSENT)):
        found += [(m.start(), Fact(kind, _tidy(m[1]))) for m in pattern.finditer(text)]
    for kind, pattern in (("unknown", UNKNOWN), ("yanked", YANKED), ("build", BUILD), ("only", ONLY)):
        found += [(m.start(), Fact(kind, _tidy(m[1]))) for m in pattern.finditer(text) if m[1]]
    return tuple(dict.fromkeys(fact for _, fact in sorted(found, key=lambda item: item[0])))


def uncached(message: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(names whose page, requirements whose metadata) the resolver missed while it might not ask the index."""
    text = re.sub(r"\s+", " ", message)
    several = [word for match in SEVERAL.finditer(message) for word in match[1].split()]
    found = [_tidy(word) for word in several] + [_tidy(m[1]) for m in UNFETCHED.finditer(text)]
    return (
        tuple(dict.fromkeys(canonicalize_name(m[1]) for m in UNCACHED.finditer(text))),
        tuple(dict.fromkeys(word for word in found if re.search("[<>=]", word))),
    )


def distributions_in(message: str) -> frozenset[str]:
    """Canonical names that the message surely means as distributions."""
    found = (m[1] or m[2] for m in BOUND_NAME.finditer(message))
    return frozenset(canonicalize_name(name.rstrip("._-")) for name in found) - {"python"}


def is_unsolvable(message: str) -> bool:
    """Whether the resolver came to an answer, in contrast to having been unable to ask."""
    return UNSOLVED in message or BUILD.search(message) is not None


def is_unreachable(message: str) -> bool:
    """Whether the index could not be asked."""
    return OFFLINE.search(message) is not None


def _tidy(text: str | None) -> str:
    return (text or "").rstrip(".,;")

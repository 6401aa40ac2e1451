"""uv's own words, as it said them, and what is read from them."""

from __future__ import annotations

import pytest
from tests.guards import ends_within

from tts_doctor.parse.resolver_message import (
    Fact,
    distributions_in,
    facts_in,
    is_unreachable,
    is_unsolvable,
    mentioned,
    uncached,
)

HEAD = "error: No solution found when resolving dependencies\n  cause: "
FACTS = [
    (
        "Because numba==0.56.4 depends on numpy>=1.18,<1.24 and you require numba==0.56.4, we can conclude that your",
        [Fact("depends", "numba==0.56.4", "numpy>=1.18,<1.24")],
    ),
    ("Because av==11.0.0 has no usable wheels and you require av==11.0.0, we", [Fact("no-wheel", "av==11.0.0")]),
    (
        "Because tensorflow==1.15.0 has no wheels with a matching Python ABI tag (e.g., `cp311`) and you require",
        [Fact("no-wheel", "tensorflow==1.15.0")],
    ),
    ("Because only langsegment==0.2.0 is available and you require", [Fact("only", "langsegment==0.2.0")]),
    ("Because there is no version of torch==1.13.1+cu117 and you", [Fact("absent", "torch==1.13.1+cu117")]),
    (
        "Because umap was not found in the package registry and funasr==1.0.0 depends on umap, we can",
        [Fact("unknown", "umap"), Fact("depends", "funasr==1.0.0", "umap")],
    ),
    (
        "Because all versions of webrtcvad{platform_system != 'Windows'} have no usable wheels and you require",
        [Fact("no-wheel-at-all", "webrtcvad")],
    ),
    (
        "Failed to resolve dependencies for package `espnet==0.6.0`\n  cause: Package `torch-complex` was included as "
        "a URL dependency. URL dependencies must be expressed as direct requirements",
        [Fact("address", "espnet==0.6.0", "torch-complex")],
    ),
    (
        "Because all versions of snakeface depend on django==3.0.8 and you require",
        [Fact("all-depend", "snakeface", "django==3.0.8")],
    ),
    (
        "Because all versions of jieba have no usable wheels and funasr==1.0.0 depends on jieba, we",
        [Fact("no-wheel-at-all", "jieba"), Fact("depends", "funasr==1.0.0", "jieba")],
    ),
    (
        "Because the requested Python version (>=3.9) does not satisfy Python>=3.10 and django==5.2.4 depends on "
        "Python>=3.10, we can conclude",
        [Fact("python", "django==5.2.4", ">=3.10")],
    ),
]


@pytest.mark.parametrize(("said", "expected"), FACTS, ids=[f[1][0].kind + str(n) for n, f in enumerate(FACTS)])
def test_facts(said: str, expected: list[Fact]) -> None:
    """Each premise once, in order."""
    assert list(facts_in(HEAD + said)) == expected


def test_names_are_those_with_versions() -> None:
    """English words are no distributions."""
    assert distributions_in(HEAD + FACTS[0][0]) == {"numba", "numpy"}


UNCACHED = [
    ("umap was not found in the cache and x==1 depends on umap", (("umap",), ())),
    (
        "Because py3langid==0.2.2 needs to be downloaded from a registry and django>=3.1.1,<=3.1.3 needs to be "
        "downloaded from a registry",
        ((), ("py3langid==0.2.2", "django>=3.1.1,<=3.1.3")),
    ),
    ("any of:\n   a==1\n   b==2\n need to be downloaded from a registry", ((), ("a==1", "b==2"))),
]


@pytest.mark.parametrize(("said", "expected"), UNCACHED, ids=range(len(UNCACHED)))
def test_what_was_not_cached(said: str, expected: tuple[tuple[str, ...], tuple[str, ...]]) -> None:
    """Pages and metadata apart."""
    assert uncached(said) == expected


def test_an_answer_is_told_from_silence() -> None:
    """No solution and a failing build are answers, a network error is none."""
    assert is_unsolvable(HEAD) and is_unsolvable("error: Failed to build `x==1`")
    assert is_unreachable("error: Failed to fetch: `https://example.org`") and not is_unsolvable("dns error")


def test_a_long_list_takes_no_longer_than_its_length() -> None:
    """uv names hundreds of ranges where nothing fits; whatever follows them, they are read once."""
    ranges = "\n".join(f"  numpy>=1.{n},<1.{n + 1}" for n in range(2000))
    with ends_within():
        assert uncached(f"Because any of:\n{ranges}\n cannot be used")[1] == ()
        assert len(uncached(f"Because any of:\n{ranges}\n need to be downloaded from a registry")[1]) == 2000


HOSTILE = (
    "a", "a,<", "a,", "a==", "a[", "a.", "._-", "{", "only ", "only a==", "a depends on ", "a has no `", "any of: a=1 ",
)  # fmt: skip


@pytest.mark.parametrize("part", HOSTILE)
def test_a_hostile_message_is_read_once(part: str) -> None:
    """Whatever is repeated, a quarter of a megabyte is no hang."""
    for message in (part * (250_000 // len(part)), "all versions of " + part * (250_000 // len(part))):
        with ends_within():
            facts_in(message), uncached(message), distributions_in(message), mentioned(message), is_unreachable(message)

"""Known bounds: each says what breaks, none contradicts another, and the published files prove every one."""

from __future__ import annotations

import os
import re
from itertools import combinations

import pytest
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version
from scripts.prove_bound import ANYBODY, Prover

from tts_doctor.effects.index import open_index
from tts_doctor.errors import PlaybookError
from tts_doctor.knowledge.bounds import bounds_for, load_bounds
from tts_doctor.knowledge.playbooks import bounds_file
from tts_doctor.knowledge.removed_names import bound_of_name
from tts_doctor.model.playbook import Bound
from tts_doctor.parse.playbook import read_bounds, read_yaml

BOUNDS = load_bounds()
MINIMAL: dict[str, object] = {
    "id": "resampy-numpy-1.24", "consumer": "resampy", "versions": "<0.3", "provider": "numpy", "bound": "<1.24",
    "file": "resampy/core.py", "name": "numpy:float", "date": "2026-11-22",
}  # fmt: skip


def test_a_bound_without_words_is_told_by_its_file_and_name() -> None:
    (bound,) = read_bounds([MINIMAL], "bounds")
    assert ("numpy", "float", "") == bound.parts
    assert "numpy 1.24 no longer has numpy.float, which resampy/core.py uses" == bound.reason.en
    assert "numpy 1.24 移除了 resampy/core.py 所用的 numpy.float" == bound.reason.zh
    assert "resampy/core.py uses numpy.float" == bound.evidence


@pytest.mark.parametrize(
    ("change", "parts", "reason"),
    [
        ({"name": "httpx._client:Client(proxies)"}, ("httpx._client", "Client", "proxies"), "the argument proxies of"),
        ({"name": "pkg_resources:"}, ("pkg_resources", "", ""), "no longer has pkg_resources, "),
        ({"bound": ">=1.20"}, ("numpy", "float", ""), "only since 1.20"),
        ({"name": "a:b", "differs": {"file": "f.py", "text": "a:b"}}, ("", "", ""), ""),
    ],
)
def test_what_is_missing(change: dict[str, object], parts: tuple[str, str, str], reason: str) -> None:
    (bound,) = read_bounds([{**MINIMAL, **change}], "bounds")
    assert parts == bound.parts
    assert reason in bound.reason.en


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"bound": "2"}, "bounds[0].bound is '2'"),
        ({"colour": "red"}, "bounds[0].colour"),
        ({"differs": {"file": "a"}}, "bounds[0].differs"),
    ],
)
def test_a_broken_bound_is_refused_with_its_path(change: dict[str, object], said: str) -> None:
    with pytest.raises(PlaybookError, match=re.escape(said)):
        read_bounds([{**MINIMAL, **change}], "bounds")


def pair(bound: Bound) -> tuple[str, str]:
    return bound.consumer, bound.provider


def test_there_are_many() -> None:
    """The least that the project promises."""
    assert len(BOUNDS) >= 125


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.id)
def test_a_bound_is_well_formed(bound: Bound) -> None:
    """Canonical names, an id that says the pair, two languages, a thing that is missing or a file that differs."""
    assert (canonicalize_name(bound.consumer), canonicalize_name(bound.provider)) == (bound.consumer, bound.provider)
    assert bound.id.startswith(f"{bound.consumer}-{bound.provider}-")
    assert SpecifierSet(bound.versions) and SpecifierSet(bound.bound)
    assert re.search("[一-鿿]", bound.reason.zh) and bound.reason.en
    assert bool(bound.parts[0]) != bool(bound.differs[0])


def test_no_bound_is_implied_by_another() -> None:
    """Of two bounds on one pair that hold for one release neither is looser than the other on the same side."""
    overlapping = []
    for a, b in combinations(sorted(BOUNDS, key=pair), 2):
        if pair(a) != pair(b):
            continue
        edges = [s.version for spec in (a.versions, b.versions) for s in SpecifierSet(spec)]
        same_side = a.bound[0] == b.bound[0]
        if same_side and any(e in SpecifierSet(a.versions) and e in SpecifierSet(b.versions) for e in edges):
            overlapping.append((a.id, b.id))
    assert overlapping == []


def test_bounds_agree_with_what_is_known_of_the_names() -> None:
    """Two tables speak of when a name went: they may not differ."""
    edges = {}
    for bound in BOUNDS:
        module, name, keyword = bound.parts
        known = bound_of_name(module, name) if name and not keyword else None
        if known and known.removed and known != bound_of_name(module, "*"):
            edges[bound.id] = Version(bound.bound.lstrip("<>=")), Version(known.removed)
    assert len(edges) > 20
    assert {i: pair for i, pair in edges.items() if pair[0] != pair[1]} == {}


def test_the_file_is_sorted_by_consumer() -> None:
    pairs = [pair(b) for b in read_bounds(read_yaml(bounds_file().read_text("utf-8"), "bounds"), "bounds")]
    assert pairs == sorted(pairs)


def test_a_release_is_matched_by_its_version() -> None:
    assert "numba-numpy-1.24" in {bound.id for bound in bounds_for("Numba", "0.53.1")}
    assert "numba-numpy-1.24" not in {bound.id for bound in bounds_for("numba", "0.58.0")}
    assert bounds_for("numba", "no version") == () == bounds_for("nobody-knows-it", "1")


@pytest.fixture(scope="module")
def prover() -> Prover:
    return Prover(open_index(ANYBODY, os.environ))


@pytest.mark.network
@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.id)
def test_published_files_prove_the_bound(bound: Bound, prover: Prover) -> None:
    """The consumer's file relies on it, metadata admits the provider beyond the bound, and there it is missing."""
    assert list(prover.problems(bound)) == []

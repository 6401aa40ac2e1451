"""What follows from known cells, and what does not."""

from __future__ import annotations

from dataclasses import replace

from tts_doctor.matrix.prove import Proofs, violated
from tts_doctor.model.lock import ListLine
from tts_doctor.model.matrix import Basis, Cell, Found, State

NUMBA = Cell("g", "3.8", (("numpy", "1.24"), ("numba", "0.53")))
BROKEN_PINS = (("llvmlite", "0.36.0"), ("numba", "0.53.1"), ("numpy", "1.24.4"))
BROKEN = Found(
    NUMBA.key, State.BROKEN, Basis.RUN, stage="import", resolved=BROKEN_PINS, finding="too-old",
    culprits=(("numba", "0.53.1"), ("numpy", "1.24.4")), repair="pin numpy<1.24", output="long", seconds=3.0,
)  # fmt: skip


def proofs(*known: tuple[Cell, Found]) -> Proofs:
    found = Proofs()
    for cell, result in known:
        found.learn(cell, result)
    return found


REFUSED = Found(NUMBA.key, State.CONFLICT, Basis.METADATA, core=("numba",))


def test_a_refused_part_refuses_every_cell_that_has_it() -> None:
    known = proofs((NUMBA, REFUSED))
    other = replace(NUMBA, pins=(("numpy", "1.26"), ("numba", "0.53"), ("scipy", "1.9")))
    found = known.unasked(other)
    assert found is not None
    assert (found.key, found.state, found.basis, found.proof) == (
        other.key, State.CONFLICT, Basis.PART, "3.8 numba=0.53",
    )  # fmt: skip


def test_a_refused_part_says_nothing_of_other_versions_pythons_or_lists() -> None:
    known = proofs((NUMBA, REFUSED))
    assert known.unasked(replace(NUMBA, pins=(("numpy", "1.24"), ("numba", "0.56")))) is None
    assert known.unasked(replace(NUMBA, python="3.9")) is None
    assert known.unasked(replace(NUMBA, lines=(ListLine("six", "six"),))) is None


def test_equal_environments_end_alike() -> None:
    works = Found(NUMBA.key, State.WORKS, Basis.RUN, resolved=(("numba", "0.56.4"), ("numpy", "1.23.5")), seconds=9.0)
    other = replace(NUMBA, pins=(("numpy", "1.23.5"), ("numba", "0.56")))
    found = proofs((NUMBA, works)).unrun(other, works.resolved)
    assert found is not None
    assert (found.state, found.basis, found.proof, found.seconds) == (State.WORKS, Basis.SAME, NUMBA.label, 0.0)


def test_a_success_says_nothing_of_a_larger_environment() -> None:
    works = Found(NUMBA.key, State.WORKS, Basis.RUN, resolved=(("numba", "0.56.4"), ("numpy", "1.23.5")))
    assert proofs((NUMBA, works)).unrun(NUMBA, (*works.resolved, ("scipy", "1.9.3"))) is None


def test_the_parties_of_a_failure_fail_again_on_the_same_python() -> None:
    pins = (("llvmlite", "0.36.0"), ("numba", "0.53.1"), ("numpy", "1.24.4"), ("scipy", "1.9.3"))
    unbound = replace(BROKEN, culprits=(("llvmlite", "0.36.0"), ("numba", "0.53.1")))
    found = proofs((NUMBA, unbound)).unrun(NUMBA, pins)
    assert found is not None
    assert (found.basis, found.proof, found.finding, found.resolved) == (Basis.CAUSE, NUMBA.label, "too-old", pins)
    assert proofs((NUMBA, unbound)).unrun(replace(NUMBA, python="3.9"), pins) is None
    assert proofs((NUMBA, unbound)).unrun(replace(NUMBA, imports=("numpy",)), pins) is None


def test_a_single_culprit_is_no_proof() -> None:
    """Without the other party nothing says that the cell's other versions had no part in it."""
    alone = replace(BROKEN, culprits=(("numba", "0.53.1"),))
    assert proofs((NUMBA, alone)).unrun(NUMBA, (*BROKEN_PINS, ("scipy", "1.9.3"))) is None


def test_a_bound_counts_once_it_was_seen_to_break_a_cell() -> None:
    """Then on every Python, for the same release of the consumer; before that the cell is run."""
    pins = (("llvmlite", "0.36.0"), ("numba", "0.53.1"), ("numpy", "1.24.2"))
    other = replace(NUMBA, python="3.9")
    assert [bound.id for bound, _ in violated(pins)] == ["numba-numpy-1.24"]
    assert Proofs().unrun(other, pins) is None
    found = proofs((NUMBA, BROKEN)).unrun(other, pins)
    assert found is not None
    assert (found.state, found.basis, found.proof) == (State.BROKEN, Basis.BOUND, "numba-numpy-1.24")
    assert found.culprits == (("numba", "0.53.1"), ("numpy", "1.24.2"))
    assert NUMBA.label in found.why.en
    assert proofs((NUMBA, BROKEN)).unrun(other, (("numba", "0.52.0"), ("numpy", "1.24.2"))) is None


def test_where_nothing_is_run_the_published_files_are_proof_enough() -> None:
    found = Proofs().unrun(replace(NUMBA, resolve_only=True), BROKEN_PINS)
    assert found is not None and (found.basis, found.proof) == (Basis.BOUND, "numba-numpy-1.24")


def test_what_is_unknown_proves_nothing() -> None:
    unknown = Found(NUMBA.key, State.UNKNOWN, Basis.RUN, resolved=BROKEN_PINS)
    assert proofs((NUMBA, unknown)).unrun(NUMBA, BROKEN_PINS) is None

"""What the cells that are known say of those that are not. Believes a bound only after it was seen to break a cell.

A conflict of some versions is one of every cell that has them. A failure whose cause was found is one of every cell
with the same parties on the same Python. The same versions of everything end the same way. Nothing here follows from
a success but that of an equal environment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tts_doctor.knowledge.bounds import bounds_for
from tts_doctor.model.matrix import Basis, Cell, Found, State
from tts_doctor.model.playbook import Bound
from tts_doctor.model.text import Text

Pins = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Precedent:
    cell: Cell
    found: Found


class Proofs:
    """What was learnt so far; asks before a cell is resolved (`unasked`) and before it is run (`unrun`)."""

    def __init__(self) -> None:
        self._refused: dict[object, list[tuple[frozenset[tuple[str, str]], _Precedent]]] = {}
        self._seen: dict[object, _Precedent] = {}
        self._causes: dict[object, list[tuple[frozenset[tuple[str, str]], _Precedent]]] = {}
        self._witnessed: dict[object, _Precedent] = {}

    def learn(self, cell: Cell, found: Found) -> None:
        """Take a result into account."""
        known = _Precedent(cell, found)
        if found.state is State.CONFLICT and found.basis is Basis.METADATA:
            core = frozenset(pin for pin in cell.pins if pin[0] in found.core)
            self._refused.setdefault(_base(cell), []).append((core, known))
        if found.basis is not Basis.RUN or found.state not in (State.WORKS, State.BROKEN):
            return
        self._seen.setdefault((cell.python, cell.check, found.resolved), known)
        if found.state is not State.BROKEN or len(found.culprits) < 2:
            return
        self._causes.setdefault((cell.python, cell.check), []).append((frozenset(found.culprits), known))
        parties = dict(found.culprits)
        for bound, version in violated(found.resolved):
            if {canonicalize_name(bound.consumer), canonicalize_name(bound.provider)} <= set(parties):
                self._witnessed.setdefault((bound.id, version, cell.check), known)

    def unasked(self, cell: Cell) -> Found | None:
        """The result where a part of the cell's versions is known to be refused."""
        pins = set(cell.pins)
        for core, known in self._refused.get(_base(cell), ()):
            if core <= pins:
                proof = _proof_label(known)
                return replace(known.found, key=cell.key, basis=Basis.PART, proof=proof, time="")
        return None

    def unrun(self, cell: Cell, pins: Pins) -> Found | None:
        """The result where what the cell resolves to is known to end in it."""
        same = self._seen.get((cell.python, cell.check, pins))
        if same:
            return _as_in(same, cell, pins, Basis.SAME)
        for bound, version in violated(pins):
            witness = self._witnessed.get((bound.id, version, cell.check))
            if witness or cell.resolve_only:
                return _by_bound(cell, pins, bound, witness)
        for culprits, known in self._causes.get((cell.python, cell.check), ()):
            if culprits <= set(pins):
                return _as_in(known, cell, pins, Basis.CAUSE)
        return None


def violated(pins: Pins) -> list[tuple[Bound, str]]:
    """The proven bounds outside of which these versions lie, with the consumer's version."""
    versions = dict(pins)
    found = []
    for name, version in pins:
        for bound in bounds_for(name, version):
            other = versions.get(canonicalize_name(bound.provider))
            if other is not None and not SpecifierSet(bound.bound).contains(other, prereleases=True):
                found.append((bound, version))
    return found


def _as_in(known: _Precedent, cell: Cell, pins: Pins, basis: Basis) -> Found:
    label = known.cell.label
    return replace(
        known.found, key=cell.key, basis=basis, proof=label, resolved=pins, output="", repaired="", seconds=0.0, time=""
    )


def _by_bound(cell: Cell, pins: Pins, bound: Bound, witness: _Precedent | None) -> Found:
    versions = dict(pins)
    consumer, provider = canonicalize_name(bound.consumer), canonicalize_name(bound.provider)
    where = f"; seen in {witness.cell.label}" if witness else ""
    where_zh = f"；已在 {witness.cell.label} 中验证" if witness else ""
    seen = witness.found if witness else Found("", State.BROKEN, Basis.BOUND, stage="import")
    return Found(
        cell.key,
        State.BROKEN,
        Basis.BOUND,
        Text(
            f"{consumer} {versions[consumer]} needs {provider}{bound.bound}: {bound.reason.en}{where}",
            f"{consumer} {versions[consumer]} 需要 {provider}{bound.bound}：{bound.reason.zh}{where_zh}",
        ),
        seen.stage,
        bound.id,
        resolved=pins,
        finding=seen.finding,
        culprits=((consumer, versions[consumer]), (provider, versions[provider])),
        repair=seen.repair,
    )


def _base(cell: Cell) -> object:
    """Cells that ask a resolver the same but for their axes."""
    return cell.python, tuple(line.text for line in cell.lines)


def _proof_label(known: _Precedent) -> str:
    pins = " ".join(f"{name}={value}" for name, value in known.cell.pins if name in known.found.core)
    return f"{known.cell.python} {pins}".strip()

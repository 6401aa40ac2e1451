"""Computes a lock: the list as it stands or the nearest that resolves, what is known beyond metadata, hashed pins."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tts_doctor.effects.call_resolver import read_pins
from tts_doctor.effects.lock_resolver import ResolverSettings, UvResolver
from tts_doctor.effects.pip_tools import compile_with_pip_tools
from tts_doctor.errors import DoctorError, IndexUnavailable
from tts_doctor.knowledge.bounds import bounds_for
from tts_doctor.knowledge.impostors import impostor
from tts_doctor.model.lock import Alternative, Lock, Nearest, Question, RequirementList
from tts_doctor.model.playbook import Bound
from tts_doctor.model.text import Text
from tts_doctor.nearest import Wish, search
from tts_doctor.nearest.explain import changes_of, conflicts_in, proof_of
from tts_doctor.nearest.search import Outcome
from tts_doctor.parse.marker import holds
from tts_doctor.ports import Reporter, Resolver

BOUND_ROUNDS = 5
MORE_ROUNDS = 2
"""With nothing in the cache the first search may end before it has fetched what it needs."""


@dataclass(frozen=True)
class LockRequest:
    """One lock."""

    listed: RequirementList
    pythons: tuple[str, ...]
    settings: ResolverSettings
    nearest: bool = False
    keep: frozenset[str] = frozenset()
    weights: tuple[tuple[str, int], ...] = ()
    bounds: bool = True
    upgrade: tuple[str, ...] = ()
    """Distributions that may move although `previous` pins them."""
    previous: str = ""
    """Text of an older lock whose pins are kept where nothing forbids them."""
    form: str = "requirements.txt"
    """Or `pylock.toml`."""
    resolver: str = "uv"
    """Or `pip-tools`, which writes the pins that uv found to be possible."""
    cwd: str = "."


def compute_lock(request: LockRequest, environ: Mapping[str, str], say: Reporter) -> Lock:
    """The lock for the best of the Pythons. Raises IndexUnavailable, DoctorError."""
    began = time.monotonic()
    pythons = ", ".join(request.pythons)
    say.step(Text(f"resolving for Python {pythons}", f"正在为 Python {pythons} 解析"))
    notes = tuple(_known_names(request.listed))
    with UvResolver(request.settings, environ, request.cwd) as resolver:
        nearest, text = _as_published(request, resolver)
        if nearest is None:
            nearest = _nearest(request, resolver)
        for _ in range(MORE_ROUNDS if request.nearest else 0):
            if nearest.resolves or nearest.optimal:
                break
            say.step(Text("nothing found yet; going on", "尚未找到，继续搜索"))
            resolver.renew()
            nearest = _nearest(request, resolver)
        if not nearest.resolves and nearest.optimal and resolver.distrust():
            nearest = _nearest(request, resolver)  # a refusal of everything deserves a second look
        if not nearest.resolves:
            return Lock(nearest, seconds=time.monotonic() - began, notes=notes)
        held, broken = _bounds(request, nearest, resolver) if request.bounds else ((), ())
        if not text or any(_violated(bound, nearest.pins) for bound in held):
            say.step(Text("writing down versions and hashes", "正在记录版本与哈希"))
            constraints = (*_constraint_lines(request, nearest.python), *map(_bound_line, held))
            text = _text(request, resolver, Question(nearest.python, nearest.requirements, constraints), environ)
    pins = read_pins(text) or nearest.pins
    applied = tuple(b for b in held if any(canonicalize_name(b.provider) == n for n, _ in pins))
    seconds = time.monotonic() - began
    found = replace(nearest, pins=pins)
    return Lock(found, text, applied, broken, seconds=seconds, resolver=request.resolver, notes=notes)


def _as_published(request: LockRequest, resolver: UvResolver) -> tuple[Nearest | None, str]:
    """The whole lock in one call where one Python is asked for and the list resolves, as it mostly does."""
    plain = request.resolver == "uv" and request.form == "requirements.txt"
    if request.nearest or len(request.pythons) > 1 or not plain:
        return None, ""
    python, texts = request.pythons[0], tuple(line.text for line in request.listed.lines)
    try:
        question = Question(python, texts, _constraint_lines(request, python))
        text = resolver.compile(question, previous=request.previous, upgrade=request.upgrade)
    except IndexUnavailable:
        raise
    except DoctorError:
        return None, ""
    proof = Text(f"resolves as published on Python {python}", f"在 Python {python} 上可按原样解析")
    return Nearest(python, texts, read_pins(text), proof=proof), text


def _known_names(listed: RequirementList) -> Iterator[Text]:
    """What is known against names of the list: look-alikes of what people mean."""
    for name in dict.fromkeys(line.name for line in listed.lines if line.name):
        known = impostor(name)
        if known is not None:
            yield Text(f"{name}: {known.why.en}", f"{name}：{known.why.zh}")


def _text(request: LockRequest, resolver: UvResolver, question: Question, environ: Mapping[str, str]) -> str:
    if request.resolver == "pip-tools":
        return compile_with_pip_tools(resolver, question, environ)
    return resolver.compile(question, form=request.form, previous=request.previous, upgrade=request.upgrade)


def _nearest(request: LockRequest, resolver: Resolver) -> Nearest:
    listed = request.listed
    outcome = search(listed, Wish(request.pythons, request.keep, dict(request.weights)), resolver)
    if outcome.best is None:
        return _hopeless(request, outcome)
    best = outcome.best
    changed = dict(best.choice.versions)
    texts = tuple(line.pinned(changed[i]) if i in changed else line.text for i, line in enumerate(listed.lines))
    fits = request.nearest or not changed
    others = tuple(Alternative(changes_of(listed.lines, o, outcome), o.python) for o in outcome.others)
    return Nearest(
        python=best.python,
        requirements=texts if fits else tuple(line.text for line in listed.lines),
        pins=best.choice.pins if fits else (),
        changes=changes_of(listed.lines, best, outcome),
        conflicts=conflicts_in(listed.lines, outcome.cores.get(best.python, ()), best.python),
        alternatives=others,
        optimal=outcome.proven,
        proof=proof_of(listed.lines, best, outcome, request.pythons),
        resolves=fits,
    )


def _hopeless(request: LockRequest, outcome: Outcome) -> Nearest:
    """No Python will do: every conflict of the one with the fewest."""
    lines = request.listed.lines
    python = min(request.pythons, key=lambda p: (len(outcome.cores.get(p, ())), -int(p.split(".")[1])))
    cores = outcome.cores.get(python, ())
    return Nearest(
        python=python,
        requirements=tuple(line.text for line in lines),
        pins=(),
        conflicts=conflicts_in(lines, cores, python),
        optimal=outcome.proven,
        proof=Text("no versions of these requirements resolve", "这些依赖没有任何可行的版本组合")
        if outcome.proven
        else Text("time ran out before a list was found", "未能在限定时间内找到可行列表"),
        resolves=False,
    )


def _constraint_lines(request: LockRequest, python: str) -> tuple[str, ...]:
    return tuple(c.text for c in request.listed.constraints if holds(c.marker, python))


def _bound_line(bound: Bound) -> str:
    return f"{bound.provider}{bound.bound}"


def _violated(bound: Bound, pins: tuple[tuple[str, str], ...]) -> bool:
    version = dict(pins).get(canonicalize_name(bound.provider))
    return version is not None and not SpecifierSet(bound.bound).contains(version, prereleases=True)


def _bounds(
    request: LockRequest, nearest: Nearest, resolver: Resolver
) -> tuple[tuple[Bound, ...], tuple[Bound, ...]]:
    """Bounds that hold with the list, and those that it rules out. Never a reason to change the list."""
    base = _constraint_lines(request, nearest.python)
    held: list[Bound] = []
    broken: list[Bound] = []
    pins = nearest.pins
    for _ in range(BOUND_ROUNDS):
        new = [b for name, version in pins for b in bounds_for(name, version) if b not in held and b not in broken]
        wanted = [b for b in new if _violated(b, pins)]
        held += [b for b in new if b not in wanted]
        if not wanted or resolver.expired():
            break
        groups = [wanted, *([b] for b in wanted)] if len(wanted) > 1 else [wanted]
        for group in groups:
            lines = (*base, *(_bound_line(b) for b in (*held, *group)))
            answer = resolver.answer([Question(nearest.python, nearest.requirements, lines)])[0]
            if answer.ok:
                held += [b for b in group if b not in held]
                pins = answer.pins
                if group is wanted:
                    break
            elif len(group) == 1 and not answer.unfinished:
                broken.append(group[0])
    return tuple(held), tuple(broken)

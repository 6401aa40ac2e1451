"""Computes a lock: the list as it stands or the nearest that resolves, what is known beyond metadata, hashed pins.

uv is started first and whatever else is needed is loaded while it works: most of a short lock is waiting.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from tts_doctor.effects.uv_compile import UvCompile
from tts_doctor.errors import DoctorError, IndexUnavailable
from tts_doctor.model.lock import ListLine, Lock, LockRequest, Nearest, Question, RequirementList
from tts_doctor.model.text import Text
from tts_doctor.parse.lock_text import digest_of, moved, read_pins, with_sources
from tts_doctor.ports import Reporter

if TYPE_CHECKING:
    from tts_doctor.effects.lock_resolver import UvResolver
    from tts_doctor.model.playbook import Bound


def compute_lock(request: LockRequest, environ: Mapping[str, str], say: Reporter) -> Lock:
    """The lock for the best of the Pythons. Raises IndexUnavailable, DoctorError."""
    began = time.monotonic()
    pythons = ", ".join(request.pythons)
    say.step(Text(f"resolving for Python {pythons}", f"正在为 Python {pythons} 解析"))
    with UvCompile(request.settings, environ, request.cwd) as uv:
        found = _as_published(request, uv) or _searched(request, uv, environ, say)
    pins = read_pins(found.text) or found.nearest.pins
    there = {name for name, _ in pins}
    return replace(
        found,
        nearest=replace(found.nearest, pins=pins),
        text=with_sources(found.text, request.listed) if request.form == "requirements.txt" else found.text,
        bounds=tuple(bound for bound in found.bounds if canonicalize_name(bound.provider) in there),
        asked=digest_of(request.listed),
        moved=moved(request.previous, found.text) if request.previous and found.text else (),
        seconds=time.monotonic() - began,
        resolver=request.resolver,
        notes=tuple(_known_names(request.listed)),
    )


def _as_published(request: LockRequest, uv: UvCompile) -> Lock | None:
    """In one call of uv, two where a bound asks for it: one Python and a list that resolves, as it mostly does."""
    if request.nearest or len(request.pythons) > 1 or request.resolver != "uv":
        return None
    python, lines = request.pythons[0], tuple(line.text for line in request.listed.lines)
    proof = Text(f"resolves as published on Python {python}", f"在 Python {python} 上可按原样解析")
    nearest = Nearest(python, lines, (), proof=proof)
    with ThreadPoolExecutor(1) as pool:
        try:
            text = pool.submit(_written, request, uv, nearest, ())
            held: tuple[Bound, ...] = ()
            if request.bounds:  # read while uv works; where the list's own pins need some, uv begins anew with them
                from tts_doctor.effects.lock_bounds import bounds_of_pinned

                held = bounds_of_pinned(request.listed.lines)
            if held:
                uv.calls.kill()
                text = pool.submit(_written, request, uv, nearest, held)
            return _within_bounds(request, uv, Lock(nearest, text.result(), held))
        except IndexUnavailable:
            raise
        except DoctorError:  # the list or a bound cannot be met: which, needs a search
            return None
        except BaseException:
            uv.calls.end()
            raise


def _within_bounds(request: LockRequest, uv: UvCompile, lock: Lock) -> Lock:
    """Once more for what the chosen versions are known to need. Raises DoctorError where that cannot be met."""
    from tts_doctor.effects.lock_bounds import ROUNDS, bounds_in, violated

    for _ in range(ROUNDS if request.bounds else 0):
        pins = read_pins(lock.text)
        new = tuple(bound for bound in bounds_in(pins) if bound not in lock.bounds)
        lock = replace(lock, bounds=(*lock.bounds, *new))
        if not any(violated(bound, pins) for bound in new):
            break
        lock = replace(lock, text=_written(request, uv, lock.nearest, lock.bounds, cached=True))
    return lock


def _searched(request: LockRequest, uv: UvCompile, environ: Mapping[str, str], say: Reporter) -> Lock:
    """By questions, one after the other."""
    from tts_doctor.effects.lock_nearest import find_nearest  # only where the list does not simply resolve
    from tts_doctor.effects.lock_resolver import UvResolver

    if request.resolver == "pip-tools":
        from tts_doctor.effects.pip_tools import check_pip_tools

        check_pip_tools(request.settings.as_of)
    resolver = UvResolver(uv, environ)
    nearest = find_nearest(request, resolver, say)
    if not nearest.resolves:
        return Lock(nearest)
    nearest, held, broken = _bounded(request, nearest, resolver, say) if request.bounds else (nearest, (), ())
    say.step(Text("writing down versions and hashes", "正在记录版本与哈希"))
    if request.resolver == "pip-tools":
        from tts_doctor.effects.pip_tools import compile_with_pip_tools

        text = compile_with_pip_tools(uv, _question(request, nearest, held))
    else:
        text = _written(request, uv, nearest, held)
    return Lock(nearest, text, held, broken)


def _bounded(
    request: LockRequest, nearest: Nearest, resolver: UvResolver, say: Reporter
) -> tuple[Nearest, tuple[Bound, ...], tuple[Bound, ...]]:
    """The list with the bounds that it keeps and those that it breaks.

    Where lines change anyway, as many with versions that are known to work go before nearer ones that are not.
    """
    from tts_doctor.effects.lock_bounds import choose_bounds
    from tts_doctor.effects.lock_nearest import find_nearest

    held, broken = choose_bounds(_question(request, nearest, ()), nearest.pins, resolver)
    if not (broken and nearest.changes and nearest.optimal) or resolver.expired():
        return nearest, held, broken
    wanted = [ListLine(f"{b.provider}{b.bound}", canonicalize_name(b.provider)) for b in broken]
    listed = replace(request.listed, constraints=(*request.listed.constraints, *wanted))
    better = find_nearest(replace(request, listed=listed, pythons=(nearest.python,)), resolver, say)
    if not better.resolves or not better.optimal or len(better.changes) > len(nearest.changes):
        return nearest, held, broken
    better = replace(better, conflicts=nearest.conflicts, proof=nearest.proof)
    return (better, *choose_bounds(_question(request, better, ()), better.pins, resolver))


def _written(
    request: LockRequest, uv: UvCompile, nearest: Nearest, held: tuple[Bound, ...], cached: bool = False
) -> str:
    question = _question(request, nearest, held)
    return uv.write(question, form=request.form, previous=request.previous, upgrade=request.upgrade, cached=cached)


def _question(request: LockRequest, nearest: Nearest, held: tuple[Bound, ...]) -> Question:
    constraints = (*_constraint_lines(request, nearest.python), *(f"{bound.provider}{bound.bound}" for bound in held))
    return Question(nearest.python, nearest.requirements, constraints)


def _constraint_lines(request: LockRequest, python: str) -> tuple[str, ...]:
    if not request.listed.constraints:
        return ()
    from tts_doctor.parse.marker import holds

    return tuple(c.text for c in request.listed.constraints if holds(c.marker, python))


def _known_names(listed: RequirementList) -> Iterator[Text]:
    """What is known against names of the list: look-alikes of what people mean."""
    from tts_doctor.knowledge.impostors import impostor

    for name in dict.fromkeys(line.name for line in listed.lines if line.name):
        known = impostor(name)
        if known is not None:
            yield Text(f"{name}: {known.why.en}", f"{name}：{known.why.zh}")

"""Applies package steps to a clone: removals first, then one installation in which everything else is held.

Never touches the patient: it is given clones, and an interpreter that sees them. Decides how a step is carried out and
what must stay, never which steps are right.
"""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from tts_doctor.effects.change_python import change_python
from tts_doctor.effects.changes import digest
from tts_doctor.effects.hold import broken, first_of, has_version, held_names, neighbour_lines, pins, wishes
from tts_doctor.effects.index_config import read_index_config
from tts_doctor.effects.read_distributions import read_folder
from tts_doctor.effects.read_records import is_idle_program
from tts_doctor.effects.relocate import relocate
from tts_doctor.effects.remove_distribution import remove_distribution
from tts_doctor.effects.scratch import scratch_folder
from tts_doctor.effects.shim import build_for, is_shim
from tts_doctor.effects.user_files import inside
from tts_doctor.effects.uv import Deadline, call, find_uv, index_options, installer_environment
from tts_doctor.errors import InstallError
from tts_doctor.model.facts import Distribution, Facts, RecordEntry
from tts_doctor.model.finding import Action
from tts_doctor.model.system_words import system_words
from tts_doctor.parse.requires import marker_environment

ROUNDS = 3
"""How often distributions may be taken along whose requirements a move has broken."""
REMOVING = frozenset({"uninstall", "reinstall", "rebuild"})


@dataclass(frozen=True)
class Bench:
    """Where the installer works: the clones, an interpreter that sees them (through `binds` or at its own path)."""

    facts: Facts
    pairs: tuple[tuple[str, str], ...]
    python: str
    binds: tuple[tuple[str, str], ...]
    env: Mapping[str, str]

    @property
    def clones(self) -> tuple[str, ...]:
        return tuple(clone for _, clone in self.pairs)

    @property
    def sites(self) -> tuple[str, ...]:
        """The clone's site-packages."""
        found = self.facts.interpreter
        real = dict.fromkeys(os.path.realpath(f) for f in (found.purelib, found.platlib) if f)
        return tuple(inside(self.pairs, folder) for folder in real)

    def distributions(self) -> tuple[Distribution, ...]:
        return tuple(dist for site in self.sites for dist in read_folder(site).distributions)


@dataclass(frozen=True)
class Order:
    """What one installation is asked for."""

    requirements: tuple[str, ...]
    """As an installer takes them."""
    names: frozenset[str]
    """Canonical names that these requirements name."""
    rebuilt: frozenset[str] = frozenset()
    """Names to build from source against the installed numpy."""
    fresh: bool = False
    """Past the installer's cache."""


def may_fail_late(packages: Sequence[Action], hold: str) -> bool:
    """Whether something may have changed in the copy before the installer refuses."""
    return any(a.action not in ("pin", "install") for a in packages) or (bool(packages) and hold != "all")


def apply_packages(bench: Bench, actions: Sequence[Action], hold: str, keep: Sequence[str], seconds: float) -> None:
    """Carry out package actions in the clone. Raises InstallError; the clone is then good for nothing but removal."""
    deadline = Deadline(seconds)
    try:
        for action in actions:
            if action.action == "change-python":
                change_python(bench.facts, bench.pairs, action, bench.env, deadline)
        before = first_of(bench.distributions())
        with scratch_folder() as folder:
            order = _order(bench, actions, before, folder)
            _remove(bench, actions)
            if order.requirements:
                _install(bench, order, before, (hold, tuple(keep)), folder, deadline)
            # a cache that shares files with a damaged environment is damaged too: then only a download helps
            unsound = _unsound(bench, before, {_name(a) for a in actions if a.action == "reinstall"})
            if unsound:
                for name in unsound:
                    _remove_named(bench, name, leftovers=True)
                _install(bench, replace(order, fresh=True), before, (hold, tuple(keep)), folder, deadline)
        if not bench.binds:
            for root, clone in bench.pairs:
                relocate(root, clone)
    except OSError as error:
        why = system_words(error)
        raise InstallError(f"cannot change the copy: {why.en}", f"无法更改副本：{why.zh}") from error


def _name(action: Action) -> str:
    return canonicalize_name(action.target.partition("[")[0].strip())


def _remove(bench: Bench, actions: Sequence[Action]) -> None:
    for action in actions:
        if action.action in REMOVING:
            _remove_named(bench, _name(action), leftovers=action.action == "reinstall")


def _remove_named(bench: Bench, name: str, leftovers: bool) -> None:
    """Every installation of that name: of two with one name both go."""
    dists = bench.distributions()
    others = [d for d in dists if d.key != name]
    for dist in dists:
        if dist.key == name:
            remove_distribution(dist, others, bench.clones, leftovers)


def _order(bench: Bench, actions: Sequence[Action], dists: Mapping[str, Distribution], folder: str) -> Order:
    requirements: list[str] = []
    names: set[str] = set()
    for action in actions:
        if action.action not in ("change-python", "uninstall"):
            requirements += _requirement(bench, action, dists.get(_name(action)), folder)
            names.add(_name(action))
        elif action.action == "uninstall":
            names.add(_name(action))
    rebuilt = frozenset(_name(a) for a in actions if a.action == "rebuild")
    return Order(tuple(requirements), frozenset(names), rebuilt)


def _requirement(bench: Bench, action: Action, dist: Distribution | None, folder: str) -> list[str]:
    if is_shim(action.target):
        return [str(build_for(action, bench.facts, folder))]
    spec = (action.spec or "").strip()
    again = action.action in ("reinstall", "rebuild")
    if again and action.value:
        return ["-e", action.value]
    if again and not spec and dist is not None:
        if dist.editable:
            return ["-e", dist.editable]
        if dist.direct_url:
            return [f"{action.target} @ {dist.direct_url}"]
        spec = f"=={dist.version}" if dist.version else ""
    if spec and spec[0].isdigit():
        spec = f"=={spec}"
    text = f"{action.target}{' ' if spec.startswith('@') else ''}{spec}"
    try:
        Requirement(text)
    except InvalidRequirement as error:
        raise InstallError(f"{text} is no requirement: {error}", f"{text} 不是有效的需求") from error
    return [text]


def _install(
    bench: Bench, order: Order, before: Mapping[str, Distribution], level: tuple[str, tuple[str, ...]], folder: str,
    deadline: Deadline,
) -> None:  # fmt: skip
    """Firm first; where that cannot be solved, without what neighbours require of those that move, then repair them."""
    hold, keep = level
    current = first_of(bench.distributions())
    known = wishes(before, marker_environment(bench.facts.interpreter))
    held = held_names(current, order.names, hold, keep)
    clash = {canonicalize_name(k) for k in keep} & order.names & before.keys()
    lines = pins(before, held | clash)
    firm = neighbour_lines(known, order.names if hold == "all" else set(before) - held, before.keys() - order.names)
    names = order.names
    try:
        _run(bench, order, lines + firm, folder, deadline)
    except InstallError:
        loose = neighbour_lines(known, set(before) - held, held & {w.owner for w in known} if hold != "all" else ())
        if loose == firm:
            raise
        _run(bench, order, lines + loose, folder, deadline)
        for _ in range(ROUNDS if hold != "all" else 0):
            ill = broken(known, before, first_of(bench.distributions())) - held - names
            if not ill:
                break
            names = names | ill
            wider = replace(order, requirements=(*order.requirements, *sorted(ill)), names=names)
            _run(bench, wider, lines + loose, folder, deadline)
    after = first_of(bench.distributions())
    moved = sorted(n for n in held if n not in after or after[n].version != current[n].version)
    if moved:
        raise InstallError(f"{', '.join(moved)} would change as well", f"{'、'.join(moved)} 也会被更改")


def _run(bench: Bench, order: Order, constraints: Iterable[str], folder: str, deadline: Deadline) -> None:
    path = Path(folder, "constraints.txt")
    path.write_text("".join(f"{line}\n" for line in constraints))
    aside = _set_aside(bench, order.names)
    try:
        if find_uv(bench.env.get("PATH")):
            _with_uv(bench, order, path, deadline)
        else:
            options = [f"--no-binary={name}" for name in sorted(order.rebuilt)]
            words = ["-I", "-m", "pip", "install", "--no-compile", "-c", str(path), *options, *order.requirements]
            _call(bench, [bench.python, *words], deadline)
    finally:
        for stored, place in aside:
            if os.path.lexists(place):
                shutil.rmtree(stored)
            else:
                os.rename(stored, place)


def _set_aside(bench: Bench, names: frozenset[str]) -> list[tuple[str, str]]:
    """Metadata that no installer can read leaves its way for a while; that of the named goes for good."""
    aside = []
    for number, dist in enumerate(bench.distributions()):
        if not dist.damage and has_version(dist):
            continue
        if dist.key in names:
            _remove_named(bench, dist.key, leftovers=True)
        elif os.path.lexists(dist.metadata_path):
            stored = os.path.join(bench.clones[0], f".tts-doctor-aside-{number}")
            os.rename(dist.metadata_path, stored)
            aside.append((stored, dist.metadata_path))
    return aside


def _with_uv(bench: Bench, order: Order, constraints: Path, deadline: Deadline) -> None:
    facts = bench.facts
    argv = [find_uv(bench.env.get("PATH")), "pip", "install", "--python", bench.python]
    argv += ["--constraints", str(constraints), *index_options(bench.env, facts.interpreter.prefix, facts.cwd)]
    if facts.interpreter.externally_managed:
        argv.append("--break-system-packages")
    if order.fresh:
        argv.append("--no-cache")
    if not order.rebuilt:
        _call(bench, [*argv, *order.requirements], deadline)
        return
    names = sorted(order.rebuilt)
    argv += [word for name in names for word in ("--no-binary", name, "--refresh-package", name)]
    numpy = first_of(bench.distributions()).get("numpy")
    held = constraints.with_name("build.txt")
    held.write_text(f"numpy=={numpy.version}\n" if numpy else "")
    try:  # isolated, against the installed numpy; what then lacks a build requirement builds with what is installed
        _call(bench, [*argv, "--build-constraints", str(held), *order.requirements], deadline)
    except InstallError:
        loose = [word for name in names for word in ("--no-build-isolation-package", name)]
        _call(bench, [*argv, *loose, *order.requirements], deadline)


def _call(bench: Bench, argv: Sequence[str], deadline: Deadline) -> None:
    config = read_index_config(bench.env, bench.facts.interpreter.prefix, bench.facts.cwd)
    call(argv, installer_environment(bench.env, config), bench.facts.cwd or "/", deadline, bench.binds)


def _unsound(bench: Bench, before: Mapping[str, Distribution], again: set[str]) -> frozenset[str]:
    """Names that were just installed and whose files contradict their RECORD."""
    found = set()
    for dist in bench.distributions():
        old = before.get(dist.key)
        new = dist.key in again or old is None or old.version != dist.version
        if new and not dist.editable and not all(_is_sound(dist, e, dist.key in again) for e in dist.records):
            found.add(str(dist.key))
    return frozenset(found)


def _is_sound(dist: Distribution, entry: RecordEntry, thorough: bool) -> bool:
    """Sizes of all files, contents of sources; with `thorough` the contents of all, and that programs may run."""
    path = os.path.join(dist.site, entry.path)
    if thorough and is_idle_program(path):
        return False
    try:
        if entry.size is not None and os.stat(path).st_size != entry.size:
            return False
        if not entry.digest.startswith("sha256=") or not (thorough or path.endswith(".py")):
            return True
        hashed = bytes.fromhex(digest(path))
    except OSError:
        return False
    return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode() == entry.digest.removeprefix("sha256=").rstrip("=")

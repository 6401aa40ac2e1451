"""Diagnosis in, repairs to try out: which, in which order, at what price. Tries nothing itself.

The price of a repair follows what users mind: their own pins first, then the number of things changed, then how far
down the list of likely causes it stands. Repairs that no command can carry out (a new base image, the user's code) are
left to the report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Action, Diagnosis, Finding, Severity, Verdict
from tts_doctor.parse.requires import wanted_by
from tts_doctor.ports import Index

PACKAGE_ACTIONS = frozenset({"pin", "install", "uninstall", "reinstall", "rebuild"})
CATEGORY = {
    **dict.fromkeys(PACKAGE_ACTIONS, "packages"),
    "change-python": "packages",
    "system-package": "system",
    "rename": "files",
    "patch": "files",
    "env-var": "environment",
}
"""Action -> what `--allow` must name for it; an action that is not here cannot be carried out by the tool."""

ASKED_PRICE = 3.0
"""A distribution that the user asked for weighs as much as three others."""
NOTE_PRICE = 2.5
"""What has nothing to do with the failure as far as can be seen comes after even an asked-for change that has."""
PRIVATE_PRICE = 4.0
"""A local build (`+cpu`) is traded for the index's, which may bring gigabytes, only where little else helps."""
KIND_PRICE = {
    "change-python": 3.0, "system-package": 1.5, "rename": 0.2, "patch": 2.0, "env-var": 0.1, "uninstall": 0.3,
    "rebuild": 0.8,
}  # fmt: skip
_BARE_LOWER = re.compile(r">=?\s*(?P<major>\d+)(?:\.(?P<minor>\d+))?(?:\.\d+)*")


@dataclass(frozen=True)
class Repair:
    """Actions to try together, for one finding."""

    actions: tuple[Action, ...]
    finding: str
    price: float


@dataclass(frozen=True)
class Wishes:
    """What the user allows and wants kept."""

    allow: frozenset[str] = frozenset({"packages"})
    keep: frozenset[str] = frozenset()
    """Canonical names that may not change."""
    asked: frozenset[str] = frozenset()
    """Canonical names that the user asked for."""
    marks_tell: bool = True
    """False where the environment's marks do not say who asked for what: then versions held back tell."""

    def admits(self, repair: Iterable[Action]) -> bool:
        return all(
            CATEGORY.get(a.action) in self.allow and not (a.action in PACKAGE_ACTIONS and target_of(a) in self.keep)
            for a in repair
        )


def target_of(action: Action) -> str:
    """Canonical distribution name of a package action, its extras dropped."""
    try:
        return canonicalize_name(Requirement(action.target).name)
    except InvalidRequirement:
        return canonicalize_name(action.target)


def plan_repairs(
    diagnosis: Diagnosis, fallbacks: Sequence[tuple[Action, ...]], facts: Facts, wishes: Wishes
) -> list[Repair]:
    """Every distinct repair that may be tried, cheapest first."""
    seen: set[tuple[tuple[str, str, str | None, str | None], ...]] = set()
    repairs: list[Repair] = []

    def add(actions: tuple[Action, ...], finding: str, base: float) -> None:
        key = tuple((a.action, a.target, a.spec, a.value) for a in actions)
        if facts.lost_config and any(a.action in PACKAGE_ACTIONS for a in actions):
            return  # it would change the Python that the environment was made from
        if key in seen or not wishes.admits(actions) or not installable(actions) or idle(actions, facts):
            return
        seen.add(key)
        repairs.append(Repair(actions, finding, base + sum(price_of(a, facts, wishes) for a in actions)))

    for rank, finding in enumerate(f for f in diagnosis.findings if f.verdict is Verdict.PRESENT):
        for index, actions in enumerate(finding.treatment.repairs):
            if finding.severity is Severity.NOTE and not all(a.action in PACKAGE_ACTIONS for a in actions):
                continue  # what is merely worth knowing justifies no change outside the environment
            aside = NOTE_PRICE if finding.severity is Severity.NOTE else 0.0
            add(actions, finding.id, doubt(finding) + 0.4 * rank + 0.5 * index + aside)
    for index, actions in enumerate(fallbacks):
        add(actions, "search", 2.5 + 0.4 * index)
    return sorted(repairs, key=lambda r: r.price)


def targets(diagnosis: Diagnosis) -> frozenset[str]:
    """Canonical names of the distributions that some repair of the diagnosis would change."""
    return frozenset(
        target_of(action)
        for finding in diagnosis.findings
        for actions in finding.treatment.repairs
        for action in actions
        if action.action in PACKAGE_ACTIONS
    )


def looks_pinned(name: str, facts: Facts, index: Index) -> bool:
    """Whether somebody chose the installed version: a newer one was there when it was installed, and no installed
    distribution forbids that one. Raises IndexUnavailable.
    """
    dist = facts.get(name)
    if dist is None or not dist.version:
        return False
    wanted = [w for d in facts.distributions for w in wanted_by(d.requires, facts.interpreter) if w.name == dist.key]
    then = datetime.fromtimestamp(dist.installed_at, tz=timezone.utc).isoformat() if dist.installed_at else "9999"
    choices = [
        release.version
        for release in index.releases(dist.key)
        if not release.yanked
        and release.has_wheel
        and release.uploaded < then
        and not Version(release.version).is_prerelease
        and all(w.admits(release.version) for w in wanted)
    ]
    try:
        return bool(choices) and Version(dist.version) < Version(choices[-1])
    except InvalidVersion:
        return False


def nearest(actions: tuple[Action, ...], index: Index) -> tuple[Action, ...]:
    """`actions` with each upper bound made the newest release below it, lest a solver that must hold the rest goes back
    to an ancient one. Raises IndexUnavailable.
    """
    return tuple(_nearest(action, index) for action in actions)


def _nearest(action: Action, index: Index) -> Action:
    if action.action != "pin" or not (action.spec or "").startswith("<") or not _parses(f"x{action.spec}"):
        return action
    bound = Requirement(f"x{action.spec}").specifier
    fitting = [
        release.version
        for release in index.releases(target_of(action))
        if not release.yanked and release.has_wheel and bound.contains(release.version, prereleases=False)
    ]
    return replace(action, spec=f"=={fitting[-1]}") if fitting else action


def within_series(actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """`actions` with each bare lower bound kept to the series that it begins, lest a solver that may move everything
    takes the newest, and half of the environment with it.
    """
    return tuple(_within_series(action) for action in actions)


def _within_series(action: Action) -> Action:
    bound = _BARE_LOWER.fullmatch(action.spec or "") if action.action == "pin" else None
    if bound is None:
        return action
    major, minor = int(bound["major"]), int(bound["minor"] or 0)
    return replace(action, spec=f"{action.spec},<{f'{major + 1}' if major else f'0.{minor + 1}'}")


def doubt(finding: Finding) -> float:
    """How unlikely it is that treating this finding helps, as a price."""
    return 2.0 * (1.0 - finding.confidence)


def price_of(action: Action, facts: Facts, wishes: Wishes) -> float:
    """1 for a distribution, more where the user asked for it."""
    if action.action in PACKAGE_ACTIONS:
        asked = target_of(action) in wishes.asked and action.action != "reinstall" and facts.get(target_of(action))
        if action.action == "uninstall" and not wishes.marks_tell:
            asked = False  # a version that is held back says that it was chosen, not that it is missed
        private = action.action in {"pin", "install"} and "+" in facts.version(target_of(action))
        price = 1.0 + KIND_PRICE.get(action.action, 0.0) + (ASKED_PRICE if asked else 0.0)
        return price + (PRIVATE_PRICE if private else 0.0)
    return 1.0 + KIND_PRICE.get(action.action, 0.0)


def installable(actions: tuple[Action, ...]) -> bool:
    """Whether every package action names something that an installer could know (not `nltk data punkt`)."""
    return all(a.action not in PACKAGE_ACTIONS or _parses(f"{a.target}{a.spec or ''}") for a in actions)


def _parses(requirement: str) -> bool:
    try:
        Requirement(requirement)
    except InvalidRequirement:
        return False
    return True


def idle(actions: tuple[Action, ...], facts: Facts) -> bool:
    """True where nothing would change: a pin that the installed version already meets, a variable already so set."""
    return all(_idle(a, facts) for a in actions)


def _idle(action: Action, facts: Facts) -> bool:
    if action.action == "env-var":
        return facts.variables.get(action.target) == action.value
    if action.action in {"pin", "install"}:
        dist = facts.get(target_of(action))
        try:
            required = Requirement(f"{action.target}{action.spec or ''}")
        except InvalidRequirement:
            return False
        return bool(dist and dist.version and not required.extras) and required.specifier.contains(
            dist.version if dist else "", prereleases=True
        )
    return action.action == "uninstall" and facts.get(target_of(action)) is None

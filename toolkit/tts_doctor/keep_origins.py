"""Keeps what did not come from the index away from the index: a name is no proof that two projects are one.

Whoever installs `shopkit` from a folder and is told to install `shopkit` from the index may get a stranger's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Action
from tts_doctor.ports import Index, publishes

FROM_THE_INDEX = frozenset({"pin", "install", "reinstall", "rebuild"})


def keep_origins(
    repairs: Iterable[tuple[Action, ...]], facts: Facts, index: Index | None = None
) -> Iterator[tuple[Action, ...]]:
    """The repairs in which private distributions are at most installed anew from where they came.

    What came from an archive on this machine is private where `index` has no such version.
    """
    for actions in repairs:
        kept = [_at_home(action, facts, index) for action in actions]
        if all(kept):
            yield tuple(action for action in kept if action)


def _at_home(action: Action, facts: Facts, index: Index | None) -> Action | None:
    dist = facts.get(action.target.partition("[")[0]) if action.action in FROM_THE_INDEX else None
    if dist is None:
        return action
    unpublished = index is not None and dist.is_from_file and not publishes(index, dist.key, dist.version)
    if not (dist.is_private or unpublished):
        return action
    if action.action != "reinstall":
        return None
    lost = any(project.name == dist.key and project.was == dist.editable for project in facts.moved_projects)
    return None if lost and action.value is None else replace(action, spec=None)

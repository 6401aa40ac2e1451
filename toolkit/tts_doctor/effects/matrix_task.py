"""What travels between the run and the process of one cell, as JSON both ways. Decides nothing."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from tts_doctor.model.lock import ResolverSettings
from tts_doctor.model.matrix import Basis, Found, Limits, State
from tts_doctor.model.text import Text


@dataclass(frozen=True)
class Task:
    """One cell that resolved."""

    key: str
    python: str
    """The interpreter that the environment is made from: a path, or a minor version that uv looks for."""
    pins: tuple[tuple[str, str], ...]
    names: tuple[str, ...]
    """Canonical names of what was asked for."""
    imports: tuple[str, ...]
    smoke: tuple[str, ...]
    settings: ResolverSettings
    limits: Limits
    treat: bool
    cwd: str


def write_task(task: Task) -> str:
    """As JSON."""
    return json.dumps(asdict(task))


def read_task(data: dict[str, Any]) -> Task:
    """The inverse of `write_task`, of parsed JSON."""
    settings: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data["settings"].items()}
    plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
    plain["pins"] = _pairs(data["pins"])
    plain |= {"settings": ResolverSettings(**settings), "limits": Limits(**data["limits"])}
    return Task(**plain)


def to_plain(found: Found) -> dict[str, Any]:
    """Plain data that JSON can carry."""
    return asdict(found) | {"state": found.state.value, "basis": found.basis.value}


def from_plain(data: dict[str, Any]) -> Found:
    """The inverse of `to_plain`. Raises KeyError, TypeError or ValueError for anything else."""
    plain = dict(data)
    plain |= {name: _pairs(data[name]) for name in ("resolved", "culprits")}
    plain |= {"state": State(data["state"]), "basis": Basis(data["basis"]), "why": Text(**data["why"])}
    return Found(**{**plain, "core": tuple(data["core"])})


def _pairs(rows: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in rows)

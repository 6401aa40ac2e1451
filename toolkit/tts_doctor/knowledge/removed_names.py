"""Which release of a distribution removed or added a name or a keyword, as far as it is widely known.

Facts only: the signs decide what follows. The index knows the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from tts_doctor.knowledge.load_data import load_data


@dataclass(frozen=True)
class Bound:
    """`provider` has the name from `added` (inclusive) to `removed` (exclusive); empty where open."""

    provider: str
    added: str = ""
    removed: str = ""
    instead: str = ""
    """The repair that people really use, as a requirement, where it is not a version of the provider."""

    @property
    def spec(self) -> str:
        """The provider's versions that have the name, as a specifier."""
        parts = [f">={self.added}"] if self.added else []
        return ",".join(parts + ([f"<{self.removed}"] if self.removed else []))


@lru_cache(maxsize=1)
def _names() -> dict[tuple[str, str], Bound]:
    table: dict[tuple[str, str], Bound] = {}
    for provider, rows in load_data("removed_names.yaml").items():
        for row in rows:
            bound = Bound(provider, row.get("added", ""), row.get("removed", ""), row.get("instead", ""))
            for name in row["names"].split():
                table[row["module"], name] = bound
    return table


@lru_cache(maxsize=1)
def _python_attributes() -> dict[tuple[str, str], Bound]:
    return {
        (row["module"], name): Bound("python", row.get("added", ""), row.get("removed", ""))
        for row in load_data("python_attributes.yaml")
        for name in row["names"].split()
    }


@lru_cache(maxsize=1)
def _keywords() -> tuple[dict[str, str], ...]:
    return tuple(load_data("removed_keywords.yaml"))


def bound_of_name(module: str, name: str) -> Bound | None:
    """What is known of `name` in `module` (a class is written `class NAME`); `*` in the table means every name."""
    return _names().get((module, name)) or _names().get((module, "*")) or _python_attributes().get((module, name))


def bound_of_keyword(function: str, keyword: str, consumers: frozenset[str]) -> Bound | None:
    """What is known of a function's keyword (or of `*`, its positional form); `consumers` are the traceback's
    parties.

    A row that names its consumers serves only where one of them is in the traceback: `__init__` alone says nothing.
    """
    short = function.rsplit(".", 1)[-1]
    for row in _keywords():
        wanted = frozenset(row.get("parties", "").split())
        if row["function"] not in (function, short) or keyword not in row["keyword"].split():
            continue
        if not wanted or wanted & consumers:
            return Bound(row["provider"], row.get("added", ""), row.get("removed", ""), row.get("instead", ""))
    return None

"""Distributions whose import package is not what people expect of the name: squats, placeholders, look-alikes.

Knowledge only. That one is installed is no illness by itself: who really wants the look-alike has its modules used.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from packaging.utils import canonicalize_name

from tts_doctor.knowledge.load_data import read_data
from tts_doctor.model.text import Text


@dataclass(frozen=True)
class Impostor:
    """`name` takes the place of `real` under the import name `import_name`."""

    name: str
    import_name: str
    real: str
    """Canonical name of the distribution that is meant; empty where the public index has none."""
    why: Text


@lru_cache(maxsize=1)
def impostors() -> tuple[Impostor, ...]:
    """All that are known."""
    import yaml  # most names are not in the text, and then it need not be parsed

    rows = yaml.load(_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return tuple(Impostor(row["name"], row["import"], row["real"], Text(row["en"], row["zh"])) for row in rows)


def impostor(name: str, import_name: str = "") -> Impostor | None:
    """What is known against a distribution (as provider of `import_name`, where one is given)."""
    key = canonicalize_name(name)
    found = _by_name().get(key) if f"{{name: {key}," in _text() else None
    return found if found and (not import_name or found.import_name == import_name.partition(".")[0]) else None


@lru_cache(maxsize=1)
def _text() -> str:
    """The data; names are canonical there."""
    return read_data("impostors.yaml")


@lru_cache(maxsize=1)
def _by_name() -> dict[str, Impostor]:
    return {one.name: one for one in impostors()}

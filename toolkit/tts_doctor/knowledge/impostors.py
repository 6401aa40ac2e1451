"""Distributions whose import package is not what people expect of the name: squats, placeholders, look-alikes.

Knowledge only. That one is installed is no illness by itself: who really wants the look-alike has its modules used.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import yaml
from packaging.utils import canonicalize_name

from tts_doctor.model.text import Text

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


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
    text = files("tts_doctor.knowledge").joinpath("data").joinpath("impostors.yaml").read_text("utf-8")
    return tuple(
        Impostor(canonicalize_name(row["name"]), row["import"], row["real"], Text(row["en"], row["zh"]))
        for row in yaml.load(text, Loader=LOADER)
    )


def impostor(name: str, import_name: str = "") -> Impostor | None:
    """What is known against a distribution (as provider of `import_name`, where one is given)."""
    found = _by_name().get(canonicalize_name(name))
    return found if found and (not import_name or found.import_name == import_name.partition(".")[0]) else None


@lru_cache(maxsize=1)
def _by_name() -> dict[str, Impostor]:
    return {one.name: one for one in impostors()}

"""From import name to distribution: `cv2` is installed by opencv-python.

Knowledge only, most used distribution first. Decides nothing about the patient: what is installed there comes first for
whoever asks.
"""

from __future__ import annotations

from functools import lru_cache

from packaging.utils import canonicalize_name

from tts_doctor.knowledge.impostors import impostor
from tts_doctor.knowledge.load_data import read_data

NOWHERE = "-"


def distributions_for(import_name: str) -> tuple[str, ...]:
    """Canonical names of the distributions that install `import_name` (dotted: its most specific known part).

    A name that no data knows is taken for its own distribution's name (`flask`), unless that is a known impostor. Empty
    where the public index has no such thing.
    """
    parts = import_name.split(".")
    for end in range(len(parts), 0, -1):
        known = _curated().get(".".join(parts[:end]))
        if known is not None:
            return tuple(d for d in known if d != NOWHERE)
    top = parts[0]
    known = _collected().get(top)
    if known is not None:
        return tuple(d for d in known if impostor(d, top) is None)
    if not top.isidentifier() or top.startswith("_"):
        return ()
    # The index itself has `google-cloud-x` for google.cloud.x, but no distribution `google`.
    name = canonicalize_name(top)
    return () if impostor(name, top) is not None else (name,)


def rivals_for(import_name: str) -> tuple[str, ...]:
    """Distributions that each own the whole folder of a top-level import name, so that only one may be installed.

    Empty for what one distribution provides, and for namespaces, which many share in peace.
    """
    known = _curated().get(import_name, ())
    return known if len(known) > 1 else ()


def namesakes(import_name: str) -> tuple[str, ...]:
    """Every distribution that is known to install a top-level import name: usual ones, forks, and strangers."""
    known = (*_curated().get(import_name, ()), *_collected().get(import_name, ()))
    return tuple(dict.fromkeys(name for name in known if name != NOWHERE))


def is_known(import_name: str) -> bool:
    """Whether the data says anything of the top-level name, as opposed to the guess that it is its own distribution."""
    top = import_name.partition(".")[0]
    return top in _curated() or top in _collected()


@lru_cache(maxsize=1)
def _curated() -> dict[str, tuple[str, ...]]:
    return _table("import_names_curated.tsv")


@lru_cache(maxsize=1)
def _collected() -> dict[str, tuple[str, ...]]:
    return _table("import_names.tsv")


def _table(file: str) -> dict[str, tuple[str, ...]]:
    text = read_data(file)
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {name: tuple(dists.split()) for name, dists in rows}

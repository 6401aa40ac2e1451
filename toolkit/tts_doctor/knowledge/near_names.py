"""What a name that no index has may have meant. Suggests only distributions that are known, never an impostor."""

from __future__ import annotations

import difflib
from functools import lru_cache
from importlib.resources import files

from packaging.utils import canonicalize_name

from tts_doctor.knowledge.bounds import load_bounds
from tts_doctor.knowledge.import_names import distributions_for, is_known
from tts_doctor.knowledge.impostors import impostor

TABLES = ("import_names_curated.tsv", "import_names.tsv")
MOST = 3


def near_names(name: str) -> tuple[str, ...]:
    """Canonical names, likeliest first: what an impostor stands for, who provides such an import, names spelt alike."""
    key = canonicalize_name(name)
    module = name.replace("-", "_")
    meant = [d for d in distributions_for(module) if d != key] if is_known(module) else []
    spelt = difflib.get_close_matches(key, _distributions(), n=MOST, cutoff=0.8)
    known = impostor(name)
    real = [known.real] if known and known.real else []
    found = dict.fromkeys(canonicalize_name(n) for n in (*real, *meant, *spelt))
    return tuple(n for n in found if n != key and impostor(n) is None)[:MOST]


@lru_cache(maxsize=1)
def _distributions() -> tuple[str, ...]:
    names: set[str] = set()
    folder = files("tts_doctor.knowledge").joinpath("data")
    for table in TABLES:
        for row in folder.joinpath(table).read_text("utf-8").splitlines():
            if row and not row.startswith("#"):
                names.update(canonicalize_name(word) for word in row.split("\t")[1].split() if word != "-")
    for bound in load_bounds():  # the tables leave out what is called as it is imported
        names.update((canonicalize_name(bound.consumer), canonicalize_name(bound.provider)))
    return tuple(sorted(names))

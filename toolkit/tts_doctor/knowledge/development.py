"""Which Debian package holds what a build looks for: a header, a library, a pkg-config module, a config program.

Facts only: `knowledge/data/development.yaml`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from tts_doctor.knowledge.load_data import load_data

WAYS = ("headers", "libs", "modules", "programs")


def development_package(way: str, name: str) -> str:
    """Debian package of `name`, else empty; `way` is one of `WAYS`. A header may be known by its folder."""
    table = _table()
    if way != "headers":
        return table.get((way, name.lower() if way == "modules" else name), "")
    parts = name.split("/")
    for begin in range(len(parts)):  # /usr/include/openssl/ssl.h, src/openssl/ssl.h and openssl/ssl.h are one
        rest = parts[begin:]
        for known in ("/".join(rest), f"{rest[0]}/" if len(rest) > 1 else ""):
            if package := table.get((way, known)):
                return package
    return ""


@lru_cache(maxsize=1)
def _table() -> dict[tuple[str, str], str]:
    data: dict[str, dict[str, Any]] = load_data("development.yaml")
    return {(way, name): package for package, row in data.items() for way in WAYS for name in row.get(way, "").split()}

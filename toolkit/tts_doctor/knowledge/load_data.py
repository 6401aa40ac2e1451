"""Reads the files of facts that travel inside this package. Decides nothing; a broken file is a bug of ours.

The tables that most diagnoses ask have a compiled form, `compiled.json`, and the messages `messages.json`: loading a
YAML parser and running it over them takes thirty times as long. It counts for a table only while the YAML file is the
one that it was made from.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).with_name("data")
COMPILED = DATA / "compiled.json"
COMPILED_MESSAGES = DATA / "messages.json"
ASKED_OFTEN = (
    "python_attributes.yaml", "removed_names.yaml", "sonames.yaml", "stdlib_removed.yaml", "torch_family.yaml"
)  # fmt: skip


def read_data(name: str) -> str:
    """The text of `knowledge/data/NAME`."""
    return (DATA / name).read_text("utf-8")


@lru_cache(maxsize=32)
def load_data(name: str) -> Any:
    """The content of `knowledge/data/NAME`, a YAML file, read once."""
    text = read_data(name)
    file = COMPILED if name in ASKED_OFTEN else COMPILED_MESSAGES if name.startswith("messages/") else None
    known = _compiled(file).get(name) if file else None
    return known["data"] if known and known["of"] == _digest(text) else _parsed(text)


@lru_cache(maxsize=4)
def load_folder(name: str) -> tuple[Any, ...]:
    """The list items of every YAML file in `knowledge/data/NAME/`, by file name."""
    return tuple(item for file in files_of(name) for item in load_data(file))


def files_of(folder: str) -> tuple[str, ...]:
    """Names of the tables in a folder, as `load_data` takes them."""
    return tuple(sorted(f"{folder}/{file.name}" for file in (DATA / folder).glob("*.yaml")))


def compile_data(names: tuple[str, ...] = ASKED_OFTEN) -> str:
    """The text of a compiled file, one table a line."""
    rows = []
    for name in names:
        text = read_data(name)
        table = json.dumps({"of": _digest(text), "data": _parsed(text)}, ensure_ascii=False, separators=(",", ":"))
        assert json.loads(table)["data"] == _parsed(text), f"{name} has keys or values that JSON does not know"
        rows.append(f"{json.dumps(name)}: {table}")
    return "{\n" + ",\n".join(rows) + "\n}\n"


@lru_cache(maxsize=2)
def _compiled(file: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _parsed(text: str) -> Any:
    import yaml  # costs 15 ms, and most runs need none of it

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # builds plain values only
    return yaml.load(text, Loader=loader)

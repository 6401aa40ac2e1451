"""Reads the YAML files of facts that travel inside this package. Decides nothing; a broken file is a bug of ours."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Any


@lru_cache(maxsize=32)
def load_data(name: str) -> Any:
    """The content of `knowledge/data/NAME`, read once."""
    import yaml  # costs 15 ms, and most runs ask for none of the tables

    text = files("tts_doctor.knowledge").joinpath("data").joinpath(name).read_text("utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # builds plain values only
    return yaml.load(text, Loader=loader)


@lru_cache(maxsize=4)
def load_folder(name: str) -> tuple[Any, ...]:
    """The list items of every YAML file in `knowledge/data/NAME/`, by file name."""
    folder = files("tts_doctor.knowledge").joinpath("data").joinpath(name)
    found = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    return tuple(item for file in found for item in load_data(f"{name}/{file}"))

"""The axes of a matrix: `numpy=1.23,1.26` and YAML files of grids. Opens no file, asks no index."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from tts_doctor.errors import PlaybookError, UsageError
from tts_doctor.model.matrix import Axis, Grid
from tts_doctor.parse.requirements_file import read_line
from tts_doctor.parse.shape import BOOLEAN, STRING, STRINGS, Shape, check

NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
MINOR = re.compile(r"3\.\d{1,2}")
GRID = Shape(
    "mapping",
    fields=(
        ("python", STRINGS),
        ("with", Shape("table", item=STRINGS)),
        ("requirements", STRINGS),
        ("import", STRINGS),
        ("smoke", STRINGS),
        ("resolve-only", BOOLEAN),
    ),
    required=("python", "with"),
)
FILE = Shape("mapping", fields=(("grids", Shape("table", item=GRID)), ("allow-sdist", STRINGS), ("as-of", STRING)),
             required=("grids",))  # fmt: skip


def read_axis(word: str) -> Axis:
    """`numpy=1.23,1.26,<2`. Raises UsageError."""
    name, _, values = word.partition("=")
    found = tuple(dict.fromkeys(value.strip() for value in values.split(",") if value.strip()))
    if not NAME.fullmatch(name.strip()) or not found:
        raise UsageError(
            f"--with takes NAME=VERSION,VERSION, not {word!r}", f"--with 需要 名称=版本,版本，而不是 {word!r}"
        )
    return axis(name.strip(), found, "--with")


def axis(name: str, values: tuple[str, ...], where: str) -> Axis:
    """An axis whose values are versions, specifiers or `*`. Raises UsageError."""
    for value in values:
        try:
            SpecifierSet("" if value == "*" else value if value[:1] in "<>=!~" else f"=={value}")
        except InvalidSpecifier:
            said = f"{where}: {name}: {value!r} is no version", f"{where}：{name}：{value!r} 不是版本号"
            raise UsageError(*said) from None
    return Axis(canonicalize_name(name), values)


def check_python(word: str) -> str:
    """A minor version. Raises UsageError."""
    if not MINOR.fullmatch(word):
        raise UsageError(f"a Python is named as 3.10, not {word!r}", f"Python 应写作 3.10，而不是 {word!r}")
    return word


def read_grids(data: Any, where: str) -> tuple[tuple[Grid, ...], tuple[str, ...], str]:
    """Grids, `allow-sdist` and `as-of` of a YAML file's plain data. Raises UsageError with the dotted path."""
    try:
        check(data, FILE, where)
    except PlaybookError as error:
        raise UsageError(error.en, error.zh) from None
    grids = tuple(_grid(name, each, where) for name, each in data["grids"].items())
    return grids, tuple(data.get("allow-sdist", ())), data.get("as-of", "")


def _grid(name: str, data: Mapping[str, Any], where: str) -> Grid:
    place = f"{where}.grids.{name}"
    return Grid(
        name,
        tuple(check_python(word) for word in data["python"]),
        tuple(axis(key, tuple(values), place) for key, values in data["with"].items()),
        tuple(read_line(text, place, number) for number, text in enumerate(data.get("requirements", ()), 1)),
        tuple(data.get("import", ())),
        tuple(data.get("smoke", ())),
        data.get("resolve-only", False),
    )

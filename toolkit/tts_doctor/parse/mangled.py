"""Reads a mangled C++ name far enough to say in which namespaces it lives. Not a demangler of types.

By the Itanium C++ ABI, section 5.1: `_ZN` opens a nested name, whose parts are a length and so many letters;
`S_`…, `St` stand for what was named before and for `std`. Templates and arguments are left out.
"""

from __future__ import annotations

import re

SPECIAL = re.compile(r"_Z(?:T[VTISHWhvc]|GV|GR)?(?:h?-?n?\d+_)*(?P<nested>N[rVK]*[RO]?)?")
SOURCE_NAME = re.compile(r"(\d{1,4})")
C_PREFIX = re.compile(r"_*[A-Za-z][A-Za-z0-9]{1,40}?(?:_|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]))")
"""Up to the first underscore or change of case: `sqlite3_`, `nccl`, `EVP_`."""
MOST_PARTS = 12


def qualified_name(symbol: str) -> tuple[str, ...]:
    """Parts of the name: `_ZN2at4_ops5zeros4callE…` -> (`at`, `_ops`, `zeros`, `call`); C names come back whole.

    Empty where it is mangled in a way that is not read here.
    """
    if not symbol.startswith("_Z"):
        return (symbol,)
    start = SPECIAL.match(symbol)
    at = start.end() if start else 2
    parts: list[str] = []
    if symbol.startswith("St", at):
        parts.append("std")
        at += 2
    while len(parts) < MOST_PARTS and (number := SOURCE_NAME.match(symbol, at)):
        end = number.end() + int(number[1])
        if end > len(symbol):
            return ()
        parts.append(symbol[number.end() : end])
        at = end
        if symbol.startswith("B", at):  # an ABI tag as in `fooB5cxx11`
            tag = SOURCE_NAME.match(symbol, at + 1)
            at = tag.end() + int(tag[1]) if tag else at
        if not (start and start["nested"]):
            break
    return tuple(parts)


def readable(symbol: str) -> str:
    """`at::_ops::zeros::call` for people; the symbol itself where it is no C++ name."""
    parts = qualified_name(symbol)
    return "::".join(parts) if parts else symbol


def family(symbol: str) -> str:
    """What the symbols of one library have in common: a C++ name's outermost namespace, a C name's prefix (`nccl`).

    Empty where it tells nothing (`std`, no prefix).
    """
    parts = qualified_name(symbol)
    if len(parts) > 1:
        return "" if parts[0] in ("std", "__gnu_cxx") else parts[0] + "::"
    prefix = None if symbol.startswith("_Z") else C_PREFIX.match(symbol)
    return prefix[0] if prefix else ""


def is_of_family(symbol: str, kin: str) -> bool:
    """Whether `symbol` is of the family `kin` (as `family` says it); quick, for tables of many thousands."""
    if not kin.endswith("::"):
        return symbol.startswith(kin)
    mark = f"{len(kin) - 2}{kin[:-2]}"
    return symbol.startswith("_Z") and symbol.find(mark, 2, len(mark) + 9) >= 0

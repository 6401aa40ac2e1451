"""The words in which the dynamic loader, and those who call it, say what they miss. Decides nothing of what it means.

glibc's own messages are those of elf/dl-*.c; libraries that load others at run time put them in their own words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_SONAME = r"(?P<soname>(?<![\w.+-])lib[\w+-]{1,100}(?:[.-][\w.]{1,60}?)?\.so(?:\.[\w*\[\]-]+)*)"
MISSING = (
    re.compile(rf"{_SONAME}: cannot open shared object file"),
    re.compile(
        rf"(?:[Ll]ibrary|load) (?:dynamic library )?['\"`]?{_SONAME}['\"`]?(?: is)? (?:not found|cannot be "
        rf"loaded|could not be (?:found|loaded))"
    ),
    re.compile(
        rf"(?:[Cc]ould not|Unable to|Cannot|cannot) (?:load|find|locate) (?:dynamic |shared )?(?:library |any "
        rf"of )?[{{'\"`]?{_SONAME}"
    ),
    re.compile(rf"{_SONAME} not found in the system path"),
    re.compile(rf"{_SONAME} => not found"),
    re.compile(rf"Error loading shared library {_SONAME}: No such file"),
)
_SHOWN_PATH = re.compile(r"LD_LIBRARY_PATH(?:=|: ?|\s*\n)['\"]?(?P<folders>/[^\s'\":]*(?::[^\s'\":]*)*)")
UNDEFINED = re.compile(
    r"(?<!\S)(?P<file>\S{1,400}?\.so(?:\.\w{1,20}){0,4}): undefined symbol: (?P<symbol>\w+)(?:, version "
    r"(?P<version>\w+))?"
)
NO_VERSION = re.compile(
    r"(?P<library>(?<![\w./+-])/\S{1,400}?): version [`'\"](?P<version>\w+[\w.]*)' not found "
    r"\(required by (?P<file>[^)\s]{1,400})\)"
)
STATIC_TLS = re.compile(
    r"(?<!\S)(?P<file>\S{1,400}?\.so(?:\.\w{1,20}){0,4}): cannot allocate memory in static TLS block"
)
EXECUTABLE_STACK = re.compile(
    r"(?:(?<!\S)(?P<file>\S{1,400}?\.so[\w.]{0,60}): )?cannot enable executable stack as shared object requires"
)
TORCH_LIBRARY = re.compile(r"lib(?:c10|torch)(?:_\w+)?\.so")
CPU_LEVEL = re.compile(r"(?<!\S)(?P<file>\S{1,400}?): CPU ISA level is lower than required")


@dataclass(frozen=True)
class LoaderError:
    """One complaint. kind: `symbol`, `version`, `soname`, `tls`, `execstack` or `isa`."""

    kind: str
    file: str
    """The object that could not be loaded, as printed; for `soname` the library that is missing."""
    name: str = ""
    """The symbol, the symbol version or the soname."""
    library: str = ""
    """For `version`: path of the library that lacks it; for `symbol`: the soname that its version names."""


def loader_errors(text: str) -> Iterator[LoaderError]:
    """What `text` says, kind by kind; one complaint may come more than once."""
    for match in UNDEFINED.finditer(text):
        yield LoaderError("symbol", match["file"], match["symbol"], match["version"] or "")
    for match in NO_VERSION.finditer(text):
        yield LoaderError("version", match["file"], match["version"], match["library"])
    for pattern in MISSING:
        for match in pattern.finditer(text):
            yield LoaderError("soname", match["soname"], match["soname"])
    for match in STATIC_TLS.finditer(text):
        yield LoaderError("tls", match["file"])
    for match in EXECUTABLE_STACK.finditer(text):
        yield LoaderError("execstack", match["file"] or "")
    for match in CPU_LEVEL.finditer(text):
        yield LoaderError("isa", match["file"])


def shown_search_path(text: str) -> str:
    """What a pasted text shows LD_LIBRARY_PATH to be, with the folders still in it; empty where it shows nothing."""
    match = _SHOWN_PATH.search(text)
    return match["folders"] if match else ""

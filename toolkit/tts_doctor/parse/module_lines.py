"""Reads a source file line by line where `ast` cannot: Python 2, newer syntax, damaged or huge files.

Finds some of the names that it binds and never claims to find all: its facts are marked `dynamic` and not `parsed`.
"""

from __future__ import annotations

import re

from tts_doctor.model.module import ImportUse, ModuleFacts

MAX_BYTES = 4_000_000
BINDING = re.compile(r"(?:async )?(?:def|class)[ \t]+(\w+)|(\w+)[ \t]*(?::[^=\n]{0,200})?=(?!=)")
IMPORT = re.compile(r"import[ \t]+([\w.]+)(?:[ \t]+as[ \t]+(\w+))?")
FROM = re.compile(r"from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+\(?(.{0,4000})")


def read_lines(source: bytes, name: str, is_package: bool) -> ModuleFacts:
    """What the unindented lines of `source` bind; imports inside open brackets are read up to the closing one."""
    text = source[:MAX_BYTES].decode("utf-8", "replace").replace("\r", "\n")
    defines: set[str] = set()
    uses: list[ImportUse] = []
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if line[:1] in (" ", "\t", "#", ""):
            continue
        if found := FROM.match(line):
            module = absolute(name, is_package, len(found[1]), found[2])
            names = _names(found[3], lines, number)
            defines |= {bound for _, bound in names if bound != "*"}
            uses.append(ImportUse(module, tuple(n for n, _ in names), number + 1, guarded=True))
        elif found := IMPORT.match(line):
            defines.add(found[2] or found[1].partition(".")[0])
            uses.append(ImportUse(found[1], (), number + 1, guarded=True))
        elif found := BINDING.match(line):
            defines.add(found[1] or found[2])
    stars = tuple(use.module for use in uses if "*" in use.names)
    return ModuleFacts(name, is_package, frozenset(defines), stars, tuple(uses), dynamic=True, parsed=False)


def absolute(importer: str, is_package: bool, level: int, module: str) -> str:
    """Absolute name of a (relative) import; empty where it climbs above the top."""
    if not level:
        return module
    parts = importer.split(".")
    keep = len(parts) - level + (1 if is_package else 0)
    if keep < 1:
        return ""
    return ".".join([*parts[:keep], *([module] if module else [])])


def _names(rest: str, lines: list[str], number: int) -> list[tuple[str, str]]:
    text = rest
    if "(" in lines[number] and ")" not in rest:
        for line in lines[number + 1 : number + 400]:
            text += "," + line.partition("#")[0]
            if ")" in line:
                break
    text = text.partition(")")[0].partition("#")[0]
    found = []
    for part in text.split(","):
        words = part.split()
        if words and (words[0].isidentifier() or words[0] == "*"):
            found.append((words[0], words[2] if len(words) == 3 and words[1] == "as" else words[0]))
    return found

"""What a Python file imports and reads of it, told by regular expressions: fast, and rather too much than too little.

Decides nothing: whoever finds something here that matters parses the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

IMPORT = re.compile(r"^[ \t]*import[ \t]+([^\n;]+)", re.MULTILINE)
FROM = re.compile(r"^[ \t]*from[ \t]+(\w[\w.]*)[ \t]+import[ \t]*(\([^)]*\)|[^\n\\]*(?:\\\n[^\n\\]*)*)", re.MULTILINE)
CHAIN = re.compile(r"(?<![\w.])(\w+)\.(\w+(?:\.\w+)*)")
PLAIN = re.compile(
    r"^(?:from[ \t]+(\.*)(\w[\w.]*)?[ \t]*import[ \t]*(\([^)]*\)|[^\n]*)|import[ \t]+([^\n;#]+))", re.MULTILINE
)


def glance(source: bytes) -> Iterator[tuple[str, str]]:
    """Modules and dotted names that a file may use of others, told without a parser: too many rather than too few."""
    text = source.decode("utf-8", "replace")
    aliases: dict[str, tuple[str, str]] = {}
    for match in IMPORT.finditer(text):
        for part in match[1].split(","):
            module, _, alias = part.partition("#")[0].strip().partition(" as ")
            yield module.strip(), ""
            top = module.strip().partition(".")[0]
            aliases[alias.strip() or top] = module.strip() if alias else top, ""
    for match in FROM.finditer(text):
        for part in re.sub(r"#[^\n]*|[()\\\\]", " ", match[2]).split(","):
            name, _, alias = part.strip().partition(" as ")
            if name.isidentifier():
                yield match[1], name
                aliases[alias.strip() or name] = match[1], name
    for match in CHAIN.finditer(text):
        if match[1] in aliases:
            module, name = aliases[match[1]]
            yield module, ".".join(filter(None, (name, match[2])))


def run_imports(name: str, path: str, source: bytes) -> Iterator[str]:
    """What the unindented imports of a file may run."""
    package = name if path.endswith("/__init__.py") else name.rpartition(".")[0]
    for match in PLAIN.finditer(source.decode("utf-8", "replace")):
        dots, module, names, modules = match[1] or "", match[2] or "", match[3] or "", match[4] or ""
        yield from (part.split()[0] for part in modules.split(",") if part.strip())
        if dots:
            base = package.rsplit(".", len(dots) - 1)[0] if len(dots) > 1 else package
            module = f"{base}.{module}" if module else base
        if module:
            yield module
            yield from (f"{module}.{word}" for word in re.findall(r"\w+", names))


def module_of(path: str) -> str:
    """Dotted name of the module that a path in site-packages holds."""
    stem = path[: -len(".py")]
    return (stem[: -len("/__init__")] if stem.endswith("/__init__") else stem).replace("/", ".")

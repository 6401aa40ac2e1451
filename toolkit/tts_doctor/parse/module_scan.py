"""Scans a module's bytes for what importing it executes, many times faster than parsing, where its layout is plain.

Never guesses: whatever could execute, bind or hide an import in another way makes the answer None, and the text must be
parsed. Attributes are the exception: those that it reports may stand in functions, comments or strings.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tts_doctor.model.module import ImportUse
from tts_doctor.parse.condition import Python
from tts_doctor.parse.module_layout import (
    QUOTES,
    executed_imports,
    in_function,
    outside_strings,
    surely_code,
    without_strings,
)
from tts_doctor.parse.module_lines import MAX_BYTES, absolute

BY_NAME = re.compile(rb"(?:import_module|__import__)\(\s*[\"']")
PATH = re.compile(rb"\bsys\.path\b")
OPEN = (
    b"__getattr__", b"globals", b"exec(", b"sys.modules", b"vars(", b"locals(", b"__dict__", b"global_enum", b"attach",
    b"Lazy",
)  # fmt: skip
"""What may bind names that the text does not mention."""
DELETED = re.compile(rb"\n[ \t]*del[ \t(]([^\n]*)")
WORDS = re.compile(rb"\w+")
FREE_WORDS = re.compile(rb"(?<![\w.])[^\W\d]\w*")
STAR = re.compile(rb"import[ \t]*\(?[ \t]*\*")
OWN_NAME = re.compile(rb"__name__(?<!getLogger\(__name__)(?![ \t]*[!=]=)")
NEW_MODULE = re.compile(rb"sys\.modules\[(?!__name__\])[^\]\n]*\][ \t]*=(?!=)")
FROM = re.compile(
    rb"from[ \t]*(\.*)[ \t]*([\w.]*)[ \t]+import[ \t]*(?:\(([^)]*)\)|((?:[^\n(\\#;]|\\\n)*))[ \t]*(?:#[^\n]*)?(?=\n)"
)
PLAIN = re.compile(rb"import[ \t]+([^\n#;(\\]*)(?:#[^\n]*)?(?=\n)")
COMMENT = re.compile(rb"#[^\n]*")
NAME = re.compile(r"(\w+)(?:\s+as\s+(\w+))?")
DOTTED = re.compile(r"([\w.]+)(?:\s+as\s+(\w+))?")
ALL = re.compile(
    rb"\n__all__[ \t]*(?:=|(\+=))[ \t]*([\[(](?:\s|,|#[^\n]*\n|'[\w.]*'|\"[\w.]*\")*[\])])[ \t]*(?:#[^\n]*)?(?=\n)"
)
OWN_ALL = re.compile(rb"(?<=\n)[^\n#]*(?<![\w.])__all__")
"""A line that speaks of the module's own `__all__`, comments left out."""
STATEMENT = re.compile(rb"\n(?=from[ \t.]|import[ \t])")
BOUND = re.compile(rb"\n(?:(?:async[ \t]+)?def|class)[ \t]+(\w+)|\n(\w+)[ \t]*(?::[^=\n]*)?=(?!=)")


@dataclass
class Scanned:
    """What importing a plain module executes, in order. `uses` are neither guarded nor deferred."""

    name: str
    is_package: bool
    source: bytes
    uses: list[ImportUse] = field(default_factory=list)
    aliases: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Name -> (module, name in it) of what the uses bind."""

    def attributes(self, alias: str) -> set[str]:
        """Dotted chains that the text has after `alias.`."""
        return {found.decode("utf-8", "replace") for found in _chains(alias.encode()).findall(self.source)}

    def runs_later(self, alias: str, chain: str) -> bool:
        """Whether `alias.chain` stands only in functions' bodies, strings and comments."""
        wanted = chain.encode()
        places = [m.start() for m in _chains(alias.encode()).finditer(self.source) if m[1] == wanted]
        left = [place for place in places if not in_function(self.source, place)]
        return not left or not outside_strings(self.source, left)


def scan(source: bytes, name: str, is_package: bool, python: Python) -> Scanned | None:
    """What importing executes under `python`; None where only a parser can tell. Never raises for any input."""
    if len(source) > MAX_BYTES:
        return None
    text = _lines(source)
    if not _is_plain(text):
        return None
    scanned = Scanned(name, is_package, text)
    places = executed_imports(text, python)
    if places is None:
        return None
    done = line = 0
    for place in places:
        line += text.count(b"\n", done, place)
        done = place
        if not _statement(scanned, place, line):
            return None
    return scanned


def bound_plainly(source: bytes) -> frozenset[str]:
    """Names that unindented definitions, assignments and imports bind for certain; others may be bound as well.

    Those that a `del` takes away again are left out.
    """
    text = _lines(source)
    for quotes in QUOTES:
        if quotes in text:
            parts = text.split(quotes)
            if len(parts) % 2 == 0:
                text = without_strings(_lines(source))
                break
            text = b"''".join(parts[::2])
    deleted = {word.decode("utf-8", "replace") for line in DELETED.findall(text) for word in WORDS.findall(line)}
    names = {(a or b).decode("utf-8", "replace") for a, b in BOUND.findall(text)}
    imports = Scanned("", False, text)
    for found in STATEMENT.finditer(text):
        _statement(imports, found.start() + 1, 0)
    return frozenset((names | imports.aliases.keys()) - {"*"} - deleted)


def may_star(source: bytes, name: str) -> bool | None:
    """Whether a star import brings a name that the module binds; None where its `__all__` must be read to tell."""
    if b"__all__" not in source:
        return not name.startswith("_")
    quoted = name.encode()
    return True if b"'%b'" % quoted in source or b'"%b"' % quoted in source else None


def literal_all(source: bytes) -> frozenset[str] | None:
    """A module's `__all__` where it is made of literal lists of names alone; None where that is not plain."""
    if b"__all__" not in source:
        return None
    text = _lines(source)
    count = len(OWN_ALL.findall(text))
    parts = list(ALL.finditer(text))
    if len(parts) != count or not parts or parts[0][1] or not surely_code(text, [part.start() for part in parts]):
        return None
    try:
        lists = [ast.literal_eval(part[2].decode("utf-8", "replace")) for part in parts]
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    plain = all(isinstance(names, (list, tuple)) for names in lists)
    return frozenset(name for names in lists for name in names) if plain else None


def words_of(source: bytes) -> frozenset[bytes]:
    """The names in a text's code that are no attributes of others."""
    return frozenset(FREE_WORDS.findall(without_strings(_lines(source))))


def binds_only_mentioned(source: bytes) -> bool:
    """Whether the module can bind no other name than one that its text mentions."""
    return not (any(word in source for word in OPEN) or STAR.search(source) or OWN_NAME.search(source))


def _lines(source: bytes) -> bytes:
    """The source between newlines, with plain line ends."""
    return b"\n" + (source.replace(b"\r\n", b"\n") if b"\r" in source else source) + b"\n"


def _is_plain(text: bytes) -> bool:
    """Whether importing it moves no modules, makes no new ones and imports none by name."""
    if b"_path" in text and (b"__path__" in text or b"extend_path" in text):
        return False
    if b"\f" in text or b"\x00" in text or b"\r" in text or b"declare_namespace" in text:
        return False
    has_sys = b"sys." in text
    if has_sys and b"sys.modules[" in text and NEW_MODULE.search(text):
        return False
    if has_sys and b"sys.path" in text and not all(in_function(text, m.start()) for m in PATH.finditer(text)):
        return False
    by_name = b"import_module(" in text or b"__import__(" in text
    return not by_name or all(in_function(text, m.start()) for m in BY_NAME.finditer(text))


def _statement(scanned: Scanned, place: int, line: int) -> bool:
    """Add one import statement; False where it cannot be read."""
    text = scanned.source
    if not text.startswith(b"from", place):
        return _plain_statement(scanned, PLAIN.match(text, place), line)
    found = FROM.match(text, place)
    if found is None:
        return False
    module = absolute(scanned.name, scanned.is_package, len(found[1]), found[2].decode("utf-8", "replace"))
    names = list(_names(found[4] if found[3] is None else found[3]))
    if (not module and scanned.name) or not names or not all(name for name, _ in names):
        return False
    scanned.uses.append(ImportUse(module, tuple(name for name, _ in names), line))
    for name, bound in names:
        _bind(scanned, bound or name, (module, name))
    return True


def _plain_statement(scanned: Scanned, found: re.Match[bytes] | None, line: int) -> bool:
    if found is None:
        return False
    for part in found[1].decode("utf-8", "replace").split(","):
        item = DOTTED.fullmatch(part.strip())
        if item is None:
            return False
        scanned.uses.append(ImportUse(item[1], (), line))
        top = item[1].partition(".")[0]
        _bind(scanned, item[2] or top, (item[1] if item[2] else top, ""))
    return True


def _bind(scanned: Scanned, name: str, meaning: tuple[str, str]) -> None:
    scanned.aliases[name] = meaning if scanned.aliases.get(name, meaning) == meaning else ("", "")


def _names(body: bytes) -> Iterator[tuple[str, str]]:
    """Name and new name of each part; empty ones where a part makes no sense."""
    if b"#" in body:
        body = COMMENT.sub(b"", body)
    parts = body.decode("utf-8", "replace").replace("\\\n", " ").split(",")
    if not parts[-1].strip():
        parts.pop()
    for part in parts:
        word = part.strip()
        if word.isidentifier() or word == "*":
            yield word, ""
        else:
            item = NAME.fullmatch(word)
            yield (item[1], item[2] or "") if item else ("", "")


CHAINS: dict[bytes, re.Pattern[bytes]] = {}


def _chains(word: bytes) -> re.Pattern[bytes]:
    found = CHAINS.get(word)
    if found is None:
        exact = re.escape(word)
        found = CHAINS[word] = re.compile(exact + rb"\.(?<![\w.]" + exact + rb"\.)(\w+(?:\.\w+)*)")
    return found
